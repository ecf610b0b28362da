from __future__ import annotations

import numpy as np
import pytest

from napari_sam.inference.export.formats import FORMATS, export, exporting, format_of
from napari_sam.inference.export.labelled_image import LabelledImage
from napari_sam.inference.pixel_size import PixelSize

SUFFIXES = [format_.suffixes[0] for format_ in FORMATS]


def content(path):
    if path.is_file():
        return path.read_bytes()
    return {each.relative_to(path): each.read_bytes() for each in path.rglob("*") if each.is_file()}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_is_overwritten_unless_told(flat, tmp_path, suffix):
    path = export(flat, tmp_path / f"cells{suffix}")
    before = content(path)
    other = LabelledImage(np.eye(7, dtype=np.uint8), PixelSize.pixels(2))
    with pytest.raises(FileExistsError, match="exists already; choose another name"):
        export(other, path)
    assert content(path) == before
    export(other, path, overwrite=True)
    assert content(path) != before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_stopped_leaves_what_was_there(stack, tmp_path, suffix):
    path = export(stack, tmp_path / f"stack{suffix}")
    before = content(path)
    work = exporting(stack, path, overwrite=True)
    next(work)
    work.close()
    assert content(path) == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_labels_without_any_object(tmp_path, suffix):
    empty = LabelledImage(np.zeros((6, 7), np.int32), PixelSize.pixels(2))
    assert export(empty, tmp_path / f"empty{suffix}").exists()


def test_an_unknown_format_is_named(flat, tmp_path):
    with pytest.raises(ValueError, match=r"ends in one of \.csv, \.ome\.tif, .*got 'cells.png'"):
        export(flat, tmp_path / "cells.png")
    assert format_of("A.OME.TIF").name == "Labels (OME-TIFF)"
    assert format_of("a.physical.geojson").name == "Outlines in physical units (GeoJSON)"
    assert format_of("a.geojson").name == "Outlines in pixels (GeoJSON)"


def test_what_cannot_be_a_target(flat, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"existing folder for cells\.csv"):
        export(flat, tmp_path / "missing" / "cells.csv")
    (tmp_path / "photos.zarr").mkdir()
    (tmp_path / "photos.zarr" / "holiday.jpg").touch()
    with pytest.raises(FileExistsError, match=r"folder .* of other things"):
        export(flat, tmp_path / "photos.zarr", overwrite=True)
    assert (tmp_path / "photos.zarr" / "holiday.jpg").exists()
    (tmp_path / "cells.csv").mkdir()
    with pytest.raises(FileExistsError, match=r"expected a file .* got a folder"):
        export(flat, tmp_path / "cells.csv", overwrite=True)


def test_axes_are_checked():
    labels, size = np.zeros((2, 3, 4), np.int32), PixelSize.pixels(3)
    assert LabelledImage(labels, size).axes == "zyx"
    for axes in ("xyz", "yx", "qyx", "yzx"):
        with pytest.raises(ValueError, match="expected 3 axes out of tczyx"):
            LabelledImage(labels, size, axes=axes)
    with pytest.raises(ValueError, match="rows and columns, got 1 axis"):
        LabelledImage(labels[0, 0], PixelSize.pixels(1))
    many = LabelledImage(np.zeros((1,) * 6, np.int32), PixelSize.pixels(6))
    with pytest.raises(ValueError, match="2 to 5 axes for OME-TIFF, got 6"):
        many.require_axes("OME-TIFF")
