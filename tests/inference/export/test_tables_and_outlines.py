"""CSV, COCO, GeoJSON and Fiji ROIs, read back by others' readers where there are any."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from roifile import ROI_TYPE, roiread
from tests.inference.export.test_outlines import filled

from napari_sam.inference.export.formats import export
from napari_sam.inference.export.labelled_image import LabelledImage
from napari_sam.inference.pixel_size import PixelSize

# pycocotools' own arrays lag behind NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def as_float(image):
    return np.random.default_rng(0).random(image.labels.shape)


def test_csv(flat, tmp_path):
    picture = as_float(flat)
    measured = LabelledImage(flat.labels, flat.pixel_size, image=picture, classes=flat.classes)
    table = pd.read_csv(export(measured, tmp_path / "objects.csv"), keep_default_na=False)
    assert table["id"].tolist() == np.unique(flat.labels)[1:].tolist()
    seven = table[table["id"] == 7].iloc[0]
    mask = flat.labels == 7
    assert seven["class"] == "cell body"
    assert (seven["area_unit"], seven["unit"]) == ("um2", "um")
    assert seven["area"] == pytest.approx(mask.sum() / 8)
    assert seven["mean_intensity"] == pytest.approx(picture[mask].mean())
    assert seven["centroid_x"] == pytest.approx(np.nonzero(mask)[1].mean() / 4)
    assert seven[["begin_y_px", "end_y_px", "begin_x_px", "end_x_px"]].tolist() == [5, 20, 5, 20]
    assert table[table["id"] == 8].iloc[0]["class"] == ""


def test_csv_of_a_stack_and_of_a_film(stack, film, tmp_path):
    table = pd.read_csv(export(stack, tmp_path / "stack.csv"))
    assert table["volume"].sum() == pytest.approx((stack.labels != 0).sum() / 4)
    assert set(table["volume_unit"]) == {"mm3"}
    assert table["mean_intensity"].isna().all()
    table = pd.read_csv(export(film, tmp_path / "film.csv"))
    assert table["unit_t"].unique().tolist() == ["s"]
    assert set(table["volume_unit"]) == {"s.um3"}
    assert table["equivalent_diameter"].isna().all()


def read_coco(path, shape):
    """What pycocotools decodes: for each image its labels."""
    coco = COCO(path)
    planes = {}
    for image in coco.dataset["images"]:
        plane = np.zeros((image["height"], image["width"]), np.int32)
        for each in coco.imgToAnns[image["id"]]:
            mask = coco.annToMask(each).astype(bool)
            assert not plane[mask].any()
            assert each["area"] == mask.sum()
            x, y, width, height = each["bbox"]
            assert mask[y : y + height, x : x + width].sum() == mask.sum()
            assert mask.any(axis=1).sum() <= height
            plane[mask] = each["object_id"]
        planes[tuple(image.get("plane", ()))] = plane
    return coco, planes


def test_coco(flat, tmp_path):
    coco, planes = read_coco(export(flat, tmp_path / "cells.json"), flat.labels.shape)
    assert np.array_equal(planes[()], flat.labels)
    names = {
        each["object_id"]: coco.cats[each["category_id"]]["name"] for each in coco.anns.values()
    }
    assert (names[3], names[7], names[8]) == ("nucleus", "cell body", "object")
    assert [each["file_name"] for each in coco.imgs.values()] == ["cells.tif"]


def test_coco_of_a_stack(stack, tmp_path):
    _, planes = read_coco(export(stack, tmp_path / "stack.json"), stack.labels.shape)
    assert len(planes) == 3
    for index, plane in planes.items():
        assert np.array_equal(plane, stack.labels[index])


def test_a_mask_of_the_whole_image_and_one_pixel(tmp_path):
    for labels in (np.full((4, 6), 2, np.uint8), np.pad([[9]], ((3, 0), (5, 0)))):
        image = LabelledImage(labels, PixelSize.pixels(2))
        _, planes = read_coco(export(image, tmp_path / "x.json", overwrite=True), labels.shape)
        assert np.array_equal(planes[()], labels)


def read_geojson(path, shape, axes, scale=(1, 1)):
    labels = np.zeros(shape, np.int32)
    content = json.loads(path.read_text(encoding="utf-8"))
    for feature in content["features"]:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"]
        for polygon in [polygons] if geometry["type"] == "Polygon" else polygons:
            assert all(ring[0] == ring[-1] for ring in polygon)
            rings = [
                [(round(x / scale[1]), round(y / scale[0])) for x, y in ring[:-1]]
                for ring in polygon
            ]
            index = tuple(geometry["plane"][axis] for axis in axes)
            labels[index][filled(rings, shape[-2:])] = feature["properties"]["object_id"]
    return labels, content


def test_geojson(flat, tmp_path):
    path = export(flat, tmp_path / "cells.geojson")
    labels, content = read_geojson(path, flat.labels.shape, "")
    assert np.array_equal(labels, flat.labels)
    assert content["coordinates"]["unit"] == ["px", "px"]
    classes = {
        each["properties"]["object_id"]: each["properties"].get("classification")
        for each in content["features"]
    }
    assert classes[7] == {"name": "cell body"}
    assert classes[8] is None


def test_geojson_in_micrometres(flat, tmp_path):
    path = export(flat, tmp_path / "cells.physical.geojson")
    labels, content = read_geojson(path, flat.labels.shape, "", scale=(0.5, 0.25))
    assert np.array_equal(labels, flat.labels)
    assert content["coordinates"]["unit"] == ["µm", "µm"]
    single = next(e for e in content["features"] if e["properties"]["object_id"] == 10)
    assert single["geometry"]["coordinates"][0][0] == [35 * 0.25, 35 * 0.5]


def test_geojson_of_stacks(stack, film, tmp_path):
    for image, axes in ((stack, "z"), (film, "tz")):
        path = export(image, tmp_path / f"{axes}.geojson")
        labels, _ = read_geojson(path, image.labels.shape, axes)
        assert np.array_equal(labels, image.labels)


def read_rois(path, shape, index_of):
    labels = np.zeros(shape, np.int32)
    rois = roiread(path)
    for roi in rois:
        rings = roi.coordinates(multi=True)
        if roi.roitype == ROI_TYPE.RECT:
            rings = [ring[:-1] for ring in rings]  # these are closed
        else:
            assert roi.roitype == ROI_TYPE.TRACED
        corners = np.concatenate(rings)
        assert [roi.left, roi.top] == corners.min(axis=0).tolist()
        assert [roi.right, roi.bottom] == corners.max(axis=0).tolist()
        rings = [[(round(float(x)), round(float(y))) for x, y in ring] for ring in rings]
        label = int(roi.properties["object_id"])
        labels[index_of(roi)][filled(rings, shape[-2:])] = label
    return labels, rois


def test_fiji_rois(flat, tmp_path):
    path = export(flat, tmp_path / "cells.zip")
    labels, rois = read_rois(path, flat.labels.shape, lambda _roi: ())
    assert np.array_equal(labels, flat.labels)
    seven = next(roi for roi in rois if roi.name == "0007")
    assert seven.properties["class"] == "cell body"
    assert seven.composite
    assert seven.position == 0


def test_fiji_rois_of_a_stack_know_their_slice(stack, film, tmp_path):
    path = export(stack, tmp_path / "stack.zip")
    labels, rois = read_rois(path, stack.labels.shape, lambda roi: roi.position - 1)
    assert np.array_equal(labels, stack.labels)
    assert rois[0].name == "0003-z0001"
    path = export(film, tmp_path / "film.zip")
    labels, rois = read_rois(
        path, film.labels.shape, lambda roi: (roi.t_position - 1, roi.z_position - 1)
    )
    assert np.array_equal(labels, film.labels)
    assert {roi.c_position for roi in rois} == {1}
