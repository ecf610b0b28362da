"""Measurements as CSV."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from napari_sam.inference.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from napari_sam.inference.export.labelled_image import LabelledImage
    from napari_sam.inference.measurements import Measurement

_ASCII = str.maketrans({"µ": "u", "²": "2", "³": "3", "·": "."})


def writing(image: LabelledImage, path: Path) -> Generator[Progress, None, None]:
    """Write a row for each object, in the order of the ids.

    Columns: id, class, pixels, area (or volume) and its unit, equivalent_diameter, centroid
    (each axis) and their unit, mean_intensity, and the bounding box in pixels, its end not
    included. Units are in ASCII ("um2"), numbers have a point; what is unknown is empty.

    Parameters
    ----------
    image : LabelledImage
        What to measure.
    path : Path
        The file, which is replaced.
    """
    rows = yield from image.measurer.measuring()
    size = image.pixel_size
    axes = image.axes or tuple(f"axis{axis}" for axis in range(size.ndim))
    content = "volume" if "z" in image.axes else "area"
    # By axis where they differ: of a film, seconds and micrometres.
    units = [size.unit] if size.unit else size.units
    header = ["id", "class", "pixels", content, f"{content}_unit", "equivalent_diameter"]
    header += [f"centroid_{axis}" for axis in axes]
    header += ["unit"] if size.unit else [f"unit_{axis}" for axis in axes]
    header += ["mean_intensity"]
    header += [f"{end}_{axis}_px" for axis in axes for end in ("begin", "end")]
    yield Progress(1, 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in rows:
            ascii_units = [str(unit).translate(_ASCII) for unit in (size.area_unit, *units)]
            writer.writerow(_values(row, ascii_units[0], ascii_units[1:]))


def _values(row: Measurement, area_unit: str, units: list[str]) -> Iterator[object]:
    yield from (row.id, row.class_name, row.pixels, _number(row.area), area_unit)
    yield _number(row.equivalent_diameter)
    yield from map(_number, row.centroid)
    yield from units
    yield _number(row.mean_intensity)
    for part in row.box:
        yield from (part.start, part.stop)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.9g}"
