from __future__ import annotations

import numpy as np
import pytest
from tests.end_to_end.scenes import LEFT_DISC, discs
from tests.end_to_end.stand_in import stand_in_loader

from napari_sam.widgets.current_object import CurrentObject
from napari_sam.widgets.events import (
    EmbeddingPlane,
    Goal,
    LoadingModel,
    PlaneReady,
    PlaneSource,
    Predicted,
)
from napari_sam.widgets.grid import Grid
from napari_sam.widgets.pictures import outlined
from napari_sam.widgets.plane import Plane
from napari_sam.widgets.prompts import PlanePrompts
from napari_sam.widgets.segmenter import MAX_EMBEDDINGS, CancelledError, Segmenter

STACK = np.stack([discs()] * (MAX_EMBEDDINGS + 2))
GRID = Grid(0, STACK.shape, (1.0,) * 3)
Y, X = LEFT_DISC
CLICK = PlanePrompts(points=((X, Y, 1),))
CORRECTED = PlanePrompts(points=(*CLICK.points, (X - 20.0, Y, 0)))


def goal(index=0, prompts=None, number=0, model="default", **kwargs):
    plane = Plane(GRID, 1, 2, (index, 0, 0))
    source = PlaneSource(STACK, plane, rgb=False)
    return Goal(model, source, number, prompts or PlanePrompts(), **kwargs)


def never():
    return False


@pytest.fixture
def made():
    return []


@pytest.fixture
def segmenter(made):
    return Segmenter(stand_in_loader(made=made))


def kinds(segmenter, wanted):
    return [type(event) for event in segmenter.pursue(wanted, never)]


def test_only_what_is_lacking_is_done(segmenter):
    assert kinds(segmenter, goal()) == [LoadingModel, EmbeddingPlane, PlaneReady]
    assert kinds(segmenter, goal(prompts=CLICK)) == [PlaneReady, Predicted]
    assert kinds(segmenter, goal(1)) == [EmbeddingPlane, PlaneReady]
    assert kinds(segmenter, goal(0)) == [PlaneReady]
    assert kinds(segmenter, goal(model="other")) == [LoadingModel, EmbeddingPlane, PlaneReady]


def test_background_points_alone_ask_for_nothing(segmenter):
    prompts = PlanePrompts(points=((X, Y, 0),))
    assert Predicted not in kinds(segmenter, goal(prompts=prompts))


def test_the_embeddings_seen_longest_ago_are_dropped(segmenter):
    for index in range(MAX_EMBEDDINGS + 1):
        list(segmenter.pursue(goal(index), never))
    assert kinds(segmenter, goal(1)) == [PlaneReady]
    assert kinds(segmenter, goal(0)) == [EmbeddingPlane, PlaneReady]


def test_a_click_has_three_masks_and_a_correction_one(segmenter):
    *_, first = segmenter.pursue(goal(prompts=CLICK), never)
    assert len(first.candidates) == 3
    assert first.candidates.best == 1
    *_, second = segmenter.pursue(goal(prompts=CORRECTED), never)
    assert len(second.candidates) == 1


@pytest.mark.parametrize(
    ("candidate", "expected"), [(None, 1), (0, 0), (2, 2)], ids=["best", "first", "third"]
)
def test_the_mask_that_is_corrected_goes_in(segmenter, made, candidate, expected):
    list(segmenter.pursue(goal(prompts=CLICK), never))
    list(segmenter.pursue(goal(prompts=CORRECTED, candidate=candidate), never))
    first, second = made[0].mask_inputs
    assert first is None
    assert second.shape == (1, 256, 256)
    assert (second == expected).all()


@pytest.mark.parametrize(
    "second",
    [
        goal(prompts=CORRECTED, number=1),
        goal(1, prompts=CORRECTED),
        goal(prompts=PlanePrompts(points=((X + 1.0, Y, 1), (X, Y, 0)))),
        goal(prompts=PlanePrompts(points=CORRECTED.points, box=(0, 0, 5, 5))),
    ],
    ids=["another object", "another slice", "a moved point", "a new box"],
)
def test_no_mask_goes_in_where_none_is_corrected(segmenter, made, second):
    list(segmenter.pursue(goal(prompts=CLICK), never))
    list(segmenter.pursue(second, never))
    assert made[-1].mask_inputs[-1] is None


def test_cancelling_within_the_encoder_keeps_nothing_half_done(segmenter):
    list(segmenter.pursue(goal(), never))
    asked = []

    def after_three():
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(CancelledError):
        list(segmenter.pursue(goal(1), after_three))
    assert kinds(segmenter, goal(1)) == [EmbeddingPlane, PlaneReady]


def test_the_outline_is_the_rim_of_the_mask():
    mask = np.zeros((6, 8), dtype=bool)
    mask[1:5, 2:7] = True
    assert outlined(mask).tolist() == [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 2, 2, 2, 2, 2, 0],
        [0, 0, 2, 1, 1, 1, 2, 0],
        [0, 0, 2, 1, 1, 1, 2, 0],
        [0, 0, 2, 2, 2, 2, 2, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]
    assert not outlined(np.zeros((3, 3), dtype=bool)).any()


def test_an_answer_for_an_earlier_object_is_not_taken(segmenter):
    current = CurrentObject()
    asked = goal(prompts=CLICK, number=current.number)
    *_, answer = segmenter.pursue(asked, never)
    current.begin_next()
    assert not current.take(asked, answer.candidates)
    assert current.candidates is None


def test_stepping_goes_round(segmenter):
    current = CurrentObject()
    assert not current.step(1)
    asked = goal(prompts=CLICK)
    *_, answer = segmenter.pursue(asked, never)
    assert current.take(asked, answer.candidates)
    shown = [current.chosen]
    for _ in range(3):
        assert current.step(1)
        shown.append(current.chosen)
    assert shown == [1, 2, 0, 1]
