"""With a real model: the embedded default, or its architecture with random weights."""

from __future__ import annotations

import hashlib
from functools import partial

import numpy as np
import pytest
from qtpy.QtCore import Qt
from scipy import ndimage
from tests.end_to_end.heartbeat import Heartbeat, work_threads
from tests.weights.file_server import serve

from napari_sam.sample_data import make_nuclei
from napari_sam.weights.cache import CACHE_VARIABLE
from napari_sam.weights.catalogue import CatalogueEntry
from napari_sam.widgets.events import LoadingModel
from napari_sam.widgets.models import load_sam, offered_models
from napari_sam.widgets.prompts import PlanePrompts


def load_random(name, architecture="vit_s"):
    """Load an architecture with random weights; by default a small one."""
    yield LoadingModel(name)
    from napari_sam.inference.predictor import SamPredictor
    from napari_sam.sam.build import build_sam

    sam = build_sam(architecture)
    return lambda: SamPredictor(sam)


def picture(side=1024):
    return np.random.default_rng(0).integers(0, 4000, (side, side), dtype=np.uint16)


def test_the_gui_thread_is_not_blocked_while_a_model_embeds(open_viewer):
    import torch  # noqa: F401 - its first import holds the interpreter lock, once, and is excepted

    driver = open_viewer(load_random)
    image = driver.viewer.add_image(picture(), name="noise", visible=False)
    driver.wait_ready(60_000)
    with Heartbeat() as heart:
        for _ in range(3):
            image.events.data(value=image.data)  # the pixels count as new
            driver.session.pursuit.look()
            driver.wait(lambda: driver.chip.startswith("embedding"), 60_000)
            driver.wait_ready(60_000)
    print(f"\nGUI thread away at most {1e3 * heart.longest:.0f} ms", end=" ")
    print(f"({1e3 * heart.longest_wall:.0f} ms by the wall clock)")
    # On a machine that is busy with other things, only what is grossly wrong can be told.
    assert heart.longest < (0.05 if heart.is_quiet else 0.3)


def test_leaving_while_a_real_model_embeds(open_viewer, qtbot):
    driver = open_viewer(load_random)
    driver.viewer.add_image(picture(), name="noise")
    driver.wait(lambda: driver.chip.startswith("embedding"), 60_000)
    driver.viewer.close()
    qtbot.waitUntil(lambda: not work_threads(), timeout=2000)


def test_the_embedded_default_finds_a_nucleus_in_a_slice_of_a_stack(open_viewer):
    driver = open_viewer(load_sam)
    stack = make_nuclei()
    driver.viewer.add_image(stack, name="nuclei", scale=(1, 0.4, 0.4))
    driver.viewer.dims.set_point(0, 12)
    driver.wait_ready(60_000)
    smooth = ndimage.gaussian_filter(stack[12].astype(float), 1.5)
    regions, _ = ndimage.label(smooth > 1400)
    largest = int(np.argmax(np.bincount(regions.ravel())[1:])) + 1
    nucleus = regions == largest
    y, x = ndimage.center_of_mass(nucleus)
    driver.click((0.4 * y, 0.4 * x))
    driver.wait_answer(60_000)
    masks = driver.session.maker.current.candidates.masks
    overlap = (masks & nucleus).sum(axis=(1, 2)) / (masks | nucleus).sum(axis=(1, 2))
    assert len(masks) == 3
    assert overlap.max() > 0.5
    for _ in range(int(np.argmax(overlap)) - driver.session.maker.current.chosen + 3):
        driver.key(Qt.Key.Key_Period)
    assert np.array_equal(driver.preview, masks[np.argmax(overlap)])
    driver.picture("nucleus")
    driver.key(Qt.Key.Key_Return)
    assert (driver.objects == 1).sum() == masks[np.argmax(overlap)].sum()


def test_the_models_of_the_catalogue_are_offered_the_embedded_first():
    names = [name for name, _ in offered_models()]
    assert names[0] == "default"
    assert "vit_b" in names
    assert dict(offered_models())["default"] == "default · built in"


def test_a_model_that_cannot_be_fetched_is_told_in_a_sentence(open_viewer, monkeypatch, tmp_path):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # nobody is there
    driver = open_viewer(load_sam)
    driver.session.choose_model("vit_b")
    driver.viewer.add_image(picture(64), name="noise")
    driver.wait(lambda: driver.session.pursuit.status.kind == "error", 60_000)
    assert driver.chip.startswith("Could not download 'vit_b' from ")
    assert str(tmp_path) in driver.chip
    driver.picture("offline")


@pytest.mark.slow
def test_leaving_in_the_middle_of_the_embedding_of_vit_b(open_viewer, qtbot):
    driver = open_viewer(partial(load_random, architecture="vit_b"))
    driver.viewer.add_image(picture(), name="noise")
    driver.wait(lambda: driver.chip.startswith("embedding"), 120_000)
    driver.qtbot.wait(700)  # several of its blocks
    assert driver.chip.startswith("embedding")
    driver.viewer.close()
    qtbot.waitUntil(lambda: not work_threads(), timeout=2000)


def test_the_gui_thread_is_not_blocked_from_the_download_to_the_mask(
    open_viewer, monkeypatch, tmp_path
):
    import safetensors.torch

    # The first import of torch holds the interpreter lock, once, and is excepted.
    import napari_sam.inference.predictor
    import napari_sam.weights.registry  # noqa: F401
    from napari_sam.sam.build import build_sam

    content = safetensors.torch.save(build_sam("vit_s").state_dict())
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    with serve(content, seconds_a_block=0.01) as server:
        for proxy in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.delenv(proxy, raising=False)
        entry = CatalogueEntry(
            name="served",
            architecture="vit_s",
            file="served.safetensors",
            licence="MIT",
            domain="tests",
            preprocessing="mean_std",
            url=server.url,
            hash=f"sha256:{hashlib.sha256(content).hexdigest()}",
        )
        monkeypatch.setattr("napari_sam.weights.catalogue.find_model", lambda _name: entry)
        driver = open_viewer(load_sam)
        said = []
        driver.session.pursuit.status_changed.connect(lambda status: said.append(status.text))
        driver.session.pursuit.model = "served"
        driver.viewer.add_image(picture(), name="noise", visible=False)
        driver.wait(lambda: "preview" in driver.viewer.layers)
        # Opening layers and painting them is napari's time, and not the model's.
        driver.viewer.layers["preview"].visible = False
        driver.qtbot.wait(200)
        assert "downloading" in driver.chip
        with Heartbeat() as heart:
            driver.wait_ready(120_000)
            driver.session.pursuit.look(PlanePrompts(points=((500.0, 500.0, 1),)))
            driver.wait(lambda: driver.session.maker.current.candidates is not None, 60_000)
    assert said[0] == "loading served"
    assert any(text.startswith("served: downloading") for text in said)
    assert any(text.startswith("served: checking") for text in said)
    assert "embedding the image" in said
    print(f"\nGUI thread away at most {1e3 * heart.longest:.0f} ms", end=" ")
    print(f"({1e3 * heart.longest_wall:.0f} ms by the wall clock)")
    assert heart.longest < (0.05 if heart.is_quiet else 0.3)
