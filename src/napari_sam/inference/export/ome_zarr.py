"""Labels as OME-Zarr: OME-NGFF 0.4, which all its readers know.

The format: https://ngff.openmicroscopy.org/0.4.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.inference.pixel_size import PIXEL, UNKNOWN
from napari_sam.inference.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from napari_sam.inference.export.labelled_image import LabelledImage

_VERSION = "0.4"
_COARSEST = 256  # pixels: no level below this many rows and columns
_CHUNK_PIXELS = 1 << 20
_UNIT_NAMES = {
    "nm": "nanometer", "µm": "micrometer", "mm": "millimeter", "cm": "centimeter", "m": "meter",
    "s": "second",
}  # fmt: skip
_TYPES = {"t": "time", "c": "channel"}


def writing(image: LabelledImage, path: Path) -> Generator[Progress, None, None]:
    """Write the labels as a multiscale image-label.

    Rows and columns are halved from level to level by taking every second pixel, as ids
    have no mean; the first pixel's centre stays where it is. Classes are properties of the
    ids.

    Parameters
    ----------
    image : LabelledImage
        What to write, of at most the axes t, c, z, y, x.
    path : Path
        An empty folder.
    """
    import zarr

    axes = image.require_axes("OME-Zarr")
    root = zarr.open_group(path, mode="w", zarr_format=2)
    levels = _level_count(image.plane_shape)
    shape = tuple(int(length) for length in image.labels.shape)
    dtype = np.dtype(image.labels.dtype).newbyteorder("<")
    arrays = []
    for level in range(levels):
        step = 2**level
        level_shape = (*shape[:-2], *(math.ceil(length / step) for length in shape[-2:]))
        side = math.isqrt(_CHUNK_PIXELS)
        chunks = tuple(1 for _ in shape[:-2]) + tuple(min(side, n) for n in level_shape[-2:])
        arrays.append(
            root.create_array(
                str(level),
                shape=level_shape,
                chunks=tuple(max(1, length) for length in chunks),
                dtype=dtype,
                fill_value=0,
                chunk_key_encoding={"name": "v2", "separator": "/"},
            )
        )
    for number, (index, plane) in enumerate(image.planes(), start=1):
        for level, array in enumerate(arrays):
            array[index] = plane[:: 2**level, :: 2**level]
        yield Progress(number, image.plane_count)
    root.attrs.update(
        {"multiscales": [_multiscale(image, axes, levels)], "image-label": _image_label(image)}
    )


def _level_count(plane_shape: tuple[int, int]) -> int:
    smaller = min(plane_shape)
    return 1 + max(0, int(math.log2(max(smaller, 1) / _COARSEST))) if smaller else 1


def _multiscale(image: LabelledImage, axes: str, levels: int) -> dict[str, Any]:
    size = image.pixel_size
    described = []
    for axis, unit in zip(axes, size.units, strict=True):
        entry = {"name": axis, "type": _TYPES.get(axis, "space")}
        if unit not in (PIXEL, UNKNOWN):
            entry["unit"] = _UNIT_NAMES.get(unit, unit)
        described.append(entry)
    datasets = [
        {
            "path": str(level),
            "coordinateTransformations": [
                {
                    "type": "scale",
                    "scale": [*size.scale[:-2], *(each * 2**level for each in size.scale[-2:])],
                }
            ],
        }
        for level in range(levels)
    ]
    return {"version": _VERSION, "name": image.name, "axes": described, "datasets": datasets}


def _image_label(image: LabelledImage) -> dict[str, Any]:
    properties = [
        {"label-value": label, "class": name} for label, name in sorted(image.classes.items())
    ]
    return {"version": _VERSION} | ({"properties": properties} if properties else {})
