"""Commits, napari's own painting and undo on the objects layer, and one history of it all."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import LayerList
from napari.layers import Image, Labels
from qtpy.QtCore import QCoreApplication

from napari_sam.widgets.grid import working_grid
from napari_sam.widgets.history import History
from napari_sam.widgets.objects_layer import ObjectsLayer, fitting_labels, left_objects
from napari_sam.widgets.plane import Plane
from napari_sam.widgets.wording import EMPTY, committed, travelled

IMAGE = Image(np.zeros((4, 20, 30)), name="stack")
GRID = working_grid(IMAGE)
PLANE = Plane(GRID, 1, 2, (2, 0, 0))


@pytest.fixture
def history(qapp):
    assert QCoreApplication.instance() is not None
    return History()


@pytest.fixture
def objects(history):
    return ObjectsLayer(IMAGE, GRID, history)


@pytest.fixture
def commit(objects, history):
    def commit_(mask, **settings):
        planned = objects.plan(PLANE, mask, **settings)
        if planned.change is not None:
            history.do(planned.change)
        return planned

    return commit_


def square(row, column, side=6):
    mask = np.zeros((20, 30), dtype=bool)
    mask[row : row + side, column : column + side] = True
    return mask


def test_a_commit_leaves_what_is_there(objects, commit):
    assert committed([commit(square(0, 0))]) == "Object 1 committed, 36 px."
    second = commit(square(3, 3))
    assert (second.label, second.size, second.refused, second.others) == (2, 27, 9, (1,))
    assert committed([second]) == (
        "Object 2 committed, 27 px. 9 px refused: they belong to object 1."
    )
    assert (objects.layer.data[2] == 1).sum() == 36
    assert (objects.layer.data[[0, 1, 3]] == 0).all()
    third = commit(square(4, 4, 4))
    assert committed([third]) == "Not committed: all 16 px belong to objects 1, 2 already."
    assert committed([commit(np.zeros((20, 30), dtype=bool))]) == EMPTY


def test_overwriting_takes_pixels_and_says_so(objects, commit, history):
    commit(square(0, 0))
    second = commit(square(3, 3), overwrites=True)
    assert committed([second]) == "Object 2 committed, 36 px. 9 px taken from object 1."
    assert (objects.layer.data[2] == 1).sum() == 27
    history.undo()
    assert (objects.layer.data[2] == 1).sum() == 36


def test_refining_replaces_the_object_under_its_id(objects, commit, history):
    commit(square(0, 0))
    commit(square(10, 10))
    refined = commit(square(2, 2), label=1)
    assert refined.label == 1
    assert np.array_equal(objects.layer.data[2] == 1, square(2, 2))
    assert commit(square(0, 20)).label == 3
    history.undo()
    history.undo()
    assert np.array_equal(objects.layer.data[2] == 1, square(0, 0))


def test_a_class_grows_with_each_commit(objects, commit):
    commit(square(0, 0), label=5, replaces=False)
    commit(square(10, 10), label=5, replaces=False)
    assert (objects.layer.data == 5).sum() == 72


def test_undo_and_redo_restore_pixels_and_ids(objects, commit, history):
    commit(square(0, 0))
    commit(square(10, 10))
    full = objects.layer.data.copy()
    assert travelled(history.undo(), "undo") == "Undo: commit of object 2."
    assert objects.next_label() == 2
    assert travelled(history.undo(), "undo") == "Undo: commit of object 1."
    assert not objects.layer.data.any()
    assert travelled(history.undo(), "undo") == "Nothing to undo."
    history.redo()
    history.redo()
    assert np.array_equal(objects.layer.data, full)
    assert travelled(history.redo(), "redo") == "Nothing to redo."
    assert objects.next_label() == 3


@pytest.mark.parametrize("way", ["paint", "fill", "polygon", "setitem"])
def test_painting_is_recorded_and_undone(objects, commit, history, way):
    commit(square(0, 0))
    before = objects.layer.data.copy()
    layer = objects.layer
    if way == "paint":
        layer.brush_size = 4
        with layer.block_history():  # one stroke of several dabs over each other
            layer.paint((2, 5, 5), 40)
            layer.paint((2, 6, 6), 41)
    elif way == "fill":
        layer.fill((2, 1, 1), 40)
    elif way == "polygon":
        layer.paint_polygon([(2, 2, 2), (2, 2, 12), (2, 12, 12)], 40)
    else:
        layer.data_setitem((np.array([2]), np.array([3]), np.array([3])), 40)
    after = layer.data.copy()
    assert (after != before).any()
    assert travelled(history.undo(), "undo") == "Undo: painting."
    assert np.array_equal(layer.data, before)
    history.redo()
    assert np.array_equal(layer.data, after)


def test_naparis_own_undo_and_redo_are_changes_like_others(objects, commit, history):
    commit(square(0, 0))
    layer = objects.layer
    layer.brush_size = 5
    layer.paint((2, 10, 10), 1)
    painted = layer.data.copy()
    layer.undo()
    bare = layer.data.copy()
    assert not np.array_equal(bare, painted)
    assert history.next_undo.description == "napari's undo"
    layer.redo()
    assert history.next_undo.description == "napari's redo"
    states = [painted, bare, painted, None]
    for state in states[1:3]:
        history.undo()
        assert np.array_equal(layer.data, state)
    history.undo()
    assert np.array_equal(layer.data[2] > 0, square(0, 0))
    history.undo()
    assert not layer.data.any()


def test_naparis_undo_of_our_commit_is_a_change_too(objects, commit, history):
    commit(square(0, 0))
    objects.layer.undo()
    assert not objects.layer.data.any()
    history.undo()
    assert np.array_equal(objects.layer.data[2] == 1, square(0, 0))


def test_more_strokes_than_napari_remembers(objects, history):
    layer = objects.layer
    layer.brush_size = 1
    rng = np.random.default_rng(0)
    for label in range(1, 251):
        layer.paint((2, int(rng.integers(20)), int(rng.integers(30))), label)
    last = layer.data.copy()
    while history.undo():
        pass
    assert not layer.data.any()
    while history.redo():
        pass
    assert np.array_equal(layer.data, last)


def test_assigned_data_can_be_undone(objects, commit, history):
    commit(square(0, 0))
    before = objects.layer.data.copy()
    objects.layer.data = np.full(GRID.shape, 3, dtype=np.int32)
    assert objects.next_label() == 4
    assert commit(square(0, 0), overwrites=True).label == 4
    history.undo()
    history.undo()
    assert np.array_equal(objects.layer.data, before)
    assert objects.next_label() == 2


def test_an_id_painted_by_hand_is_not_given_again(objects, commit):
    commit(square(0, 0))
    objects.layer.paint((1, 5, 5), 40)
    assert commit(square(10, 10)).label == 41


def test_objects_of_an_earlier_session_are_continued(objects, commit, history):
    commit(square(0, 0))
    layers = LayerList([IMAGE, objects.layer])
    found = left_objects(layers, IMAGE, GRID)
    assert found is objects.layer
    again = ObjectsLayer(IMAGE, GRID, history, found)
    assert again.plan(PLANE, square(10, 10)).label == 2
    other = Image(np.zeros((4, 20, 30)), name="another image")
    assert left_objects(layers, other, GRID) is None


def test_labels_from_elsewhere_that_fit():
    cellpose = Labels(np.ones(GRID.shape, np.uint16), name="cellpose")
    layers = LayerList([IMAGE, cellpose, Labels(np.ones((20, 30), int), name="other shape")])
    assert fitting_labels(layers, GRID) == [cellpose]


def test_when_the_ids_are_used_up(objects, commit):
    objects.layer.data = np.full(GRID.shape, 255, dtype=np.uint8)
    with pytest.raises(ValueError, match="holds ids up to 255 and they are used up"):
        commit(square(0, 0), overwrites=True)
