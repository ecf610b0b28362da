"""With a real model: the embedded default, or its architecture with random weights."""

from __future__ import annotations

import numpy as np
from tests.end_to_end.heartbeat import Heartbeat, work_threads

from napari_sam.widgets.events import LoadingModel


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
