"""Proofreading of objects that are there: from this session, from Cellpose, from a file."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from tests.end_to_end.scenes import LEFT_DISC, RIGHT_DISC, balls, discs


@pytest.fixture
def proofreading(open_viewer):
    """A picture and labels from elsewhere: two discs in one object, and a ring."""
    driver = open_viewer()
    picture = discs()
    driver.viewer.add_image(picture, name="discs")
    labels = np.where(picture > 0, 7, 0).astype(np.uint16)
    labels[100:118, 10:40] = 3
    labels[105:110, 20:30] = 0
    driver.viewer.add_labels(labels, name="cellpose")
    driver.wait_ready()
    choice = driver.widget.panels.commit_choice
    index = choice.layers.findText("cellpose")
    choice.layers.setCurrentIndex(index)
    choice.layers.activated.emit(index)
    return driver


def cellpose(driver):
    return driver.viewer.layers["cellpose"].data


def pick(driver, place):
    assert driver.session.editor.pick(place)


def press(driver, text):
    driver.widget.panels.edit_tools.buttons[text].click()
    driver.qtbot.wait(10)


def test_labels_from_elsewhere_are_edited_in_place(proofreading):
    driver, first = proofreading, cellpose(proofreading).copy()
    pick(driver, (102, 12))
    assert driver.widget.panels.edit_tools.selected.text() == "Object 3"
    press(driver, "Fill holes")
    assert (cellpose(driver)[100:118, 10:40] == 3).all()
    assert driver.message == "Filling holes of object 3: done."
    pick(driver, LEFT_DISC)
    press(driver, "Largest part")
    assert (cellpose(driver) == 7).any()
    assert (cellpose(driver) == 7).sum() < (first == 7).sum()
    press(driver, "Delete")
    assert not (cellpose(driver) == 7).any()
    press(driver, "Delete")
    assert driver.message == "There is no object 7 here: pick one by clicking it."
    for _ in range(3):
        driver.session.undo()
    assert np.array_equal(cellpose(driver), first)
    assert cellpose(driver).dtype == np.uint16
    driver.picture("proofreading")


def test_a_line_cuts_and_a_line_joins(proofreading):
    driver = proofreading
    editor = driver.session.editor
    assert editor.cut([(60, 20), (60, 80)])
    found = {int(cellpose(driver)[50, 50]), int(cellpose(driver)[70, 50])}
    assert found == {7, 8}
    assert editor.join([(50, 50), (70, 50)])
    assert len({int(cellpose(driver)[50, 50]), int(cellpose(driver)[70, 50])}) == 1
    assert not editor.cut([(2, 2), (2, 30)])
    assert driver.message == "The line crosses no object: draw it across the one to split."
    assert not editor.join([(2, 2), (2, 30)])
    assert driver.message == "Expected two or more objects to merge, got 0."


def test_the_tools_on_the_canvas(proofreading):
    driver = proofreading
    tools = driver.widget.panels.edit_tools
    tools.tool_buttons["pick"].click()
    driver.click((102, 12))
    assert driver.session.editor.selected == 3
    assert not driver.session.maker.prompts
    assert "Click" in driver.widget.hint.text()
    tools.tool_buttons["cut"].click()
    assert not tools.tool_buttons["pick"].isChecked()
    driver.drag((60, 20), (60, 82))
    assert cellpose(driver)[50, 50] != cellpose(driver)[70, 50]
    tools.tool_buttons["join"].click()
    driver.drag((50, 50), (70, 50))
    assert cellpose(driver)[50, 50] == cellpose(driver)[70, 50]
    assert "line" not in driver.viewer.layers
    tools.tool_buttons["join"].click()
    assert driver.session.mouse.tool == "point"
    assert driver.widget.tools.tool_buttons["point"].isChecked()
    driver.session.undo()
    driver.session.undo()
    assert (cellpose(driver)[50, 50], cellpose(driver)[70, 50]) == (7, 7)


def test_a_committed_object_is_refined_under_its_id(proofreading):
    driver = proofreading
    pick(driver, LEFT_DISC)
    press(driver, "Refine")
    driver.click(RIGHT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    assert driver.message.startswith("Object 7 committed")
    assert cellpose(driver)[RIGHT_DISC] == 7
    assert cellpose(driver).max() == 7
    assert (cellpose(driver) == 3).sum() == 18 * 30 - 50


def test_another_id_for_an_object(proofreading):
    editor = proofreading.session.editor
    pick(proofreading, LEFT_DISC)
    assert not editor.relabel(3)
    assert proofreading.message == (
        "Object 3 exists already: merge the two, or choose a free id for 7."
    )
    assert editor.relabel(20)
    assert set(np.unique(cellpose(proofreading))) == {0, 3, 20}
    assert editor.selected == 20


def test_commits_as_a_class(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    choice = driver.widget.panels.commit_choice
    choice.add_class("nucleus")
    choice.add_class(" ")
    assert driver.message == "No class added: expected a name for the class, got nothing."
    for centre in (LEFT_DISC, RIGHT_DISC):
        driver.click(centre)
        driver.wait_answer()
        driver.key(Qt.Key.Key_Return)
    assert set(np.unique(driver.objects)) == {0, 1}
    assert driver.objects[LEFT_DISC] == driver.objects[RIGHT_DISC] == 1
    assert choice.classes.currentText() == "1: nucleus"
    choice.add_class("debris")
    assert driver.session.maker.committer.class_label == 2
    driver.picture("classes")


def test_edits_of_a_stack_in_this_slice_or_in_all(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(balls(), name="stack")
    labels = np.where(balls() > 0, 4, 0).astype(np.int32)
    layer = driver.viewer.add_labels(labels, name="ball")
    driver.viewer.dims.set_point(0, 8)
    driver.wait_ready()
    driver.session.choose_objects(layer)
    pick(driver, (8, 30, 40))
    tools = driver.widget.panels.edit_tools
    assert tools.all_slices.isVisibleTo(tools)
    tools.all_slices.setChecked(False)
    press(driver, "Delete")
    assert not (layer.data[8] == 4).any()
    assert (layer.data[7] == 4).any()
    tools.all_slices.setChecked(True)
    press(driver, "Delete")
    assert not layer.data.any()
    driver.session.undo()
    driver.session.undo()
    assert np.array_equal(layer.data, np.where(balls() > 0, 4, 0))


def test_overlaps_are_asked_about(proofreading, monkeypatch):
    driver = proofreading
    asked = []
    monkeypatch.setattr(
        driver.session.maker.committer,
        "ask",
        lambda others, count: asked.append((others, count)) or True,
    )
    overlap = driver.widget.panels.edit_tools.overlap
    overlap.setCurrentIndex(overlap.findData("ask"))
    overlap.activated.emit(overlap.currentIndex())
    driver.click(LEFT_DISC)
    driver.wait_answer()
    shown = int(driver.preview.sum())
    driver.key(Qt.Key.Key_Return)
    assert asked == [([7], shown)]
    assert (cellpose(driver) == 8).sum() == shown
    assert "taken from object 7" in driver.message


def test_refining_ends_at_its_slice(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(balls(), name="stack")
    labels = np.where(balls() > 0, 4, 0).astype(np.int32)
    layer = driver.viewer.add_labels(labels, name="ball")
    driver.viewer.dims.set_point(0, 8)
    driver.wait_ready()
    driver.session.choose_objects(layer)
    pick(driver, (8, 30, 40))
    press(driver, "Refine")
    driver.viewer.dims.set_point(0, 9)
    driver.wait_ready()
    driver.click((30, 40))
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    assert np.array_equal(layer.data, labels)
    assert "belong to object 4" in driver.message


def test_refining_goes_on_with_another_model_and_is_one_object(proofreading):
    driver = proofreading
    pick(driver, (102, 12))
    press(driver, "Refine")
    driver.session.choose_model("vit_b")
    driver.session.choose_image(driver.session.image)
    driver.session.workspace.prompts.each_is_own = True
    for centre in (LEFT_DISC, RIGHT_DISC):
        driver.click(centre)
        driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    assert set(np.unique(cellpose(driver))) <= {0, 3, 7}


def test_an_undo_after_the_axes_were_rolled(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(balls(), name="stack")
    driver.viewer.dims.set_point(0, 8)
    driver.wait_ready()
    driver.click((30, 40))
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    assert driver.objects.any()
    driver.viewer.dims.order = (1, 0, 2)
    driver.wait_ready()
    driver.session.undo()
    driver.qtbot.wait(50)
    assert not driver.objects.any()
    driver.session.redo()
    assert driver.objects.any()


def test_a_class_ends_with_its_layer_and_keeps_its_id(open_viewer):
    driver = open_viewer()
    first = driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    choice = driver.widget.panels.commit_choice
    choice.add_class("nucleus")
    choice._on_class(0)
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    assert driver.objects[LEFT_DISC] == 2
    choice._on_class(1)
    assert driver.session.maker.committer.class_label == 1
    other = driver.viewer.add_image(discs()[:, ::-1].copy(), name="other")
    driver.session.choose_image(other)
    assert driver.session.maker.committer.class_label is None
    driver.session.choose_image(first)
    assert driver.session.editor.objects.layer.name == "objects"


def test_ids_that_do_not_fit_are_refused(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(discs(), name="discs")
    mask = np.where(discs() > 0, 255, 0).astype(np.uint8)
    layer = driver.viewer.add_labels(mask.copy(), name="mask")
    driver.wait_ready()
    driver.session.choose_objects(layer)
    editor = driver.session.editor
    assert not editor.cut([(60, 20), (60, 80)])
    assert "holds ids up to 255 and they are used up" in driver.message
    pick(driver, LEFT_DISC)
    assert not editor.relabel(300)
    assert "holds ids up to 255" in driver.message
    driver.widget.panels.commit_choice.add_class("nucleus")
    assert "holds ids up to 255" in driver.message
    assert np.array_equal(layer.data, mask)


def test_layers_that_are_taken_up_again_go_on_counting(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    driver.click(LEFT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    first = driver.viewer.layers["objects"]
    driver.session.undo()
    driver.session.maker.discard()
    driver.session.undo()
    driver.session.choose_objects(None)
    driver.session.choose_objects(first)
    driver.session.redo()
    driver.session.undo()
    driver.session.redo()
    driver.click(RIGHT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    assert first.data[RIGHT_DISC] not in (0, first.data[LEFT_DISC])


def test_a_large_stack_is_edited_beside_the_window(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(np.zeros((20, 600, 600), np.uint8), name="large")
    labels = np.zeros((20, 600, 600), np.int32)
    labels[5:15, 100:200, 100:200] = 3
    layer = driver.viewer.add_labels(labels, name="labels")
    driver.viewer.dims.set_point(0, 8)
    driver.wait_ready()
    driver.session.choose_objects(layer)
    pick(driver, (8, 150, 150))
    assert driver.session.editor.delete()
    assert layer.data.any()
    driver.wait(lambda: driver.message == "Deleting object 3: done.")
    assert not layer.data.any()
    driver.session.undo()
    assert (layer.data == 3).sum() == 10 * 100 * 100
