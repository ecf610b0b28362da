"""Prompt, preview and objects layers, without a viewer."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_sam.widgets.grid import working_grid
from napari_sam.widgets.plane import Plane
from napari_sam.widgets.preview_layer import PreviewLayer
from napari_sam.widgets.prompt_layers import PromptLayers

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
