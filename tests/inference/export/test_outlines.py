from __future__ import annotations

import numpy as np
import pytest

from napari_sam.inference.export.outlines import outlines, signed_area


def filled(rings, shape):
    """Pixels whose centres are inside, by the even-odd rule; lines run along rows and columns."""
    mask = np.zeros(shape, dtype=bool)
    for ring in rings:
        for (x, y), (u, v) in zip(ring, [*ring[1:], ring[0]], strict=True):
            assert (x == u) != (y == v)
            if x == u:
                mask[min(y, v) : max(y, v), x:] ^= True
    return mask


@pytest.mark.parametrize("seed", range(40))
def test_random_masks_come_back_and_rings_are_simple(seed):
    random = np.random.default_rng(seed)
    mask = random.random((random.integers(1, 25), random.integers(1, 25))) < random.random()
    polygons = outlines(mask)
    total = np.zeros(mask.shape, int)
    for polygon in polygons:
        assert signed_area(polygon.outer) > 0
        for ring in polygon.rings:
            assert len(set(ring)) == len(ring) >= 4
            # no corner lies on a straight line
            turned = [*ring[1:], ring[0]]
            assert all(
                (a[0] == b[0]) != (b[0] == c[0])
                for a, b, c in zip(ring, turned, [*turned[1:], turned[0]], strict=True)
            )
        assert all(signed_area(hole) < 0 for hole in polygon.holes)
        total += filled(polygon.rings, mask.shape)
    assert np.array_equal(total, mask)


def test_corners_are_those_of_pixels():
    (square,) = outlines(np.ones((2, 3), dtype=bool), origin=(10, 20))
    assert square.outer == [(20, 10), (23, 10), (23, 12), (20, 12)]
    assert square.holes == []


def test_what_touches_at_a_corner_is_apart():
    assert len(outlines(np.eye(3, dtype=bool))) == 3
    ring = np.ones((5, 5), dtype=bool)
    ring[1, 1] = ring[2, 2] = False
    (polygon,) = outlines(ring)
    assert len(polygon.holes) == 2
    closed = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=bool)  # by a corner alone
    (polygon,) = outlines(closed)
    assert polygon.holes == [[(2, 1), (1, 1), (1, 2), (2, 2)]] or len(polygon.holes[0]) == 4
