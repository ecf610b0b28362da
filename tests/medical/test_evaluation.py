"""Scores of prompts on a model that is known by heart."""

import numpy as np
import pytest
import torch

from sam_medical.evaluation import _centre, _correction, evaluate_image
from sam_medical.finetune.image_sets import LabelledImage


class Oracle:
    """Answers a box with the box, and a click with all of the objects in the picture."""

    def __init__(self, record):
        self.record = record
        self.original_size = record.labels.shape
        self.transform = self
        self.clicks = []

    def set_image(self, image):
        assert image is self.record.image

    def apply_boxes(self, boxes, size):
        return boxes

    def apply_coords(self, coords, size):
        return coords

    def predict_torch(self, coords, labels, boxes=None, mask_input=None, multimask_output=True):
        n = len(coords if boxes is None else boxes)
        masks = torch.zeros(n, 3 if multimask_output else 1, *self.original_size, dtype=torch.bool)
        if boxes is not None:
            for mask, (x0, y0, x1, y1) in zip(masks, boxes.int().tolist(), strict=True):
                mask[:, y0 : y1 + 1, x0 : x1 + 1] = True
        else:
            self.clicks.append((coords.clone(), labels.clone()))
            masks[:, -1] = torch.from_numpy(self.record.labels > 0)
        quality = torch.arange(masks.shape[1]).expand(n, -1) / 3
        return masks, quality, torch.zeros(n, masks.shape[1], 8, 8)


@pytest.fixture
def record():
    labels = np.zeros((40, 50), np.int32)
    labels[5:15, 10:30], labels[20:30, 10:20] = 1, 2
    return LabelledImage.from_arrays("two", np.zeros((40, 50), np.uint8), labels)


def test_scores_are_those_of_the_masks(record):
    oracle = Oracle(record)
    scores = evaluate_image(oracle, record, [1, 2], corrections=[1])
    np.testing.assert_allclose(scores["box"], 1)
    np.testing.assert_allclose(scores["ellipse"], np.pi / 4, atol=0.03)
    np.testing.assert_allclose(scores["click"], [200 / 300, 100 / 300])
    np.testing.assert_allclose(scores["click predicted"], 2 / 3)
    np.testing.assert_allclose(scores["click+1"], [200 / 300, 100 / 300])


def test_the_second_click_is_a_negative_one_on_the_other_object(record):
    oracle = Oracle(record)
    evaluate_image(oracle, record, [1, 2], corrections=[1])
    coords, labels = oracle.clicks[1]
    assert labels.tolist() == [[1, 0], [1, 0]]
    for own, (x, y) in zip((1, 2), coords[:, 1].int().tolist(), strict=True):
        assert record.labels[y, x] not in (0, own)


def test_centres_are_far_from_the_outside():
    mask = np.zeros((9, 12), bool)
    mask[2:7, 1:6] = True
    mask[4, 6:12] = True  # a tail, which the centroid would follow
    assert _centre(mask) == (3, 4)


def test_without_an_error_the_click_is_the_objects_own():
    mask = np.zeros((9, 9), bool)
    mask[2:7, 2:7] = True
    assert _correction(mask, mask) == ((4, 4), 1)
