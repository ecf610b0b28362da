"""Labels as OME-TIFF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.inference.pixel_size import PIXEL, UNKNOWN
from napari_sam.inference.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from napari_sam.inference.export.labelled_image import LabelledImage

_TYPES = (np.uint16, np.uint32, np.int32)


def writing(image: LabelledImage, path: Path) -> Generator[Progress, None, None]:
    """Write the labels as uint16, or a wider type where there are ids beyond 65535.

    The axes, the size of a pixel and its unit go along; axes in pixels have no size. The
    compression is zlib's.

    Parameters
    ----------
    image : LabelledImage
        What to write, of at most the axes t, c, z, y, x.
    path : Path
        The file, which is replaced.

    Raises
    ------
    ValueError
        If there are more axes, or ids beyond 32 bits.
    """
    import tifffile

    axes = image.require_axes("OME-TIFF").upper()
    total = 2 * image.plane_count
    low = high = 0
    for number, (_, plane) in enumerate(image.planes(), start=1):
        low, high = min(low, int(plane.min(initial=0))), max(high, int(plane.max(initial=0)))
        yield Progress(number, total)
    dtype = _smallest(low, high)
    tifffile.imwrite(
        path,
        (plane.astype(dtype) for _, plane in image.planes()),
        shape=tuple(image.labels.shape),
        dtype=dtype,
        ome=True,
        photometric="minisblack",
        compression="zlib",
        metadata={"axes": axes, "Name": image.name, **_physical(image)},
    )
    yield Progress(total, total)


def _smallest(low: int, high: int) -> np.dtype[Any]:
    for kind in _TYPES:
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return np.dtype(kind)
    raise ValueError(
        f"expected ids of 32 bits for OME-TIFF, got {low} to {high}; "
        "relabel the objects or export OME-Zarr"
    )


def _physical(image: LabelledImage) -> dict[str, Any]:
    known: dict[str, Any] = {}
    size = image.pixel_size
    for axis, length, unit in zip(image.axes, size.scale, size.units, strict=True):
        if unit == PIXEL or axis == "c":
            continue
        name = "TimeIncrement" if axis == "t" else f"PhysicalSize{axis.upper()}"
        known[name] = length
        if axis == "t":
            known[f"{name}Unit"] = "s"
        else:
            known[f"{name}Unit"] = "reference frame" if unit == UNKNOWN else unit
    return known
