"""Prompt, preview and objects layers, without a viewer."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import LayerList
from napari.layers import Image

from napari_sam.widgets.grid import working_grid
from napari_sam.widgets.objects_layer import ObjectsLayer
from napari_sam.widgets.plane import Plane
from napari_sam.widgets.preview_layer import PreviewLayer
from napari_sam.widgets.prompt_layers import PromptLayers
from napari_sam.widgets.wording import EMPTY, committed, taken_back

IMAGE = Image(np.zeros((4, 20, 30)), name="image", scale=(5, 1, 1))
GRID = working_grid(IMAGE)
PLANE = Plane(GRID, 1, 2, (2, 0, 0))


@pytest.fixture
def changes():
    return []


@pytest.fixture
def prompts(changes):
    return PromptLayers(IMAGE, GRID, lambda: changes.append(1))


def test_y_x_becomes_x_y(prompts):
    prompts.add_point((2, 3, 7), "foreground")
    prompts.add_point((2, 4, 8), "background")
    prompts.set_box(PLANE, (2, 15, 25), (2, 5, 10))
    read = prompts.read(PLANE)
    assert read.points == ((7.0, 3.0, 1), (8.0, 4.0, 0))
    assert read.box == (10.0, 5.0, 25.0, 15.0)
    assert read.point_coords.tolist() == [[7, 3], [8, 4]]
    assert read.point_labels.tolist() == [1, 0]


def test_in_another_orientation_rows_and_columns_follow_the_display(prompts):
    plane = Plane(GRID, 2, 0, (0, 11, 0))
    prompts.add_point((3, 11, 7), "foreground")
    prompts.set_box(plane, (1, 11, 5), (3, 11, 9))
    assert prompts.read(plane).points == ((3.0, 7.0, 1),)
    assert prompts.read(plane).box == (1.0, 5.0, 3.0, 9.0)


def test_only_the_plane_counts(prompts, changes):
    prompts.add_point((1, 3, 7), "foreground")
    prompts.add_point((2, 3, 7), "foreground")
    prompts.set_box(Plane(GRID, 1, 2, (0, 0, 0)), (0, 1, 1), (0, 5, 5))
    assert len(prompts.read(PLANE).points) == 1
    assert prompts.read(PLANE).box is None
    del changes[:]
    prompts.clear(PLANE)
    assert changes == [1]
    assert not prompts.read(PLANE)
    assert len(prompts.points.data) == 1
    assert len(prompts.shapes.data) == 1


def test_prompts_off_the_picture(prompts):
    prompts.points.add([[2, -0.4, 29.4], [2, -4, 3]])
    assert prompts.read(PLANE).points == ((29.4, 0.0, 1),)
    prompts.set_box(PLANE, (2, -9, -9), (2, 40, 40))
    assert prompts.read(PLANE).box == (0.0, 0.0, 30.0, 20.0)
    prompts.set_box(PLANE, (2, 5, 5), (2, 5, 9))
    assert prompts.read(PLANE).box is None


def test_colour_and_symbol_follow_the_label(prompts, changes):
    prompts.new_label = "background"
    prompts.points.add([[2, 1, 1]])  # as napari's own tool does
    prompts.add_point((2, 2, 2), "foreground")
    assert [str(symbol) for symbol in prompts.points.symbol] == ["x", "disc"]
    colours = prompts.points.face_color
    assert not np.allclose(colours[0], colours[1])
    prompts.points.features = {"label": ["foreground", "foreground"]}
    assert [str(symbol) for symbol in prompts.points.symbol] == ["disc", "disc"]
    assert np.allclose(*prompts.points.face_color)
    assert changes


def test_the_preview_is_one_plane_and_lies_at_its_slice():
    preview = PreviewLayer(IMAGE, PLANE, lambda edit: None)
    picture = np.zeros((20, 30), dtype=np.uint8)
    picture[3:6, 4:9] = 1
    preview.show(PLANE, picture)
    assert preview.layer.data.shape == (1, 20, 30)
    assert preview.layer.data_to_world((0, 0, 0)) == IMAGE.data_to_world((2, 0, 0))
    assert np.array_equal(preview.mask(), picture > 0)
    across = Plane(GRID, 2, 0, (0, 11, 0))
    picture = np.zeros((30, 4), dtype=np.uint8)
    picture[8, 1:3] = 2
    preview.show(across, picture)
    assert np.array_equal(preview.mask(), picture > 0)
    assert preview.layer.data[1:3, 0, 8].tolist() == [2, 2]
    assert preview.layer.data_to_world((0, 0, 0)) == IMAGE.data_to_world((0, 11, 0))
    preview.blank()
    assert preview.is_blank
    assert not preview.mask().any()


@pytest.fixture
def objects():
    return ObjectsLayer(IMAGE, GRID, LayerList())


def square(row, column, side=6):
    mask = np.zeros((20, 30), dtype=bool)
    mask[row : row + side, column : column + side] = True
    return mask


def test_a_commit_leaves_what_is_there(objects):
    assert committed(objects.commit(PLANE, square(0, 0))) == "Object 1 committed, 36 px."
    second = objects.commit(PLANE, square(3, 3))
    assert (second.label, second.size, second.refused, second.refused_for) == (2, 27, 9, (1,))
    assert committed(second) == (
        "Object 2 committed, 27 px. 9 px refused: they belong to object 1."
    )
    assert (objects.layer.data[2] == 1).sum() == 36
    assert (objects.layer.data[[0, 1, 3]] == 0).all()
    third = objects.commit(PLANE, square(4, 4, 4))
    assert committed(third) == "Not committed: all 16 px belong to objects 1, 2 already."
    assert committed(objects.commit(PLANE, np.zeros((20, 30), dtype=bool))) == EMPTY


def test_undo_spares_what_was_painted_since(objects):
    objects.commit(PLANE, square(0, 0))
    objects.commit(PLANE, square(10, 10))
    objects.layer.data_setitem((np.array([2]), np.array([10]), np.array([10])), 7)
    assert taken_back(objects.undo()) == "Object 2 taken back."
    assert np.unique(objects.layer.data).tolist() == [0, 1, 7]
    assert taken_back(objects.undo()) == "Object 1 taken back."
    assert not objects.can_undo
    assert taken_back(objects.undo()) == "Nothing to undo."


def test_an_id_painted_by_hand_is_not_given_again(objects):
    objects.commit(PLANE, square(0, 0))
    objects.layer.mode = "paint"
    objects.layer.selected_label = 40
    objects.layer.paint((1, 5, 5), 40)
    assert objects.commit(PLANE, square(10, 10)).label == 41


def test_objects_of_an_earlier_session_are_continued(objects):
    objects.commit(PLANE, square(0, 0))
    layers = LayerList([IMAGE, objects.layer])
    again = ObjectsLayer(IMAGE, GRID, layers)
    assert again.layer is objects.layer
    assert again.commit(PLANE, square(10, 10)).label == 2
    other = Image(np.zeros((4, 20, 30)), name="another image")
    assert ObjectsLayer(other, GRID, layers).layer is not objects.layer


def test_when_the_ids_are_used_up(objects):
    objects.layer.data = np.zeros(GRID.shape, dtype=np.uint8)
    objects._highest = 255
    with pytest.raises(ValueError, match="holds ids up to 255 and they are used up"):
        objects.commit(PLANE, square(0, 0))
