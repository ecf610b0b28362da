"""Outlines of objects as a zip of ImageJ ROIs, for Fiji's ROI Manager."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.inference.export.labelled_image import objects_of
from napari_sam.inference.export.outlines import outlines
from napari_sam.inference.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from roifile import ImagejRoi

    from napari_sam.inference.export.labelled_image import LabelledImage
    from napari_sam.inference.export.outlines import Ring

_LARGEST = 32767  # ImageJ keeps positions in 16 bits
_MOVE, _LINE, _CLOSE = 0, 1, 4  # of java.awt.geom.PathIterator


def writing(image: LabelledImage, path: Path) -> Generator[Progress, None, None]:
    """Write a ROI for each object of each plane.

    An outline in one piece without holes is a traced ROI, others are composite ones. Of a
    stack each has its slice; with a time axis, its frame too. Names begin with the id; the
    properties `object_id` and `class` hold it and the class.

    Parameters
    ----------
    image : LabelledImage
        What to write; with time or channels at most of the axes t, c, z, y, x.
    path : Path
        The file, which is replaced.
    """
    axes = image.require_axes("ImageJ ROIs")
    if max(image.plane_shape) > _LARGEST:
        raise ValueError(
            f"expected at most {_LARGEST} rows and columns for ImageJ ROIs, got "
            f"{image.plane_shape}; export GeoJSON instead"
        )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (index, plane) in enumerate(image.planes(), start=1):
            at = dict(zip(axes, index, strict=False))
            for label, box, mask in objects_of(plane):
                polygons = outlines(mask, (box[0].start, box[1].start))
                roi = _roi([ring for polygon in polygons for ring in polygon.rings])
                _set_position(roi, at)
                suffix = "".join(f"-{axis}{place + 1:04d}" for axis, place in at.items())
                roi.name = f"{label:04d}{suffix}"
                roi.props = f"object_id: {label}\n"
                if label in image.classes:
                    roi.props += f"class: {image.classes[label]}\n"
                archive.writestr(f"{roi.name}.roi", roi.tobytes())
            yield Progress(number, image.plane_count)


def _roi(rings: list[Ring]) -> ImagejRoi:
    from roifile import ROI_TYPE, ImagejRoi

    if len(rings) == 1:
        roi = ImagejRoi.frompoints(np.array(rings[0], dtype=np.int32))
        roi.roitype = ROI_TYPE.TRACED
    else:
        roi = ImagejRoi()
        roi.roitype = ROI_TYPE.RECT
        roi.multi_coordinates = np.array([x for ring in rings for x in _path(ring)], np.float32)
        roi.shape_roi_size = len(roi.multi_coordinates)
    corners = np.concatenate(rings)
    roi.left, roi.top = corners.min(axis=0).tolist()
    roi.right, roi.bottom = corners.max(axis=0).tolist()
    return roi


def _path(ring: Ring) -> list[float]:
    path: list[float] = []
    for number, corner in enumerate(ring):
        path += [_MOVE if number == 0 else _LINE, *corner]
    return [*path, _CLOSE]


def _set_position(roi: Any, at: dict[str, int]) -> None:
    """Say on which slice a ROI lies: from 1, 0 being all."""
    if len(at) == 1:  # of a plain stack ImageJ looks at this one alone
        roi.position = next(iter(at.values())) + 1
    elif at:
        roi.t_position, roi.c_position, roi.z_position = (at.get(axis, 0) + 1 for axis in "tcz")
