"""A picture with its objects drawn over it."""

from __future__ import annotations

import numpy as np

from napari_sam.inference.overlay import draw_overlay


def grey(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 100, np.uint8)


def with_square(label: int) -> np.ndarray:
    labels = np.zeros((40, 40), np.int32)
    labels[10:30, 10:30] = label
    return labels


def test_the_background_stays_bit_for_bit():
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    labels = with_square(1)
    drawn = draw_overlay(picture, labels)
    assert np.array_equal(drawn[labels == 0], picture[labels == 0])
    assert drawn.dtype == np.uint8
    assert drawn.shape == picture.shape


def test_without_objects_nothing_is_drawn():
    assert np.array_equal(draw_overlay(grey(9, 9), np.zeros((9, 9), int)), grey(9, 9))


def test_an_object_is_tinted_and_outlined_inside():
    drawn = draw_overlay(grey(40, 40), with_square(3)).astype(int)
    inner, outline = drawn[20, 20], drawn[10, 20]
    assert np.allclose(inner, 100 * 0.65 + outline * 0.35, atol=1)
    assert np.all(drawn[11:29, 11:29] == inner)
    assert np.all(drawn[10:30, 29] == outline)


def test_a_colour_depends_on_the_id_alone_and_neighbours_differ():
    colours = [tuple(draw_overlay(grey(40, 40), with_square(n))[10, 10]) for n in range(1, 30)]
    assert len(set(colours)) == len(colours)
    both = with_square(7)
    both[10:30, 20:30] = 8
    drawn = draw_overlay(grey(40, 40), both)
    assert tuple(drawn[10, 10]) == colours[6]
    assert tuple(drawn[15, 20]) == colours[7]
    assert tuple(drawn[15, 19]) == colours[6]  # touching objects are both outlined


def test_outlines_of_large_pictures_are_thicker():
    labels = np.zeros((40, 1800), np.int32)
    labels[10:30, 100:1700] = 1
    drawn = draw_overlay(grey(40, 1800), labels)
    column = drawn[10:30, 900].astype(int)
    assert np.all(column[:3] == column[0])
    assert np.any(column[3] != column[0])
