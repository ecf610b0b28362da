"""Lassos, scribbles and napari's own shapes as prompts."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from tests.end_to_end.driver import CTRL
from tests.end_to_end.scenes import LEFT_DISC, RADIUS, RIGHT_DISC, balls, discs
from tests.end_to_end.stand_in import stand_in_loader

LEFT_ONLY = discs(centres=[LEFT_DISC]) > 0


def ring(centre, radius, count=24):
    angles = np.linspace(0, 2 * np.pi, count)
    return np.array(centre) + radius * np.stack([np.sin(angles), np.cos(angles)], axis=1)


@pytest.fixture
def made():
    return []


@pytest.fixture
def two_discs(open_viewer, made):
    driver = open_viewer(stand_in_loader(made=made))
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    return driver


def test_a_lasso_is_a_box_a_mask_and_a_border(two_discs, made):
    driver, session = two_discs, two_discs.session
    driver.widget.tools.tool_buttons["lasso"].click()
    centre = np.array(driver.camera.center)
    driver.trace(ring(LEFT_DISC, RADIUS - 4))
    driver.wait_answer()
    assert np.allclose(driver.camera.center, centre)  # it did not pan
    prompts = session.maker.prompts
    assert np.allclose(prompts.box, (32, 42, 68, 78), atol=2)
    assert made[0].mask_inputs[-1].shape == (1, 256, 256)
    assert made[0].mask_inputs[-1][0, 96, 80] > 0  # LEFT_DISC in the encoder's frame
    assert made[0].mask_inputs[-1][0, 96, 168] < 0
    rows, columns = np.nonzero(driver.preview)
    assert np.hypot(rows - LEFT_DISC[0], columns - LEFT_DISC[1]).max() <= RADIUS - 2
    assert str(session.workspace.prompts.shapes.shape_type[0]) == "polygon"
    assert session.history.next_undo.description == "added shape"
    driver.picture("lasso")
    # another lasso takes the place of the first, and one undo brings that back
    driver.trace(ring(RIGHT_DISC, RADIUS + 3))
    driver.wait_answer()
    assert driver.preview[RIGHT_DISC]
    assert not driver.preview[LEFT_DISC]
    assert len(session.workspace.prompts.shapes.data) == 1
    session.undo()
    driver.wait_answer()
    assert driver.preview[LEFT_DISC]
    session.undo()
    assert not session.maker.prompts
    driver.wait(lambda: not driver.preview.any())


def test_a_point_outside_a_lasso_lets_the_object_reach_out(two_discs):
    driver = two_discs
    driver.widget.tools.tool_buttons["lasso"].click()
    driver.trace(ring(LEFT_DISC, RADIUS - 6))
    driver.wait_answer()
    edge = (LEFT_DISC[0], LEFT_DISC[1] - RADIUS + 2)
    assert not driver.preview[edge]
    driver.click(edge)  # a plain click is a point with every tool
    driver.wait_answer()
    assert driver.preview[edge]


def test_scribbles_include_and_exclude(two_discs):
    driver = two_discs
    driver.widget.tools.tool_buttons["scribble"].click()
    driver.trace([(60, 40), (60, 50), (60, 100), (60, 108)])
    driver.wait_answer()
    assert driver.preview[LEFT_DISC]
    assert driver.preview[RIGHT_DISC]
    assert set(driver.session.maker.prompts.point_labels) == {1}
    driver.trace([(60, 98), (60, 105), (60, 112)], CTRL)
    driver.wait_answer()
    assert driver.preview[LEFT_DISC]
    assert not driver.preview[RIGHT_DISC]
    shapes = driver.session.workspace.prompts.shapes
    assert shapes.features["label"].tolist() == ["foreground", "background"]
    assert not np.allclose(*shapes.edge_color)
    driver.picture("scribbles")
    driver.key(Qt.Key.Key_Return)
    assert (driver.objects == 1)[LEFT_DISC]
    assert not len(shapes.data)


def test_a_box_is_dragged_without_shift_too_and_is_one_change(two_discs):
    driver = two_discs
    driver.widget.tools.tool_buttons["box"].click()
    driver.drag((30, 20), (90, 78))
    driver.wait_answer()
    assert np.array_equal(driver.preview, LEFT_ONLY)
    driver.session.undo()
    assert driver.session.history.next_undo is None


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2)])
@pytest.mark.parametrize("kind", ["ellipse", "polygon", "path"])
def test_naparis_own_shapes_on_a_slice_of_a_stack(open_viewer, order, kind):
    driver = open_viewer()
    driver.viewer.add_image(balls(), name="stack")
    driver.viewer.dims.order = order
    sliced, (rows, columns) = order[0], order[1:]
    middle = (8, 30, 40)
    driver.viewer.dims.set_point(sliced, middle[sliced])
    driver.wait_ready()
    driver.wait(lambda: driver.session.plane.index[sliced] == middle[sliced])
    driver.wait_ready()
    cut = np.take(balls(), middle[sliced], axis=sliced) > 0
    driver.session.workspace.show(driver.session.plane)
    shapes = driver.session.workspace.prompts.shapes
    low, high = (np.array(middle, dtype=float) for _ in range(2))
    reach = (np.array(cut.shape) // 3)[[0, 1]]
    low[[rows, columns]] -= reach
    high[[rows, columns]] += reach
    corners = np.tile(low, (4, 1))
    corners[1:3, columns] = high[columns]
    corners[2:, rows] = high[rows]
    shapes.add([corners if kind != "path" else corners[::2]], shape_type=kind)
    driver.wait_answer()
    inside = driver.preview
    assert inside[middle[rows], middle[columns]]
    if kind == "path":
        assert np.array_equal(inside, cut)
    else:
        assert not (inside & ~cut).any()
        assert inside.sum() > 0.5 * cut.sum()
    driver.viewer.dims.set_point(sliced, middle[sliced] + 1)
    driver.wait(lambda: driver.session.plane.index[sliced] == middle[sliced] + 1)
    assert not driver.session.maker.prompts
