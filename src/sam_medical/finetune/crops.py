"""Training crops: windows of the encoder's frame around an object, at many scales.

At use a picture fills the encoder's 1024-pixel frame. A crop is a window of that frame: most of
the cost of a whole frame is saved, and what surrounds an object looks as it will at use. Crops are
also drawn at other scales, so that large objects fit and sizes vary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from sam_medical.finetune.augmentation import augment_intensity, turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sam_medical.finetune.image_sets import LabelledImage

_PATCH = 16
_STRIDE = 4
_MIN_VISIBLE = 0.4
_MIN_CELLS = 6  # of the low-resolution grid; smaller pieces are no target


@dataclass(frozen=True)
class Crop:
    """A window of the encoder's frame with some of its objects.

    Attributes
    ----------
    image : array
        (S, S, 3) float32 in 0 ... 1.
    inside : array
        (S, S) bool, where there is picture and not padding.
    labels : array
        (S / 4, S / 4) int32, all objects on the grid of the low-resolution logits.
    masks : array
        (N, S / 4, S / 4) float32 in 0 ... 1, how much of each cell the objects to prompt for cover.
    boxes : array
        (N, 4) float32, their boxes (x0, y0, x1, y1) in pixels of the crop, inclusive.
    token : (int, int)
        Place (row, column) of the crop's first patch in the frame's grid.
    """

    image: NDArray[np.float32]
    inside: NDArray[np.bool_]
    labels: NDArray[np.int32]
    masks: NDArray[np.float32]
    boxes: NDArray[np.float32]
    token: tuple[int, int]


@dataclass(frozen=True)
class CropSampler:
    """Draw crops from several sets of images.

    Attributes
    ----------
    sets : sequence of sequences of LabelledImage
        The sets.
    weights : sequence of float
        Chance of each set.
    frame_size : int
        Side of the encoder's frame in pixels.
    scale_range : (float, float)
        Object sizes relative to those at use.
    """

    sets: Sequence[Sequence[LabelledImage]]
    weights: Sequence[float]
    frame_size: int = 1024
    scale_range: tuple[float, float] = (0.5, 1.5)

    def __call__(self, rng: np.random.Generator, crop_size: int, n_objects: int) -> Crop:
        """Draw a crop; where objects are too small to be targets, another.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.
        crop_size : int
            Side of the crop in pixels, a multiple of 16; at `frame_size` it is the whole frame.
        n_objects : int
            Objects to prompt for; drawn again where there are fewer.
        """
        while True:
            chance = np.asarray(self.weights) / np.sum(self.weights)
            images = self.sets[int(rng.choice(len(self.sets), p=chance))]
            record = images[int(rng.integers(len(images)))]
            if crop_size == self.frame_size:
                corner, side = (0.0, 0.0), float(max(record.labels.shape))
            else:
                corner, side = self._around_object(record, crop_size, rng)
            crop = self._cut(record, corner, side, (crop_size, n_objects), rng)
            if crop is not None:
                return crop

    def _around_object(
        self, record: LabelledImage, crop_size: int, rng: np.random.Generator
    ) -> tuple[tuple[float, float], float]:
        """Choose a square (corner (y, x), side) of the image that shows an object."""
        y0, x0, y1, x1 = record.boxes[int(rng.choice(list(record.boxes)))]
        extent = max(y1 - y0, x1 - x0)
        at_use = extent * self.frame_size / max(record.labels.shape)
        low, high = np.log(self.scale_range)
        shown = at_use * np.exp(rng.uniform(low, high))
        shown = np.clip(shown, 12.0, rng.uniform(0.5, 0.95) * crop_size)
        side = crop_size * extent / shown
        # Anywhere that keeps the object's box in view.
        corner = tuple(
            rng.uniform(stop - side, start) if stop - start < side else start
            for start, stop in ((y0, y1), (x0, x1))
        )
        limits = record.labels.shape
        # Mostly within the picture; past its end there is padding, as at use.
        slack = side * 0.25 * rng.random()
        clipped = [
            float(np.clip(c, 0, max(0.0, limit - side + slack)))
            for c, limit in zip(corner, limits, strict=True)
        ]
        return (clipped[0], clipped[1]), float(side)

    def _cut(
        self,
        record: LabelledImage,
        corner: tuple[float, float],
        side: float,
        wanted: tuple[int, int],
        rng: np.random.Generator,
    ) -> Crop | None:
        size, n_objects = wanted
        scale = size / side
        stops = [min(c + side, limit) for c, limit in zip(corner, record.labels.shape, strict=True)]
        shape = [max(1, round((s - c) * scale)) for s, c in zip(stops, corner, strict=True)]
        box = (corner[1], corner[0], stops[1], stops[0])
        part = Image.fromarray(record.image).resize(
            (shape[1], shape[0]), Image.Resampling.BILINEAR, box=box
        )
        ids = Image.fromarray(record.labels).resize(
            (shape[1], shape[0]), Image.Resampling.NEAREST, box=box
        )
        picture = np.asarray(part).astype(np.float32) / np.float32(255)
        labels = np.zeros((size, size), np.int32)
        labels[: shape[0], : shape[1]] = np.asarray(ids)
        image = np.zeros((size, size, 3), np.float32)
        image[: shape[0], : shape[1]] = augment_intensity(picture, rng)
        inside = np.zeros((size, size), bool)
        inside[: shape[0], : shape[1]] = True
        if size < self.frame_size:  # a whole frame keeps its padding right and below
            framed, labels = turn(np.dstack([image, inside]), labels, rng)
            image, inside = framed[..., :3], framed[..., 3] > 0
        targets = _targets(labels, record.areas * scale**2, n_objects, rng)
        if targets is None:
            return None
        places = (self.frame_size - size) // _PATCH + 1
        return Crop(
            image=np.ascontiguousarray(image, dtype=np.float32),
            inside=np.ascontiguousarray(inside),
            labels=np.ascontiguousarray(labels[::_STRIDE, ::_STRIDE]),
            masks=targets[0],
            boxes=targets[1],
            token=(int(rng.integers(places)), int(rng.integers(places))),
        )


def _targets(
    labels: NDArray[np.int32], areas: NDArray[np.floating], n_objects: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Cover (N, S / 4, S / 4) and boxes (N, 4) of drawn objects.

    `areas` are those of the whole objects at the crop's scale; of an object that the crop cuts, a
    good part must be seen. Half a cell's cover counts as object, and some cells must.
    """
    side = len(labels) // _STRIDE
    ids, counts = np.unique(labels[labels > 0], return_counts=True)
    seen = counts >= _MIN_VISIBLE * areas[ids]
    ids = ids[seen & (counts >= _MIN_CELLS * _STRIDE**2)]
    masks, boxes = [], []
    for label in rng.permutation(ids)[:n_objects]:
        pixels = labels == label
        cover = pixels.reshape(side, _STRIDE, side, _STRIDE).mean((1, 3), dtype=np.float32)
        if (cover >= 0.5).sum() >= _MIN_CELLS:
            masks.append(cover)
            rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
            boxes.append((columns[0], rows[0], columns[-1], rows[-1]))
    if not masks:
        return None
    drawn = [i % len(masks) for i in range(n_objects)]
    return np.stack([masks[i] for i in drawn]), np.array([boxes[i] for i in drawn], np.float32)
