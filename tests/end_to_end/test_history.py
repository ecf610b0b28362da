"""Undo and redo of everything, by keys, in a real viewer."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from tests.end_to_end.driver import CTRL, SHIFT
from tests.end_to_end.scenes import LEFT_DISC, RIGHT_DISC, discs

CTRL_SHIFT = CTRL | SHIFT


@pytest.fixture
def two_discs(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    return driver


def undo(driver):
    QTest.keyClick(driver.canvas.native, Qt.Key.Key_Z, CTRL)
    driver.qtbot.wait(10)


def redo(driver):
    QTest.keyClick(driver.canvas.native, Qt.Key.Key_Z, CTRL_SHIFT)
    driver.qtbot.wait(10)


def points(driver):
    return [label for _, _, label in driver.session.maker.prompts.points]


def test_prompts_are_undone_one_by_one(two_discs):
    driver = two_discs
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.click(RIGHT_DISC, CTRL)
    driver.wait_answer()
    both = driver.preview.copy()
    assert points(driver) == [1, 0]
    undo(driver)
    assert points(driver) == [1]
    undo(driver)
    driver.wait(lambda: not driver.preview.any())
    assert points(driver) == []
    undo(driver)
    assert driver.message == "Nothing to undo."
    redo(driver)
    redo(driver)
    driver.wait_answer()
    assert points(driver) == [1, 0]
    assert np.array_equal(driver.preview, both)


def test_a_drawn_box_is_one_change(two_discs):
    two_discs.drag((30, 20), (90, 80), SHIFT)
    two_discs.wait_answer()
    undo(two_discs)
    assert two_discs.session.history.next_undo is None
    assert two_discs.session.maker.prompts.box is None


def test_an_undone_commit_is_the_object_being_made_again(two_discs):
    driver = two_discs
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Period)
    shown = driver.preview.copy()
    driver.key(Qt.Key.Key_Return)
    assert not driver.preview.any()
    undo(driver)
    assert driver.message == "Undo: commit of object 1."
    assert not driver.objects.any()
    assert points(driver) == [1]
    driver.wait_answer()
    driver.qtbot.wait(200)  # whatever is still predicted must not change what is shown
    assert np.array_equal(driver.preview, shown)
    driver.key(Qt.Key.Key_Return)
    assert np.array_equal(driver.objects == 1, shown)


def test_undo_of_everything_restores_the_first_state(two_discs):
    driver = two_discs
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    layer = driver.viewer.layers["objects"]
    layer.brush_size = 6
    layer.paint((20, 20), 9)
    layer.undo()
    driver.drag((30, 80), (90, 140), SHIFT)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    driver.click(RIGHT_DISC)
    driver.key(Qt.Key.Key_Escape)
    last = driver.objects.copy()
    for _ in range(20):
        undo(driver)
    assert driver.session.history.next_undo is None
    assert not driver.objects.any()
    assert not driver.session.maker.prompts
    for _ in range(20):
        redo(driver)
    assert np.array_equal(driver.objects, last)
    assert not driver.session.maker.prompts


@pytest.mark.parametrize("active", ["discs", "objects", "prompt points", "prompt shapes"])
def test_the_keys_work_with_each_layer_active(two_discs, active):
    driver = two_discs
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    driver.viewer.layers.selection.active = driver.viewer.layers[active]
    undo(driver)
    assert not driver.objects.any()
    redo(driver)
    assert driver.objects.any()


def test_labels_of_others_keep_naparis_undo(two_discs):
    driver = two_discs
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    other = driver.viewer.add_labels(np.zeros((120, 160), dtype=int), name="other")
    other.paint((10, 10), 3)
    undo(driver)
    assert not other.data.any()
    assert driver.objects.any()


def test_undo_goes_back_to_the_image_it_is_about(two_discs):
    driver = two_discs
    driver.click(LEFT_DISC)
    driver.wait_answer()
    second = driver.viewer.add_image(discs()[:, ::-1].copy(), name="second")
    driver.session.choose_image(second)
    driver.wait_ready()
    undo(driver)
    assert driver.session.image.name == "discs"
    assert points(driver) == []
