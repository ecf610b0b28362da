from __future__ import annotations

import numpy as np
import pytest

from napari_sam.inference.outlines import (
    ellipse_outline,
    filled,
    points_along,
    points_within,
)

SQUARE = [(10.0, 20.0), (30.0, 20.0), (30.0, 50.0), (10.0, 50.0)]


def test_a_filled_outline_holds_its_border_and_is_cut_at_the_image():
    mask = filled(SQUARE, (60, 25))
    assert mask.shape == (60, 25)
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 50, 10, 24)
    assert mask[20:51, 10:25].all()


def test_points_along_a_path_are_equally_far_apart():
    bent = [(0, 0), (10, 0), (10, 30)]
    assert points_along(bent, 5).tolist() == [[0, 0], [10, 0], [10, 10], [10, 20], [10, 30]]
    assert points_along(bent, 1).tolist() == [[10, 10]]
    assert points_along([(4, 4), (4, 4)], 3).tolist() == [[4, 4]] * 3
    assert points_along([(4, 4)], 1).tolist() == [[4, 4]]


def test_points_within_are_inside_and_apart():
    points = points_within(SQUARE, (60, 60), 5)
    assert len(points) == 5
    mask = filled(SQUARE, (60, 60))
    assert all(mask[round(y), round(x)] for x, y in points)
    apart = [np.hypot(*np.subtract(a, b)) for i, a in enumerate(points) for b in points[:i]]
    assert min(apart) > 5
    assert points_within([(90, 90), (95, 90), (95, 95)], (60, 60), 5) == []


@pytest.mark.parametrize("turn", [0, 0.6])
def test_an_ellipse_touches_the_middle_of_each_side(turn):
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    corners = np.array([(0, 0), (20, 0), (20, 10), (0, 10)]) @ turned.T
    outline = ellipse_outline(corners)
    for i in range(4):
        middle = (corners[i] + corners[(i + 1) % 4]) / 2
        assert np.hypot(*(outline - middle).T).min() < 1e-9
