"""Loading, cancelling, errors, other images and models, and leaving in the middle of it."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDockWidget
from tests.end_to_end.driver import CTRL
from tests.end_to_end.heartbeat import work_threads
from tests.end_to_end.scenes import LEFT_DISC, RIGHT_DISC, balls, discs
from tests.end_to_end.stand_in import StandIn, stand_in_loader

from napari_sam.widgets.session import session_of

SLOW = 20.0  # seconds of an embedding that is not waited for


def test_without_an_image_the_dock_offers_samples(open_viewer):
    driver = open_viewer()
    assert driver.chip == "open an image to begin"
    assert driver.widget.opener.isVisible()
    driver.picture("no_image")
    driver.widget.opener.layout().itemAt(1).widget().click()
    driver.wait_ready()
    assert not driver.widget.opener.isVisible()
    assert driver.widget.image_choice.currentText() == "stained tissue"
    driver.picture("sample")


def test_the_chip_says_what_is_going_on(open_viewer):
    said = []
    driver = open_viewer(stand_in_loader(0.3))
    driver.session.pursuit.status_changed.connect(lambda status: said.append(status.text))
    driver.viewer.add_image(balls(), name="stack")
    driver.viewer.dims.set_point(0, 12)
    driver.wait_ready()
    assert re.fullmatch(r"ready · \d+\.\d s", driver.chip)
    assert said[0] == "loading the model"
    assert "embedding slice 12" in said


def test_scrolling_embeds_where_it_comes_to_rest(open_viewer):
    made = []
    driver = open_viewer(stand_in_loader(1.5, made))
    driver.viewer.add_image(balls(), name="stack")
    driver.wait_ready()
    begun = len(made)
    for position in range(16):
        driver.viewer.dims.set_point(0, position)
        driver.qtbot.wait(10)
    driver.wait(lambda: driver.session.plane.index[0] == 15)
    driver.wait_ready()
    assert driver.session.plane.index[0] == 15
    whole = [each for each in made[begun:] if hasattr(each, "_regions")]
    assert len(whole) <= 3


def test_cancel_and_start_again(open_viewer):
    driver = open_viewer(stand_in_loader(SLOW))
    driver.viewer.add_image(discs(), name="discs")
    driver.wait(lambda: driver.chip.startswith("embedding"))
    driver.picture("embedding")
    driver.widget.chip._button.click()
    assert driver.chip == "stopped · press Start to go on"
    driver.qtbot.wait(500)
    assert driver.chip == "stopped · press Start to go on"
    driver.widget.chip._button.click()
    driver.wait(lambda: driver.chip.startswith("embedding"))


def test_an_error_is_one_sentence_and_work_goes_on_after_it(open_viewer):
    failing = [True]

    def load(name):
        if failing[0]:
            raise FileNotFoundError("expected the model inside the package, got no file")
        yield from ()
        return StandIn

    driver = open_viewer(load)
    driver.viewer.add_image(discs(), name="discs")
    driver.wait(lambda: "expected the model inside the package" in driver.chip)
    assert "Traceback" in driver.widget.chip._text.toolTip()
    driver.picture("error")
    failing[0] = False
    driver.widget.chip._button.click()
    driver.wait(lambda: driver.chip.startswith("ready"))


def test_an_image_without_values_is_told_and_the_next_one_works(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(np.full((40, 50), np.nan), name="nothing", contrast_limits=(0, 1))
    driver.wait(lambda: "finite values" in driver.chip)
    discs_layer = driver.viewer.add_image(discs(), name="discs")
    driver.session.choose_image(discs_layer)
    driver.wait(lambda: driver.chip.startswith("ready"))


def test_prompts_stay_with_their_image(open_viewer):
    driver = open_viewer()
    one = driver.viewer.add_image(discs(), name="one")
    driver.wait_ready()
    driver.click(LEFT_DISC)
    driver.wait_answer()
    two = driver.viewer.add_image(discs()[:, ::-1].copy(), name="two", visible=False)
    driver.qtbot.wait(20)
    driver.widget.image_choice.setCurrentIndex(driver.widget.image_choice.findText("two"))
    driver.widget._on_image(driver.widget.image_choice.currentIndex())
    assert driver.session.image is two
    driver.wait_ready()
    assert not driver.session.maker.prompts
    driver.session.choose_image(one)
    assert len(driver.session.maker.prompts.points) == 1
    driver.wait_answer()
    assert driver.preview[LEFT_DISC]
    driver.viewer.layers.remove(one)
    driver.wait(lambda: driver.session.image is two)
    assert driver.widget.image_choice.count() == 1


def test_another_model_answers_the_same_prompts(open_viewer):
    loaded = []

    def load(name):
        loaded.append(name)
        yield from ()
        return StandIn

    driver = open_viewer(load)
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    driver.click(LEFT_DISC)
    driver.wait_answer()
    index = driver.widget.model_choice.findData("vit_b")
    driver.widget.model_choice.setCurrentIndex(index)
    driver.widget._on_model(index)
    driver.wait(lambda: loaded == ["default", "vit_b"])
    driver.wait_answer()
    assert driver.preview[LEFT_DISC]


@pytest.mark.parametrize("way", ["viewer", "dock", "window"])
def test_leaving_in_the_middle_of_an_embedding(open_viewer, qtbot, way):
    driver = open_viewer(stand_in_loader(SLOW))
    driver.viewer.add_image(discs(), name="discs")
    driver.wait(lambda: driver.chip.startswith("embedding"))
    assert work_threads()
    start = time.monotonic()
    if way == "viewer":
        driver.viewer.close()
    elif way == "dock":
        driver.dock.title.close_button.click()
    else:
        driver.viewer.window._qt_window.close()
        del driver.viewer.window._qt_window  # or napari's fixture closes it again
    assert time.monotonic() - start < SLOW / 2
    qtbot.waitUntil(lambda: not work_threads(), timeout=2000)
    qtbot.wait(300)  # whatever was still queued arrives now, and must do no harm


def test_closing_the_dock_leaves_the_viewer_as_it_was(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    driver.viewer.window.remove_dock_widget(driver.dock)
    driver.qtbot.wait(50)
    assert [layer.name for layer in driver.viewer.layers] == ["discs", "objects"]
    for callbacks in (
        driver.viewer.mouse_drag_callbacks,
        driver.viewer.mouse_double_click_callbacks,
        driver.viewer.keymap.values(),
    ):
        assert not [each for each in callbacks if "napari_sam" in each.__module__]


def test_a_dock_opened_again_goes_on_with_the_same_layers(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    driver.click(RIGHT_DISC)
    driver.wait_answer()
    driver.viewer.window.remove_dock_widget(driver.dock)
    driver.qtbot.wait(50)
    again = open_again(driver)
    driver.wait_answer()
    assert len(again.maker.prompts.points) == 1
    assert driver.preview[RIGHT_DISC]
    driver.key(Qt.Key.Key_Return)
    assert (driver.objects[LEFT_DISC], driver.objects[RIGHT_DISC]) == (1, 2)
    assert len(driver.viewer.layers) == 5


def open_again(driver):
    from napari_sam.widgets.segment_widget import SegmentWidget

    driver.session = session_of(driver.viewer, stand_in_loader())
    driver.widget = SegmentWidget(driver.viewer)
    driver.dock = driver.viewer.window.add_dock_widget(driver.widget, name="Segment Anything")
    driver.qtbot.wait(50)
    return driver.session


def test_a_hidden_dock_leaves_the_canvas_to_napari(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    driver.dock.hide()
    driver.click(LEFT_DISC)
    assert not driver.session.maker.prompts
    driver.dock.show()
    driver.click(LEFT_DISC, CTRL)
    assert len(driver.session.maker.prompts.points) == 1
    assert "Mark the object too" in driver.widget.hint.text()


def test_layers_that_were_deleted_come_back_when_needed(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.viewer.layers.remove("prompt points")
    driver.wait(lambda: not driver.session.maker.prompts)
    driver.viewer.layers.remove("preview")
    driver.click(RIGHT_DISC)
    driver.wait_answer()
    assert driver.preview[RIGHT_DISC]
    assert {"preview", "prompt points"} <= {layer.name for layer in driver.viewer.layers}


def test_the_dock_fits_a_small_screen(open_viewer):
    driver = open_viewer()
    size = driver.widget.minimumSizeHint()
    assert size.width() <= 320
    driver.widget.resize(320, 700)
    assert driver.widget.layout().heightForWidth(320) <= 700
    assert isinstance(driver.dock, QDockWidget)
