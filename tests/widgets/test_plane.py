from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from napari.components import Dims
from napari.layers import Image

from napari_sam.widgets.grid import Grid, place, placement, working_grid
from napari_sam.widgets.plane import NoPlaneError, Plane, displayed_plane

SHAPE = (5, 6, 7, 8)


@st.composite
def planes(draw):
    rows, columns = draw(st.permutations(range(4)))[:2]
    index = [draw(st.integers(0, n - 1)) for n in SHAPE]
    index[rows] = index[columns] = 0
    return Plane(Grid(0, SHAPE, (1.0,) * 4), rows, columns, tuple(index))


@given(planes())
def test_cut_thin_flat_and_indices_agree(plane):
    array = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    cut = plane.cut(array)
    assert cut.shape == plane.shape
    assert np.shares_memory(cut, array)
    thin = plane.thin(cut)
    assert thin.shape == plane.thin_shape
    assert np.array_equal(plane.flat(thin), cut)
    mask = cut % 3 == 0
    assert sorted(array[plane.indices(mask)]) == sorted(cut[mask])
    for row, column in [(0, 0), (1, 2)]:
        position = np.array(plane.index)
        position[plane.rows], position[plane.columns] = row, column
        assert array[tuple(position)] == cut[row, column]
        assert plane.holds(position[None]).all()
        assert plane.contains(position)


def test_a_cut_of_colours_keeps_them_last():
    plane = Plane(Grid(0, SHAPE, (1.0,) * 4), 3, 1, (2, 0, 4, 0))
    assert plane.cut(np.zeros((*SHAPE, 3))).shape == (8, 6, 3)


def test_what_lies_on_another_slice_or_outside_is_not_held():
    plane = Plane(Grid(0, (5, 6, 7), (1.0,) * 3), 1, 2, (2, 0, 0))
    assert plane.holds([[2.4, 1, 1], [2.6, 1, 1], [1, 0, 0]]).tolist() == [True, False, False]
    assert plane.contains((2, -0.5, 6.5))
    assert not plane.contains((2, -0.6, 3))
    assert plane.clip((9, -3, 99)).tolist() == [2, -0.5, 6.5]


def test_words_for_a_person():
    grid = Grid(0, SHAPE, (1.0,) * 4)
    assert Plane(grid, 2, 3, (3, 1, 0, 0)).description == "slice 3, 1"
    assert Plane(Grid(0, (4, 4), (1.0, 1.0)), 0, 1, (0, 0)).description == ""


def displayed(layer, **dims):
    return displayed_plane(layer, working_grid(layer), Dims(**dims))


def test_the_plane_that_the_sliders_show():
    layer = Image(np.zeros((10, 20, 30)), scale=(4, 1, 1), translate=(100, 0, 0))
    sliders = {"ndim": 3, "range": ((100, 136, 4), (0, 19, 1), (0, 29, 1)), "point": (120, 3, 4)}
    plane = displayed(layer, **sliders)
    assert (plane.rows, plane.columns, plane.index) == (1, 2, (5, 0, 0))
    plane = displayed(layer, **sliders, order=(1, 2, 0))
    assert (plane.rows, plane.columns, plane.index) == (2, 0, (0, 3, 0))


def test_a_layer_with_fewer_axes_than_the_viewer():
    layer = Image(np.zeros((20, 30)))
    ranges = ((0, 9, 1), (0, 19, 1), (0, 29, 1))
    plane = displayed(layer, ndim=3, range=ranges, point=(7, 0, 0))
    assert (plane.rows, plane.columns, plane.index) == (0, 1, (0, 0))
    with pytest.raises(NoPlaneError, match="no extent along an axis on display"):
        displayed(layer, ndim=3, range=ranges, order=(2, 0, 1))


def test_no_plane_in_3d_or_beside_the_layer():
    layer = Image(np.zeros((10, 20, 30)), name="stack")
    with pytest.raises(NoPlaneError, match="go back to 2-D"):
        displayed(layer, ndim=3, ndisplay=3)
    with pytest.raises(NoPlaneError, match="The slider stands outside “stack”"):
        displayed(layer, ndim=3, range=((0, 50, 1),) * 3, point=(30, 0, 0))


def test_grid_and_layer_coordinates_agree_at_the_edges():
    grid = Grid(level=1, shape=(10, 10), factors=(2.0, 4.0))
    assert grid.to_layer((-0.5, -0.5)).tolist() == [-0.5, -0.5]
    assert grid.to_layer((9.5, 9.5)).tolist() == [19.5, 39.5]
    points = np.array([[1.5, 2.0], [0.0, 7.0]])
    assert np.allclose(grid.from_layer(grid.to_layer(points)), points)


def test_placement_puts_pixels_where_they_belong():
    image = Image(
        np.zeros((6, 20, 30)),
        scale=(3, 0.5, 0.25),
        translate=(10, 20, 30),
        rotate=30,
        shear=(0.1, 0.2, 0.3),
        affine=[[1, 0.1, 0, 5], [0, 2, 0, 6], [0, 0, 1, 7], [0, 0, 0, 1]],
    )
    grid = Grid(level=1, shape=(6, 10, 15), factors=(1.0, 2.0, 2.0))
    start = (4, 0, 0)
    thin = Image(np.zeros((1, 10, 15)), **placement(image, grid, start))
    for pixel in [(0, 0, 0), (0, 3, 7)]:
        expected = image.data_to_world(grid.to_layer(np.add(pixel, start)))
        assert np.allclose(thin.data_to_world(pixel), expected)
    image.translate = (0, 0, 0)
    place(thin, image, grid, start)
    assert np.allclose(thin.data_to_world((0, 0, 0)), image.data_to_world(grid.to_layer(start)))


def test_a_pyramid_too_large_for_one_read(monkeypatch):
    monkeypatch.setattr("napari_sam.widgets.grid.MAX_PLANE_PIXELS", 20 * 20)
    levels = [np.zeros((3, 40 // f, 40 // f, 3)) for f in (1, 2, 4)]
    grid = working_grid(Image(levels, multiscale=True, rgb=True))
    assert grid == Grid(level=1, shape=(3, 20, 20), factors=(1.0, 2.0, 2.0))
    monkeypatch.setattr("napari_sam.widgets.grid.MAX_PLANE_PIXELS", 1)
    assert working_grid(Image(levels, multiscale=True, rgb=True)).level == 2
