"""Outlines of objects as GeoJSON, as QuPath and GIS software read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from napari_sam.inference.export.labelled_image import objects_of
from napari_sam.inference.export.outlines import outlines
from napari_sam.inference.pixel_size import PIXEL
from napari_sam.inference.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from napari_sam.inference.export.labelled_image import LabelledImage
    from napari_sam.inference.export.outlines import Polygon, Ring


def writing(
    image: LabelledImage, path: Path, *, physical: bool = False
) -> Generator[Progress, None, None]:
    """Write a feature for each object of each plane.

    Coordinates are (x, y) from the outer corner of the first pixel, along the edges of
    pixels; the file's member `coordinates` says in which unit. An object in pieces is a
    MultiPolygon; holes are rings of their own. `properties` holds the id and, as QuPath
    has it, the class; `plane` of a geometry holds its z and t, from 0.

    Parameters
    ----------
    image : LabelledImage
        What to write.
    path : Path
        The file, which is replaced.
    physical : bool
        Whether coordinates are lengths by the pixel's size, or pixels.
    """
    units = image.pixel_size.units if physical else (PIXEL, PIXEL)
    scale = image.pixel_size.scale if physical else (1.0, 1.0)
    features = []
    for number, (index, plane) in enumerate(image.planes(), start=1):
        position = dict(zip(image.axes, index, strict=False))
        for label, box, mask in objects_of(plane):
            geometry = _geometry(outlines(mask, (box[0].start, box[1].start)), scale[-2:])
            if index:
                geometry["plane"] = {"index": list(index), "c": -1, "z": 0, "t": 0} | position
            features.append(
                {
                    "type": "Feature",
                    "geometry": geometry,
                    "properties": _properties(label, image.classes.get(label)),
                }
            )
        yield Progress(number, image.plane_count)
    content = {
        "type": "FeatureCollection",
        "coordinates": {
            "order": ["x", "y"],
            "unit": [units[-1], units[-2]],
            "origin": "the outer corner of the first pixel",
        },
        "features": features,
    }
    with path.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)


def _geometry(polygons: list[Polygon], scale: Sequence[float]) -> dict[str, Any]:
    rings = [[_closed(ring, scale) for ring in polygon.rings] for polygon in polygons]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def _closed(ring: Ring, scale: Sequence[float]) -> list[list[float]]:
    row, column = scale
    if row == column == 1:
        return [[x, y] for x, y in (*ring, ring[0])]
    return [[round(x * column, 9), round(y * row, 9)] for x, y in (*ring, ring[0])]


def _properties(label: int, class_name: str | None) -> dict[str, Any]:
    properties = {"objectType": "annotation", "name": str(label), "object_id": label}
    return properties | ({"classification": {"name": class_name}} if class_name else {})
