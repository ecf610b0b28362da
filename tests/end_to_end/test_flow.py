from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from tests.end_to_end.driver import CTRL, LEFT, PLAIN, SHIFT
from tests.end_to_end.scenes import LEFT_DISC, RADIUS, RIGHT_DISC, discs

DISC = np.pi * RADIUS**2


@pytest.fixture
def two_discs(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    return driver


def test_an_image_that_is_opened_is_taken_and_made_ready(two_discs):
    assert two_discs.widget.image_choice.currentText() == "discs"
    assert two_discs.chip.startswith("ready · ")
    names = [layer.name for layer in two_discs.viewer.layers]
    assert names == ["discs", "preview", "prompt shapes", "prompt points"]
    assert two_discs.viewer.layers.selection.active.name == "discs"
    two_discs.picture("ready")


def test_from_a_click_to_two_objects(two_discs):
    driver = two_discs
    driver.click(LEFT_DISC)
    driver.wait_answer()
    assert driver.preview.sum() == pytest.approx(DISC, rel=0.05)
    assert "of 3" in driver.widget.controls._score.text()
    driver.picture("one_click")

    edge = (LEFT_DISC[0], LEFT_DISC[1] - RADIUS)
    driver.click(edge, CTRL)
    driver.wait_answer()
    assert driver.session.maker.prompts.point_labels.tolist() == [1, 0]
    assert driver.preview.sum() < 0.9 * DISC
    assert not driver.preview[edge]
    driver.picture("corrected")

    corrected = driver.preview.copy()
    driver.key(Qt.Key.Key_Return)
    assert np.array_equal(driver.objects == 1, corrected)
    assert not driver.session.maker.prompts
    assert not driver.preview.any()
    assert f"Object 1 committed, {corrected.sum():,} px." in driver.message

    # a box over both discs: the second object leaves the first as it is
    driver.drag((30, 20), (90, 140), SHIFT)
    driver.wait_answer()
    assert driver.preview[LEFT_DISC]
    assert driver.preview[RIGHT_DISC]
    driver.picture("box")
    driver.key(Qt.Key.Key_Return)
    assert np.array_equal(driver.objects == 1, corrected)
    assert (driver.objects == 2)[RIGHT_DISC]
    assert f"{corrected.sum():,} px refused: they belong to object 1." in driver.message
    driver.picture("two_objects")


def test_escape_discards(two_discs):
    two_discs.click(LEFT_DISC)
    two_discs.wait_answer()
    two_discs.key(Qt.Key.Key_Escape)
    assert not two_discs.session.maker.prompts
    assert not two_discs.preview.any()
    assert "objects" not in two_discs.viewer.layers


def test_enter_right_after_a_click_commits_when_the_mask_is_there(two_discs):
    two_discs.session.maker.add_point(np.array(LEFT_DISC, dtype=float))
    two_discs.session.maker.commit()
    two_discs.wait(lambda: "objects" in two_discs.viewer.layers)
    assert (two_discs.objects == 1)[LEFT_DISC]


def test_undo_takes_the_last_commit_back_and_its_id_is_free_again(two_discs):
    for centre in (LEFT_DISC, RIGHT_DISC):
        two_discs.click(centre)
        two_discs.wait_answer()
        two_discs.key(Qt.Key.Key_Return)
    two_discs.widget.controls.undo_button.click()
    assert np.unique(two_discs.objects).tolist() == [0, 1]
    assert two_discs.message == "Undo: commit of object 2."
    two_discs.click(RIGHT_DISC)
    two_discs.wait_answer()
    two_discs.key(Qt.Key.Key_Return)
    assert np.unique(two_discs.objects).tolist() == [0, 1, 2]


def test_the_keys_step_through_the_masks_of_an_ambiguous_click(two_discs):
    two_discs.click(LEFT_DISC)
    two_discs.wait_answer()
    best = two_discs.preview.sum()
    two_discs.key(Qt.Key.Key_Comma)
    assert two_discs.preview.sum() < best
    two_discs.key(Qt.Key.Key_Period)
    assert two_discs.preview.sum() == best
    two_discs.key(Qt.Key.Key_Period)
    assert two_discs.preview.sum() > best


def test_prompts_can_be_edited_with_naparis_own_tools(two_discs):
    prompts = two_discs.session.workspace.prompts
    prompts.points.add([LEFT_DISC])
    two_discs.wait_answer()
    assert two_discs.preview[LEFT_DISC]
    prompts.points.data = np.array([RIGHT_DISC], dtype=float)
    two_discs.wait_answer()
    assert two_discs.preview[RIGHT_DISC]
    assert not two_discs.preview[LEFT_DISC]
    prompts.points.features = {"label": ["background"]}
    two_discs.wait(lambda: not two_discs.preview.any())
    assert str(prompts.points.symbol[0]) == "x"
    prompts.points.selected_data = {0}
    prompts.points.remove_selected()
    assert not two_discs.session.maker.prompts


def test_a_tool_of_the_active_layer_keeps_the_mouse(two_discs):
    points = two_discs.session.workspace.prompts.points
    two_discs.viewer.layers.selection.active = points
    points.mode = "add"
    two_discs.click(LEFT_DISC)
    two_discs.wait_answer()
    assert len(points.data) == 1  # napari's tool added it, and only that
    assert "mode: add" in two_discs.widget.hint.text()


def test_two_fast_clicks_are_two_points_and_napari_still_zooms(two_discs):

    zoom = two_discs.camera.zoom
    at = two_discs.on_canvas(LEFT_DISC)
    two_discs.click(LEFT_DISC)
    QTest.mouseDClick(two_discs.canvas.native, LEFT, PLAIN, at)
    two_discs.wait_answer()
    assert len(two_discs.session.maker.prompts.points) == 2
    assert two_discs.camera.zoom == pytest.approx(2 * zoom)


def test_a_plain_drag_still_pans(two_discs):
    centre = np.array(two_discs.camera.center)
    two_discs.drag((60, 80), (40, 60))
    assert not np.allclose(two_discs.camera.center, centre)
    assert not two_discs.session.maker.prompts
