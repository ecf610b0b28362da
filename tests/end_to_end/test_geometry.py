"""Stacks, orientations, scaled layers, colours, pyramids, arrays that are not in memory."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from qtpy.QtCore import Qt
from tests.end_to_end.driver import CTRL, SHIFT
from tests.end_to_end.scenes import LEFT_DISC, RADIUS, RIGHT_DISC, balls, discs
from tests.end_to_end.stand_in import stand_in_loader

ORIENTATIONS = {  # axis order -> the sliced axis
    (0, 1, 2): 0,
    (1, 0, 2): 1,
    (2, 0, 1): 2,
    (2, 1, 0): 2,  # the same cut, mirrored: rows and columns are swapped
}


@pytest.mark.parametrize("order", ORIENTATIONS)
def test_a_slice_of_a_stack_in_every_orientation(open_viewer, order):
    stack, sliced = balls(), ORIENTATIONS[order]
    driver = open_viewer()
    driver.viewer.add_image(stack, name="stack")
    driver.viewer.dims.order = order
    middle = [8, 30, 40]
    driver.viewer.dims.set_point(sliced, middle[sliced])
    driver.viewer.reset_view()
    driver.wait_ready()
    rows, columns = order[1:]
    driver.click((middle[rows], middle[columns]))
    driver.wait_answer()
    cut = np.take(stack, middle[sliced], axis=sliced) > 0
    expected = cut if rows < columns else cut.T
    assert np.array_equal(driver.preview, expected)
    driver.picture(f"stack_order_{''.join(map(str, order))}")
    driver.key(Qt.Key.Key_Return)
    assert np.array_equal(np.take(driver.objects, middle[sliced], axis=sliced) == 1, cut)
    assert (driver.objects > 0).sum() == cut.sum()  # and nothing on any other slice


def test_another_slice_is_another_object_and_the_prompts_wait_where_they_are(open_viewer):
    made = []
    driver = open_viewer(stand_in_loader(made=made))
    driver.viewer.add_image(balls(), name="stack")
    driver.viewer.dims.set_point(0, 8)
    driver.wait_ready()
    driver.click((30, 40))
    driver.wait_answer()
    assert driver.preview.any()
    driver.viewer.dims.set_point(0, 6)
    driver.wait(lambda: driver.session.plane.index[0] == 6)
    driver.wait_ready()
    assert not driver.session.maker.prompts
    assert not driver.preview.any()
    count = len(made)
    driver.viewer.dims.set_point(0, 8)
    driver.wait(lambda: driver.session.plane.index[0] == 8)
    driver.wait_answer()
    assert driver.preview.any()
    assert len(made) == count  # the slice's embedding was still there


def test_a_scaled_translated_and_rotated_layer(open_viewer):
    driver = open_viewer()
    image = driver.viewer.add_image(
        discs(), name="tilted", scale=(0.5, 0.25), translate=(1000, -300), rotate=20
    )
    driver.wait_ready()
    driver.click(image.data_to_world(LEFT_DISC))
    driver.wait_answer()
    assert np.array_equal(driver.preview, discs(centres=[LEFT_DISC]) > 0)
    x, y = driver.session.maker.prompts.point_coords[0]
    assert (y, x) == pytest.approx(LEFT_DISC, abs=1)
    driver.picture("scaled_translated_rotated")
    driver.key(Qt.Key.Key_Return)
    objects = driver.viewer.layers["objects"]
    assert np.allclose(objects.data_to_world((7, 9)), image.data_to_world((7, 9)))
    # when the image moves, what belongs to it moves along
    image.translate = (0, 0)
    image.scale = (1, 1)
    for layer in driver.viewer.layers:
        assert np.allclose(layer.data_to_world((7, 9)), image.data_to_world((7, 9)))


def test_a_stack_with_an_axis_of_another_spacing(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(balls(), name="stack", scale=(4, 1, 1), translate=(100, 0, 0))
    driver.viewer.dims.set_point(0, 100 + 4 * 8)
    driver.wait_ready()
    driver.wait(lambda: driver.session.plane.index[0] == 8)
    driver.click((30, 40))
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    assert np.array_equal(driver.objects[8] == 1, balls()[8] > 0)


def test_colours(open_viewer):
    made = []
    driver = open_viewer(stand_in_loader(made=made))
    colours = np.stack([discs(), discs(), discs()], axis=-1)
    colours[..., 2] //= 2
    driver.viewer.add_image(colours, name="colours", rgb=True)
    driver.wait_ready()
    assert np.array_equal(made[-1].images[0], colours)
    driver.click(RIGHT_DISC)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    assert driver.objects.shape == colours.shape[:2]
    assert (driver.objects == 1)[RIGHT_DISC]
    driver.picture("colours")


def test_a_time_series_in_dask_loads_the_slice_only(open_viewer):
    loaded = []

    def load(block_info=None):
        loaded.append(block_info[None]["chunk-location"])
        return discs()[None, None]

    lazy = da.map_blocks(load, chunks=((1,) * 5, (1,) * 4, (120,), (160,)), dtype=np.uint8)
    driver = open_viewer()
    driver.viewer.add_image(lazy, name="series", contrast_limits=(0, 255))
    driver.viewer.dims.set_point((0, 1), (3, 2))
    driver.wait_ready()
    driver.wait(lambda: driver.session.plane.index[:2] == (3, 2))
    driver.wait_ready()
    driver.click(LEFT_DISC)
    driver.wait_answer()
    assert driver.preview.any()
    # napari and the session look at what was shown first and at what is shown now
    assert set(loaded) <= {(2, 1, 0, 0), (2, 2, 0, 0), (3, 1, 0, 0), (3, 2, 0, 0), (0, 0, 0, 0)}


def test_a_pyramid_gives_its_finest_level_that_can_be_read(open_viewer, monkeypatch):
    full = discs((240, 320), [(120, 100), (120, 210)], 44)
    monkeypatch.setattr("napari_sam.widgets.grid.MAX_PLANE_PIXELS", 130 * 170)
    driver = open_viewer()
    image = driver.viewer.add_image(
        [full, full[::2, ::2], full[::4, ::4]], multiscale=True, name="pyramid"
    )
    driver.wait_ready()
    driver.click((120, 100))
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)
    objects = driver.viewer.layers["objects"]
    assert objects.data.shape == (120, 160)
    assert np.allclose(objects.data_to_world((-0.5, -0.5)), image.data_to_world((-0.5, -0.5)))
    assert np.allclose(objects.data_to_world((119.5, 159.5)), image.data_to_world((239.5, 319.5)))
    assert (objects.data == 1).sum() == pytest.approx(np.pi * RADIUS**2, rel=0.1)
    driver.picture("pyramid")


def test_a_box_on_a_slice_and_a_correction(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(balls(), name="stack")
    driver.viewer.dims.set_point(0, 8)
    driver.wait_ready()
    driver.drag((14, 24), (44, 56), SHIFT)
    driver.wait_answer()
    x0, y0, x1, y1 = driver.session.maker.prompts.box
    assert (y0, x0, y1, x1) == pytest.approx((14, 24, 44, 56), abs=1)
    assert np.array_equal(driver.preview, balls()[8] > 0)
    driver.click((30, 30), CTRL)
    driver.wait_answer()
    assert not driver.preview[30, 30]
    assert driver.session.workspace.prompts.shapes.data[0].shape == (4, 3)


def test_the_3d_view_says_how_to_go_back(open_viewer):
    driver = open_viewer()
    driver.viewer.add_image(balls(), name="stack")
    driver.wait_ready()
    driver.viewer.dims.ndisplay = 3
    driver.wait(lambda: "go back to 2-D" in driver.chip)
    driver.viewer.dims.ndisplay = 2
    driver.wait_ready()
