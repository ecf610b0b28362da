"""Before, beside and after the click: hover preview, candidates, brush, many at once, refine."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from tests.end_to_end.driver import CTRL, SHIFT
from tests.end_to_end.scenes import LEFT_DISC, RIGHT_DISC, discs
from tests.end_to_end.stand_in import stand_in_loader

from napari_sam.widgets.pictures import HOVER, OTHER_INSIDE, OTHER_OUTSIDE

LEFT_ONLY = discs(centres=[LEFT_DISC]) > 0
RIGHT_ONLY = discs(centres=[RIGHT_DISC]) > 0
CORNER = (8, 8)


@pytest.fixture
def made():
    return []


@pytest.fixture
def two_discs(open_viewer, made):
    driver = open_viewer(stand_in_loader(made=made))
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    return driver


def shown(driver):
    return driver.session.workspace.preview.layer.data


def test_where_the_mouse_rests_an_outline_shows_what_a_click_gives(two_discs, made):
    driver, session = two_discs, two_discs.session
    driver.rest(LEFT_DISC)
    driver.wait(lambda: (shown(driver) == HOVER).any())
    assert set(np.unique(shown(driver))) == {0, HOVER}
    driver.picture("hover")
    # it is no prompt, no mask, and nothing to commit or undo
    assert not session.maker.prompts
    assert not driver.preview.any()
    driver.key(Qt.Key.Key_Return)
    assert "Nothing to commit" in driver.message
    assert "objects" not in driver.viewer.layers
    assert session.history.next_undo is None
    # it leaves at once, and comes where the mouse rests next
    driver.rest(CORNER)
    assert not shown(driver).any()
    driver.rest(RIGHT_DISC)
    driver.wait(lambda: (shown(driver) == HOVER).any())
    # a click there is answered by what is known already
    asked = len(made[0].mask_inputs)
    driver.click(RIGHT_DISC)
    driver.wait_answer()
    assert np.array_equal(driver.preview, RIGHT_ONLY)
    assert len(made[0].mask_inputs) == asked
    # and corrected as any other
    driver.click((RIGHT_DISC[0], RIGHT_DISC[1] + 18), CTRL)
    driver.wait_answer()
    assert made[0].mask_inputs[-1] is not None
    # while an object is being made there is no hover
    driver.rest(LEFT_DISC)
    assert not (shown(driver) == HOVER).any()


def test_a_drag_and_the_switch_take_the_outline_away(two_discs, made):
    driver = two_discs
    driver.rest(LEFT_DISC)
    driver.wait(lambda: (shown(driver) == HOVER).any())
    driver.drag(LEFT_DISC, (40, 60))
    assert not shown(driver).any()
    driver.rest(driver.camera.center[1:])
    asked = len(made[0].mask_inputs)
    driver.widget.tools.hover_box.click()
    assert not shown(driver).any()
    driver.rest(LEFT_DISC)
    assert len(made[0].mask_inputs) == asked
    assert not shown(driver).any()


def test_three_candidates_to_choose_among(two_discs):
    driver, strip = two_discs, two_discs.widget.candidates
    assert not strip.isVisible()
    driver.click(LEFT_DISC)
    driver.wait_answer()
    assert strip.isVisible()
    assert strip.width() <= 300
    assert [button.isChecked() for button in strip.buttons] == [False, True, False]
    assert {OTHER_INSIDE, OTHER_OUTSIDE} <= set(np.unique(shown(driver)))
    assert np.array_equal(driver.preview, LEFT_ONLY)  # outlines of others do not count
    driver.picture("candidates")
    strip.buttons[2].click()
    assert driver.preview[RIGHT_DISC]
    driver.key(Qt.Key.Key_Escape)
    assert not strip.isVisible()
    # the rank that was chosen last is taken again
    driver.click(RIGHT_DISC)
    driver.wait_answer()
    assert driver.preview[LEFT_DISC]
    assert strip.buttons[2].isChecked()
    driver.key(Qt.Key.Key_Comma)
    assert np.array_equal(driver.preview, RIGHT_ONLY)


def test_what_is_painted_and_erased_in_the_preview_stays(two_discs):
    driver, session = two_discs, two_discs.session
    driver.click(LEFT_DISC)
    driver.wait_answer()
    layer = session.workspace.preview.layer
    driver.viewer.layers.selection.active = layer
    layer.brush_size, layer.mode = 8, "paint"
    driver.drag((60, 60), (60, 90))
    assert driver.preview[60, 85]
    painted = driver.preview.copy()
    layer.mode = "erase"
    driver.drag((60, 40), (60, 45))
    assert not driver.preview[60, 42]
    driver.picture("painted")
    session.undo()
    assert np.array_equal(driver.preview, painted)
    session.redo()
    assert not driver.preview[60, 42]
    layer.mode = "pan_zoom"
    driver.click((48, 50))  # the model answers anew
    driver.wait_answer()
    assert driver.preview[60, 85]
    assert not driver.preview[60, 42]
    before = driver.preview.copy()
    driver.key(Qt.Key.Key_Return)
    assert np.array_equal(driver.objects == 1, before)
    assert not driver.preview.any()
    session.undo()
    driver.wait_answer()
    assert np.array_equal(driver.preview, before)


def test_an_object_that_is_only_painted(two_discs):
    driver = two_discs
    driver.session.workspace.show(driver.session.plane)
    layer = driver.session.workspace.preview.layer
    driver.viewer.layers.selection.active = layer
    layer.brush_size, layer.mode = 8, "paint"
    driver.drag((15, 20), (15, 60))
    drawn = driver.preview.copy()
    assert drawn[15, 40]
    driver.key(Qt.Key.Key_Return)
    assert np.array_equal(driver.objects == 1, drawn)


def test_every_point_and_box_its_own_object(two_discs, made):
    driver = two_discs
    driver.widget.tools.each_box.click()
    driver.click(LEFT_DISC)
    driver.drag((30, 80), (90, 130), SHIFT)
    driver.wait_answer()
    assert made[0].batches[-1] == 2
    assert np.array_equal(driver.preview, LEFT_ONLY | RIGHT_ONLY)
    driver.picture("each_its_own")
    driver.key(Qt.Key.Key_Return)
    assert np.array_equal(driver.objects > 0, LEFT_ONLY | RIGHT_ONLY)
    assert np.unique(driver.objects).tolist() == [0, 1, 2]
    assert len(np.unique(driver.objects[LEFT_ONLY])) == 1
    driver.session.undo()
    assert not driver.objects.any()
    driver.wait_answer()
    assert np.array_equal(driver.preview, LEFT_ONLY | RIGHT_ONLY)


def test_a_committed_object_is_refined(two_discs, made):
    driver = two_discs
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    driver.session.maker.refine(1, driver.objects == 1)
    driver.wait_answer()
    assert np.array_equal(driver.preview, LEFT_ONLY)  # as it is, until something is said
    driver.click((LEFT_DISC[0], LEFT_DISC[1] - 20), CTRL)
    driver.wait_answer()
    assert made[0].mask_inputs[-1].max() == 8  # the mask went in
    driver.key(Qt.Key.Key_Escape)
    assert not driver.session.maker.prompts
    driver.wait(lambda: not driver.preview.any())
    assert np.array_equal(driver.objects == 1, LEFT_ONLY)
