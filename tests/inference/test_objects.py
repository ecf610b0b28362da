"""Several objects become one label image."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from napari_sam.inference.objects import SegmentedObject, segment_objects
from napari_sam.inference.prompts import Prompts


class Scripted:
    """A predictor that answers with given logits, one answer a call."""

    def __init__(self, *answers: tuple[np.ndarray, list[float]]):
        self.model = SimpleNamespace(mask_threshold=0.0)
        self.original_size = answers[0][0].shape[-2:]
        self.calls: list[tuple[object, ...]] = []
        self._answers = list(answers)

    def predict(self, coords, labels, box, *, multimask_output, return_logits):
        assert return_logits
        self.calls.append((coords, labels, box, multimask_output))
        logits, iou_predictions = self._answers.pop(0)
        return logits.astype(np.float32), np.array(iou_predictions, np.float32), None


BOX = Prompts(box=(0, 0, 4, 2))


def test_a_pixel_goes_to_the_object_that_is_surest_there():
    first = np.array([[[5, 2, 1, -1]]])
    second = np.array([[[-1, 3, 1, -2]]])
    labels, objects = segment_objects(Scripted((first, [0.9]), (second, [0.5])), [BOX, BOX])
    assert labels.tolist() == [[1, 2, 1, 0]]  # equal in the third: the earlier
    assert labels.dtype == np.int32
    assert objects == [SegmentedObject(1, 2, np.float32(0.9)), SegmentedObject(2, 1, 0.5)]


def test_objects_are_numbered_in_their_order_even_if_empty():
    nothing, something = np.full((1, 2, 2), -1.0), np.ones((1, 2, 2))
    labels, objects = segment_objects(Scripted((nothing, [0.1]), (something, [0.8])), [BOX, BOX])
    assert np.all(labels == 2)
    assert [(found.id, found.area) for found in objects] == [(1, 0), (2, 4)]


def test_of_the_masks_for_a_single_click_the_best_is_taken():
    masks = np.stack([np.full((2, 2), -1.0), np.eye(2), np.ones((2, 2))])
    predictor = Scripted((masks, [0.5, 0.9, 0.7]))
    labels, objects = segment_objects(predictor, [Prompts(points=((1, 1, 1),))])
    assert labels.tolist() == [[1, 0], [0, 1]]
    assert objects[0].iou_prediction == np.float32(0.9)
    assert predictor.calls[0][3] is True


def test_prompts_are_passed_on():
    predictor = Scripted((np.ones((1, 2, 2)), [1.0]))
    segment_objects(predictor, [Prompts(points=((1, 0, 1), (0, 1, 0)), box=(0, 0, 2, 2))])
    coords, labels, box, multimask_output = predictor.calls[0]
    assert coords.tolist() == [[1, 0], [0, 1]]
    assert labels.tolist() == [1, 0]
    assert box == (0, 0, 2, 2)
    assert multimask_output is False
