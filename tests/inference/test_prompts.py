"""The prompts of one object."""

from __future__ import annotations

import numpy as np

from napari_sam.inference.prompts import Prompts


def test_points_as_the_predictor_takes_them():
    prompts = Prompts(points=((3, 4, 1), (5.5, 6, 0)))
    assert prompts.point_coords.tolist() == [[3, 4], [5.5, 6]]
    assert prompts.point_labels.tolist() == [1, 0]
    assert prompts.point_labels.dtype == np.int64


def test_without_points_there_are_none():
    prompts = Prompts(box=(1, 2, 3, 4))
    assert prompts.point_coords is None
    assert prompts.point_labels is None


def test_only_a_single_click_is_ambiguous():
    assert Prompts(points=((3, 4, 1),)).is_ambiguous
    assert not Prompts(points=((3, 4, 1), (5, 6, 1))).is_ambiguous
    assert not Prompts(points=((3, 4, 1),), box=(1, 2, 9, 9)).is_ambiguous
    assert not Prompts(box=(1, 2, 3, 4)).is_ambiguous
