"""The object being made is kept small, and comes back exactly."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np

from napari_sam.widgets.current_object import CurrentObject
from napari_sam.widgets.events import Candidates
from napari_sam.widgets.kept_object import KeptObject
from napari_sam.widgets.pictures import candidate_pictures


def state_with(masks, objects=None):
    current = CurrentObject()
    iou_predictions = np.linspace(0.5, 0.9, len(masks), dtype=np.float32)
    pictures = candidate_pictures(masks)
    candidates = Candidates(masks, iou_predictions, pictures, 1, objects=objects)
    return replace(current.state(), candidates=candidates)


def test_masks_and_pictures_come_back():
    masks = np.zeros((3, 40, 50), bool)
    masks[0, 3:9, 4:11], masks[1, 2:20, 4:30], masks[2, 0, 0] = True, True, True
    state = state_with(masks, objects=masks[:2])
    back = KeptObject.of(state).state()
    assert np.array_equal(back.candidates.masks, masks)
    assert np.array_equal(back.candidates.objects, masks[:2])
    assert np.array_equal(back.candidates.pictures, state.candidates.pictures)
    assert back.candidates.best == 1
    assert replace(back, candidates=None) == replace(state, candidates=None)


def test_empty_masks_and_none_come_back():
    state = state_with(np.zeros((1, 5, 6), bool))
    assert KeptObject.of(state).state().candidates.masks.shape == (1, 5, 6)
    bare = CurrentObject().state()
    assert KeptObject.of(bare).state() == bare


def test_a_cell_in_a_large_image_takes_little():
    masks = np.zeros((3, 1024, 1024), bool)
    masks[:, 500:560, 300:360] = True
    kept = KeptObject.of(state_with(masks))
    assert len(pickle.dumps(kept._masks)) < 10_000
