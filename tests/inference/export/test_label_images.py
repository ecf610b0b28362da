"""OME-TIFF and OME-Zarr, read back by tifffile, zarr and a validator."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile
import yaozarrs
import zarr

from napari_sam.inference.export.formats import export
from napari_sam.inference.export.labelled_image import LabelledImage
from napari_sam.inference.pixel_size import PixelSize


def read_tiff(path):
    with tifffile.TiffFile(path) as file:
        assert file.is_ome
        series = file.series[0]
        pixels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
        return series.asarray(), series.axes, pixels


def test_ome_tiff(flat, tmp_path):
    labels, axes, pixels = read_tiff(export(flat, tmp_path / "cells.ome.tif"))
    assert np.array_equal(labels, flat.labels)
    assert (labels.dtype, axes) == (np.uint32, "YX")
    assert (pixels["PhysicalSizeX"], pixels["PhysicalSizeXUnit"]) == (0.25, "µm")
    assert (pixels["PhysicalSizeY"], pixels["PhysicalSizeYUnit"]) == (0.5, "µm")


def test_ome_tiff_of_a_stack_and_of_a_film(stack, film, tmp_path):
    labels, axes, pixels = read_tiff(export(stack, tmp_path / "stack.ome.tiff"))
    assert np.array_equal(labels, stack.labels)
    assert axes == "ZYX"
    assert (pixels["PhysicalSizeZ"], pixels["PhysicalSizeZUnit"]) == (2.0, "mm")
    labels, axes, pixels = read_tiff(export(film, tmp_path / "film.ome.tif"))
    assert np.array_equal(labels, film.labels)
    assert axes == "TZYX"
    assert (pixels["TimeIncrement"], pixels["TimeIncrementUnit"]) == (3.0, "s")


def test_ome_tiff_without_a_size(tmp_path):
    plain = LabelledImage(np.full((4, 5), 300, np.int64), PixelSize.pixels(2))
    labels, _, pixels = read_tiff(export(plain, tmp_path / "plain.ome.tif"))
    assert labels.dtype == np.uint16
    assert "PhysicalSizeX" not in pixels
    unknown = LabelledImage(np.full((4, 5), -3), PixelSize.of((2, 2), ("pixel", "pixel")))
    labels, _, pixels = read_tiff(export(unknown, tmp_path / "unknown.ome.tif"))
    assert (labels == -3).all()
    assert pixels["PhysicalSizeXUnit"] == "reference frame"


def test_ids_that_ome_tiff_cannot_hold(tmp_path):
    image = LabelledImage(np.full((4, 5), 2**40), PixelSize.pixels(2))
    with pytest.raises(ValueError, match="ids of 32 bits for OME-TIFF, got 0 to 1099511627776"):
        export(image, tmp_path / "big.ome.tif")
    assert list(tmp_path.iterdir()) == []


def test_ome_zarr(stack, tmp_path):
    path = export(stack, tmp_path / "stack.ome.zarr")
    root = zarr.open_group(path, mode="r")
    assert np.array_equal(root["0"][:], stack.labels)
    assert root["0"].dtype == stack.labels.dtype
    (multiscale,) = root.attrs["multiscales"]
    assert [(a["name"], a["type"], a["unit"]) for a in multiscale["axes"]] == [
        ("z", "space", "millimeter"), ("y", "space", "millimeter"), ("x", "space", "millimeter")
    ]  # fmt: skip
    (scale,) = multiscale["datasets"][0]["coordinateTransformations"]
    assert scale == {"type": "scale", "scale": [2.0, 0.5, 0.25]}
    yaozarrs.validate_zarr_store(path)


def test_ome_zarr_has_levels_and_classes(tmp_path):
    labels = np.random.default_rng(0).integers(0, 90, (2, 1100, 601)).astype(np.uint16)
    size = PixelSize.of((3, 0.5, 0.5), ("second", "µm", "µm"))
    image = LabelledImage(labels, size, axes="tyx", classes={4: "nucleus"})
    path = export(image, tmp_path / "film.ome.zarr")
    root = zarr.open_group(path, mode="r")
    assert sorted(root.array_keys()) == ["0", "1"]
    assert np.array_equal(root["0"][:], labels)
    assert np.array_equal(root["1"][:], labels[:, ::2, ::2])
    (multiscale,) = root.attrs["multiscales"]
    assert multiscale["axes"][0] == {"name": "t", "type": "time", "unit": "second"}
    scales = [each["coordinateTransformations"][0]["scale"] for each in multiscale["datasets"]]
    assert scales == [[3, 0.5, 0.5], [3, 1, 1]]
    assert root.attrs["image-label"]["properties"] == [{"label-value": 4, "class": "nucleus"}]
    assert json.loads((path / "0" / ".zarray").read_text())["dimension_separator"] == "/"
    yaozarrs.validate_zarr_store(path)
