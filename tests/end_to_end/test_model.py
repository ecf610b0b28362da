"""With a real model: the embedded default, or its architecture with random weights."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import Qt
from scipy import ndimage
from tests.end_to_end.heartbeat import Heartbeat, work_threads

from napari_sam.sample_data import make_nuclei
from napari_sam.widgets.events import LoadingModel
from napari_sam.widgets.models import load_sam, offered_models


def load_random(name):
    """Load the architecture of the embedded default with random weights."""
    yield LoadingModel(name)
    from napari_sam.inference.predictor import SamPredictor
    from napari_sam.sam.build import build_sam

    sam = build_sam("vit_s")
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
    from napari_sam.weights.cache import CACHE_VARIABLE

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
