"""Records of objects on another model: the stand-in, and the one that ships."""

from __future__ import annotations

import numpy as np
import pytest
from tests.end_to_end.scenes import LEFT_DISC, RIGHT_DISC, discs
from tests.end_to_end.stand_in import StandIn

from napari_sam.widgets.models import load_sam
from napari_sam.widgets.object_record import ObjectRecord, best_first, rank_of
from napari_sam.widgets.prompts import PlanePrompts
from napari_sam.widgets.replay import EmbeddingForReplay, Replayed, replay
from napari_sam.widgets.segmenter import CancelledError

IMAGE = np.repeat(discs()[:, :, None], 3, axis=2)


def point(at, label=1):
    return (float(at[1]), float(at[0]), label)


def record(label, *points, z=0, rank=0, box=None):
    return ObjectRecord(label, (1, 2, (z, 0, 0)), PlanePrompts(points, box), rank, "earlier")


def test_every_object_has_its_mask_and_each_plane_is_embedded_once():
    made = []

    def make():
        made.append(StandIn())
        return made[-1]

    records = [
        record(1, point(LEFT_DISC), z=4),
        record(2, point(RIGHT_DISC), z=2),
        record(3, box=(80.0, 30.0, 130.0, 90.0), z=4),
        record(4, point(LEFT_DISC, 0), z=4),  # says only where it is not
    ]
    asked = []

    def read(plane):
        asked.append(plane)
        return IMAGE

    events = list(replay(records, read, make, lambda: False))
    assert asked == [(1, 2, (2, 0, 0)), (1, 2, (4, 0, 0))]
    assert len(made) == 2
    masks = {event.record.label: event.mask for event in events if isinstance(event, Replayed)}
    assert set(masks) == {1, 2, 3}
    assert np.array_equal(masks[1], (discs() > 0) & (np.arange(160) < 80))
    assert np.array_equal(masks[2], (discs() > 0) & (np.arange(160) > 80))
    assert np.array_equal(masks[3], masks[2])
    assert [event.done for event in events if isinstance(event, Replayed)] == [1, 2, 3]
    assert sum(isinstance(event, EmbeddingForReplay) for event in events) == 2


def test_the_rank_that_was_taken_is_taken_again():
    def size(rank):
        records = [record(1, point(LEFT_DISC), rank=rank)]
        *_, last = replay(records, lambda _: IMAGE, StandIn, lambda: False)
        return last.mask.sum(), last.iou_prediction

    best, second, third = (size(rank) for rank in range(3))
    assert second[0] < best[0] < third[0]
    assert best[1] > second[1] > third[1]
    assert rank_of(np.array([0.7, 0.9, 0.6]), 0) == 1
    assert best_first(np.array([0.7, 0.9, 0.7])).tolist() == [1, 0, 2]


def test_it_ends_within_the_encoder_when_it_is_cancelled():
    asked = []

    def is_cancelled():
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(CancelledError):
        list(replay([record(1, point(LEFT_DISC))], lambda _: IMAGE, StandIn, is_cancelled))
    assert len(asked) == 4


def test_the_model_that_ships_makes_the_same_objects_again():
    import torch

    from napari_sam.widgets.events import Goal, Predicted
    from napari_sam.widgets.grid import Grid
    from napari_sam.widgets.plane import Plane
    from napari_sam.widgets.plane_source import PlaneSource
    from napari_sam.widgets.segmenter import Segmenter

    torch.set_num_threads(1)
    plane = Plane(Grid(0, (120, 160), (1.0, 1.0)), 0, 1, (0, 0))
    source = PlaneSource(IMAGE, plane, rgb=True)
    segmenter = Segmenter(load_sam)
    first = PlanePrompts((point(LEFT_DISC),))
    both = PlanePrompts((*first.points, point((60, 75), 0)))
    for prompts in (first, both):
        goal = Goal("default", source, 1, prompts)
        events = list(segmenter.pursue(goal, lambda: False))
    assert isinstance(events[-1], Predicted)
    live = events[-1].candidates
    rank = rank_of(live.iou_predictions, live.best)
    steps = load_sam("default")
    while True:
        try:
            next(steps)
        except StopIteration as end:
            make = end.value
            break
    records = [ObjectRecord(1, (0, 1, (0, 0)), both, rank, "default")]
    *_, made = replay(records, lambda _: IMAGE, make, lambda: False)
    assert np.array_equal(made.mask, live.masks[live.best])
    assert (made.mask & (discs() > 0)).sum() > 0.8 * np.pi * 22**2
