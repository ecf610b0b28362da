"""From what was drawn to the masks of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_sam.inference.mask_prompt import mask_logits
from napari_sam.inference.outlines import filled
from napari_sam.widgets.events import Candidates
from napari_sam.widgets.pictures import bounding_box, candidate_pictures, outlined

if TYPE_CHECKING:
    import numpy.typing as npt

    from napari_sam.widgets.models import Predictor
    from napari_sam.widgets.prompts import KnownMask, PlanePrompts

    Answer = tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32], npt.NDArray[np.float32]]


def predict_drawn(
    prompts: PlanePrompts,
    predictor: Predictor,
    corrected: npt.NDArray[np.float32] | None,
    shape: tuple[int, int],
) -> Answer:
    """Predict the masks for points, a box, an outline or a known mask of one object.

    What lies outside an outline is not the object's, unless a foreground point says that the
    object reaches further.

    Parameters
    ----------
    prompts : PlanePrompts
        The prompts.
    predictor : Predictor
        With its image set.
    corrected : ndarray, optional
        (1, 256, 256) logits of the mask that the prompts correct.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    masks, iou_predictions, low_res_logits : ndarray
        As `SamPredictor.predict`.
    """
    area = filled(prompts.area, shape) if prompts.area else None
    drawn = prompts.known.mask if prompts.known is not None else area
    mask_input = corrected
    if mask_input is None and drawn is not None:
        mask_input = mask_logits(drawn)
    box = prompts.box
    if box is None and prompts.known is not None:
        box = _box_around(prompts.known.mask, prompts)
    masks, iou_predictions, low_res_logits = predictor.predict(
        point_coords=prompts.point_coords,
        point_labels=prompts.point_labels,
        box=None if box is None else np.asarray(box, dtype=np.float32),
        mask_input=mask_input,
        multimask_output=prompts.is_ambiguous,
    )
    if area is not None and not _reaches_out(prompts, area):
        masks = masks & area
    return masks, iou_predictions, low_res_logits


def answer_each(prompts: PlanePrompts, predictor: Predictor) -> Candidates:
    """Answer for objects that are each their own: all of them are one candidate."""
    masks, iou_predictions = predictor.predict_each(prompts.objects)
    for mask, each in zip(masks, prompts.objects, strict=True):
        if each.area:
            mask &= filled(each.area, mask.shape)
    together = np.logical_or.reduce(masks, axis=0, keepdims=True)
    quality = np.array([iou_predictions.mean()])
    picture = np.maximum.reduce([outlined(mask) for mask in masks])  # each with its outline
    return Candidates(together, quality, picture[None], 0, objects=masks)


def as_it_is(known: KnownMask) -> Candidates:
    """Begin with a mask that is there, before anything is said about it."""
    masks = known.mask[None]
    return Candidates(masks, np.ones(1, np.float32), candidate_pictures(masks), 0)


def _box_around(
    mask: npt.NDArray[np.bool_], prompts: PlanePrompts
) -> tuple[float, float, float, float] | None:
    """Return the box (x0, y0, x1, y1) of a mask and of the foreground points."""
    found = bounding_box(mask)
    if found is None:
        return None
    rows, columns = found
    xs = [columns.start, columns.stop, *(x for x, _, label in prompts.points if label == 1)]
    ys = [rows.start, rows.stop, *(y for _, y, label in prompts.points if label == 1)]
    return float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))


def _reaches_out(prompts: PlanePrompts, area: npt.NDArray[np.bool_]) -> bool:
    last_row, last_column = area.shape[0] - 1, area.shape[1] - 1
    return any(
        label == 1 and not area[min(round(y), last_row), min(round(x), last_column)]
        for x, y, label in prompts.points
    )
