"""Several prompted objects of one image, composed to one label image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_sam.inference.predictor import SamPredictor
    from napari_sam.inference.prompts import Prompts


@dataclass(frozen=True, slots=True)
class SegmentedObject:
    """One object of a label image.

    Attributes
    ----------
    id : int
        Its number in the label image, from 1.
    area : int
        Its pixels there, after overlaps were settled; 0 if nothing of it is left.
    iou_prediction : float
        How well the model thinks its mask fits, about 0 … 1.
    """

    id: int
    area: int
    iou_prediction: float


def segment_objects(
    predictor: SamPredictor, prompts: Sequence[Prompts]
) -> tuple[NDArray[np.int32], list[SegmentedObject]]:
    """Segment an object for each of the prompts.

    A single click is ambiguous: of the model's three masks the one with the highest predicted
    IoU is taken. A pixel that several objects claim goes to the one whose logit is highest
    there; where two are equal, to the earlier.

    Parameters
    ----------
    predictor : SamPredictor
        With its image set.
    prompts : sequence of Prompts
        One an object; the first becomes 1 in the label image.

    Returns
    -------
    labels : ndarray
        (H, W) int32, 0 background.
    objects : list of SegmentedObject
        One for each of the prompts, in their order.
    """
    height, width = predictor.original_size
    labels = np.zeros((height, width), np.int32)
    highest = np.full((height, width), predictor.model.mask_threshold, np.float32)
    qualities = []
    for number, prompt in enumerate(prompts, start=1):
        logits, iou_predictions, _ = predictor.predict(
            prompt.point_coords,
            prompt.point_labels,
            prompt.box,
            multimask_output=prompt.is_ambiguous,
            return_logits=True,
        )
        best = int(iou_predictions.argmax())
        claimed = logits[best] > highest
        labels[claimed] = number
        highest[claimed] = logits[best][claimed]
        qualities.append(float(iou_predictions[best]))
    areas = np.bincount(labels.reshape(-1), minlength=len(qualities) + 1)[1:]
    return labels, [
        SegmentedObject(number, int(area), quality)
        for number, (area, quality) in enumerate(zip(areas, qualities, strict=True), start=1)
    ]
