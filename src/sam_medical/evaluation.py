"""How good a model is with the prompts of a careful user: clicks at centres, and the true box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_sam.inference.predictor import SamPredictor
    from sam_medical.finetune.image_sets import LabelledImage

_BATCH = 8  # objects decoded at once


def evaluate_image(
    predictor: SamPredictor,
    record: LabelledImage,
    labels: Sequence[int],
    corrections: Sequence[int] = (3, 5, 8),
) -> dict[str, NDArray[np.float64]]:
    """Score a model on objects of one image, at the image's own resolution.

    The first click is at the centre of the mask, each further one at the centre of the largest
    error; centres are where the distance to the outside is greatest.

    Parameters
    ----------
    predictor : SamPredictor
        Holds the model; its image is replaced.
    record : LabelledImage
        Image and label image.
    labels : sequence of int
        Objects to score.
    corrections : sequence of int
        Numbers of corrective clicks after which to score.

    Returns
    -------
    dict
        Column to (objects,) IoU: "ellipse" (drawn into the true box: the trivial baseline),
        "box", "click", "click+N" and, of one click, "click predicted" (the predicted IoU).
    """
    predictor.set_image(record.image)
    columns: dict[str, list[float]] = {}
    for start in range(0, len(labels), _BATCH):
        group = labels[start : start + _BATCH]
        targets = np.stack([record.labels == label for label in group])
        boxes = np.array([_pixel_box(record.boxes[label]) for label in group], dtype=float)
        ellipses = np.stack([_ellipse(record.boxes[label], targets.shape[1:]) for label in group])
        scores = {"ellipse": _ious(ellipses, targets), "box": _box_ious(predictor, boxes, targets)}
        scores |= _click_ious(predictor, targets, corrections)
        for name, values in scores.items():
            columns.setdefault(name, []).extend(values.tolist())
    return {name: np.array(values) for name, values in columns.items()}


def _box_ious(
    predictor: SamPredictor, boxes: NDArray[np.float64], targets: NDArray[np.bool_]
) -> NDArray[np.float64]:
    scaled = predictor.transform.apply_boxes(boxes, predictor.original_size)
    prompt = torch.as_tensor(scaled, dtype=torch.float32)
    masks, _, _ = predictor.predict_torch(None, None, prompt, multimask_output=False)
    return _ious(masks[:, 0].numpy(), targets)


def _click_ious(
    predictor: SamPredictor, targets: NDArray[np.bool_], corrections: Sequence[int]
) -> dict[str, NDArray[np.float64]]:
    points = np.array([[_centre(target)] for target in targets], dtype=float)
    kinds = np.ones(points.shape[:2], dtype=np.int64)
    rows = torch.arange(len(targets))
    logits, scores = None, {}
    for n_corrections in range(max(corrections, default=0) + 1):
        scaled = predictor.transform.apply_coords(points, predictor.original_size)
        masks, predicted, low_res = predictor.predict_torch(
            torch.as_tensor(scaled, dtype=torch.float32),
            torch.as_tensor(kinds),
            mask_input=logits,
            multimask_output=n_corrections == 0,
        )
        best = predicted.argmax(1)
        found, logits = masks[rows, best].numpy(), low_res[rows, best][:, None]
        if n_corrections == 0:
            scores["click"] = _ious(found, targets)
            scores["click predicted"] = predicted[rows, best].double().numpy()
        elif n_corrections in corrections:
            scores[f"click+{n_corrections}"] = _ious(found, targets)
        clicks = [_correction(a, b) for a, b in zip(targets, found, strict=True)]
        points = np.concatenate([points, [[point] for point, _ in clicks]], axis=1)
        kinds = np.concatenate([kinds, [[kind] for _, kind in clicks]], axis=1)
    return scores


def _correction(
    target: NDArray[np.bool_], found: NDArray[np.bool_]
) -> tuple[tuple[float, float], int]:
    """Click (x, y) and its label at the centre of the largest error; of the target if none."""
    error = target ^ found
    if not error.any():
        return _centre(target), 1
    x, y = _centre(error)
    return (x, y), int(target[int(y), int(x)])


def _centre(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Find the (x, y) of the pixel that is farthest from the outside of a mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, left = rows[0], columns[0]
    part = np.pad(mask[top : rows[-1] + 1, left : columns[-1] + 1], 1)
    distance = ndimage.distance_transform_edt(part)
    y, x = np.unravel_index(int(distance.argmax()), part.shape)
    return float(left + x - 1), float(top + y - 1)


def _ious(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> NDArray[np.float64]:
    union = (a | b).sum((1, 2))
    return np.asarray((a & b).sum((1, 2)) / np.maximum(union, 1), dtype=float)


def _pixel_box(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Write a half-open (y0, x0, y1, x1) as (x0, y0, x1, y1) of its first and last pixels."""
    y0, x0, y1, x1 = box
    return x0, y0, x1 - 1, y1 - 1


def _ellipse(box: tuple[int, int, int, int], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Draw the ellipse that fills a half-open box (y0, x0, y1, x1)."""
    y0, x0, y1, x1 = box
    y, x = np.ogrid[: shape[0], : shape[1]]
    v = (y + 0.5 - (y0 + y1) / 2) / ((y1 - y0) / 2)
    u = (x + 0.5 - (x0 + x1) / 2) / ((x1 - x0) / 2)
    inside: NDArray[np.bool_] = u**2 + v**2 <= 1
    return inside
