"""Folders of 2-D images with label images: what the embedded default is trained on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.io import imread

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class LabelledImage:
    """An image and its objects.

    Attributes
    ----------
    name : str
        File name without suffix.
    image : array
        (H, W, 3) uint8.
    labels : array
        (H, W) int32; 0 background, one id an object.
    boxes : dict
        Object id to (y0, x0, y1, x1), half open, in pixels.
    areas : array
        (max id + 1,) pixels of each id.
    """

    name: str
    image: NDArray[np.uint8]
    labels: NDArray[np.int32]
    boxes: dict[int, tuple[int, int, int, int]]
    areas: NDArray[np.int64]

    @classmethod
    def from_arrays(
        cls, name: str, image: NDArray[np.uint8], labels: NDArray[np.integer]
    ) -> LabelledImage:
        """Find the objects' boxes; a grey (H, W) image is stacked."""
        if image.ndim == 2:
            image = np.repeat(image[..., None], 3, axis=-1)
        ids = labels.astype(np.int32)
        found = enumerate(ndimage.find_objects(ids), start=1)
        boxes = {
            label: (part[0].start, part[1].start, part[0].stop, part[1].stop)
            for label, part in found
            if part is not None
        }
        areas = np.bincount(ids.ravel())
        return cls(name, np.ascontiguousarray(image[..., :3]), ids, boxes, areas)


def read_image_set(folder: Path, split: str) -> list[LabelledImage]:
    """Read the images of one split that have at least one object.

    Parameters
    ----------
    folder : Path
        Holds ``images/NAME.{png,jpg}``, ``labels/NAME.png`` and ``split.json``, which maps split
        names to lists of NAME.
    split : str
        "train" or "validation".

    Raises
    ------
    FileNotFoundError
        If an image or a label image is missing.
    ValueError
        If the split is not in ``split.json``, or image and labels differ in shape.
    """
    splits = json.loads((folder / "split.json").read_text())
    if split not in splits:
        msg = f"{folder / 'split.json'}: expected a split {split!r}, got {', '.join(splits)}"
        raise ValueError(msg)
    images = {path.stem: path for path in (folder / "images").iterdir()}
    records = []
    for name in splits[split]:
        if name not in images:
            msg = f"{folder / 'images'}: expected an image {name!r} of split {split!r}, found none"
            raise FileNotFoundError(msg)
        image = imread(images[name])
        labels = imread(folder / "labels" / f"{name}.png")
        if image.shape[:2] != labels.shape:
            msg = f"{name}: expected labels of shape {image.shape[:2]}, got {labels.shape}"
            raise ValueError(msg)
        record = LabelledImage.from_arrays(name, image, labels)
        if record.boxes:
            records.append(record)
    return records
