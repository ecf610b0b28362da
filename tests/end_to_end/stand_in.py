"""A model whose masks can be foretold: bright regions, found by threshold.

It takes the place of a `SamPredictor` where a test is about the widget and not about how
well a model segments.
"""

from __future__ import annotations

import time

import numpy as np
from scipy import ndimage

from napari_sam.widgets.events import LoadingModel

BLOCKS = 100


class StandIn:
    """Segments the bright region under a point, or in a box; background points cut it."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self.images: list[np.ndarray] = []
        self.mask_inputs: list[np.ndarray | None] = []
        self.batches: list[int] = []

    def set_image(self, image, *, between_blocks=None):
        self.images.append(image)
        for block in range(BLOCKS):
            time.sleep(self._seconds / BLOCKS)
            if between_blocks is not None:
                between_blocks(block + 1, BLOCKS)
        bright = image.mean(axis=2) > 100
        self._regions, _ = ndimage.label(bright)

    def predict(
        self,
        point_coords=None,
        point_labels=None,
        box=None,
        mask_input=None,
        multimask_output=True,
        return_logits=False,
    ):
        self.mask_inputs.append(mask_input)
        mask = self._mask(point_coords, point_labels, box)
        masks = [mask]
        if multimask_output:
            masks = [ndimage.binary_erosion(mask, iterations=3), mask, mask | self._regions > 0]
        iou_predictions = np.array([0.7, 0.9, 0.6][: len(masks)], dtype=np.float32)
        logits = np.zeros((len(masks), 256, 256), dtype=np.float32)
        logits += np.arange(len(masks))[:, None, None]
        return np.stack(masks), iou_predictions, logits

    def predict_each(self, prompts):
        self.batches.append(len(prompts))
        masks = [self._mask(each.point_coords, each.point_labels, each.box) for each in prompts]
        return np.stack(masks), np.full(len(masks), 0.8, dtype=np.float32)

    def _mask(self, point_coords, point_labels, box):
        shape = self._regions.shape
        mask = np.zeros(shape, dtype=bool)
        if box is not None:
            x0, y0, x1, y1 = np.round(box).astype(int)
            mask[y0 : y1 + 1, x0 : x1 + 1] = self._regions[y0 : y1 + 1, x0 : x1 + 1] > 0
        rows, columns = np.indices(shape)
        for (x, y), label in zip(
            () if point_coords is None else point_coords,
            () if point_labels is None else point_labels,
            strict=True,
        ):
            at = min(round(float(y)), shape[0] - 1), min(round(float(x)), shape[1] - 1)
            if label == 1 and self._regions[at]:
                mask |= self._regions == self._regions[at]
            elif label == 0:
                mask &= (rows - y) ** 2 + (columns - x) ** 2 > 15**2
        return mask


def stand_in_loader(seconds: float = 0.0, made: list[StandIn] | None = None):
    """Return a loader of stand-ins whose embedding takes some seconds; `made` collects them."""

    def load(name):
        yield LoadingModel(name)

        def make():
            predictor = StandIn(seconds)
            if made is not None:
                made.append(predictor)
            return predictor

        return make

    return load
