from __future__ import annotations

import time

import numpy as np
import pytest
from skimage.measure import regionprops

from napari_sam.inference.measurements import Measurer, union
from napari_sam.inference.pixel_size import PixelSize


def blobs(shape, count, seed=0, dtype=np.int32):
    """Boxes with holes and overlaps under random ids, some of them in pieces."""
    random = np.random.default_rng(seed)
    labels = np.zeros(shape, dtype)
    for number in range(count):
        start = [random.integers(0, length) for length in shape]
        box = tuple(slice(at, at + random.integers(1, 9)) for at in start)
        labels[box] = 1 + 3 * (number % 40)
        labels[tuple(at + 1 if at + 1 < n else at for at, n in zip(start, shape, strict=True))] = 0
    return labels


@pytest.mark.parametrize("shape", [(60, 70), (12, 30, 40)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64])
def test_agrees_with_scikit_image(shape, dtype):
    labels = blobs(shape, 60, dtype=dtype)
    image = np.random.default_rng(1).integers(0, 4000, shape).astype(np.uint16)
    scale = (2.0, 0.5, 0.25, 0.25)[-len(shape) :]
    size = PixelSize(scale, ("µm",) * len(shape))
    rows = Measurer(labels, size, image).all()
    expected = regionprops(labels, image)
    assert [row.id for row in rows] == [each.label for each in expected]
    for row, each in zip(rows, expected, strict=True):
        assert row.pixels == each.area
        assert row.area == pytest.approx(each.area * np.prod(scale))
        assert row.mean_intensity == pytest.approx(each.intensity_mean)
        assert row.center == pytest.approx(each.centroid)
        assert row.centroid == pytest.approx(np.multiply(each.centroid, scale))
        assert row.box == each.slice


def test_four_axes_one_object_at_a_time():
    labels = blobs((3, 5, 20, 30), 60)
    rows = Measurer(labels, PixelSize.pixels(4)).all()
    assert [row.id for row in rows] == np.unique(labels[labels != 0]).tolist()
    for row in rows:
        indices = np.nonzero(labels == row.id)
        assert row.pixels == len(indices[0])
        assert row.center == pytest.approx([axis.mean() for axis in indices])
        assert row.box == tuple(slice(axis.min(), axis.max() + 1) for axis in indices)


def test_the_diameter_is_that_of_the_disc_and_of_the_ball():
    labels = np.ones((10, 10), np.int32)
    (row,) = Measurer(labels, PixelSize((0.5, 0.5), ("µm", "µm"))).all()
    assert row.equivalent_diameter == pytest.approx(2 * np.sqrt(25 / np.pi))
    (ball,) = Measurer(labels[None], PixelSize((4.0, 0.5, 0.5), ("mm",) * 3)).all()
    assert ball.equivalent_diameter == pytest.approx((6 * 100 / np.pi) ** (1 / 3))


def test_slabs_are_joined(monkeypatch):
    labels = blobs((40, 20, 20), 80)
    image = np.random.default_rng(0).random(labels.shape)
    whole = Measurer(labels, PixelSize.pixels(3), image).all()
    monkeypatch.setattr("napari_sam.inference.measurements._SLAB_PIXELS", 3 * 400)
    measuring = Measurer(labels, PixelSize.pixels(3), image).measuring()
    steps = list(measuring)
    assert steps[-1].done == steps[-1].total == 14
    pieces = Measurer(labels, PixelSize.pixels(3), image).all()
    assert [r.box for r in pieces] == [r.box for r in whole]
    assert [r.area for r in pieces] == [r.area for r in whole]
    assert [r.mean_intensity for r in pieces] == pytest.approx([r.mean_intensity for r in whole])


def test_some_are_measured_again_within_their_boxes():
    labels = blobs((30, 50, 50), 60)
    measurer = Measurer(labels, PixelSize.pixels(3), classes={4: "nucleus"})
    rows = {row.id: row for row in measurer.all()}
    labels[:4, :4, :4] = 4
    boxes = {4: union([rows[4].box, (slice(0, 4),) * 3]), 1: rows[1].box, 999: rows[1].box}
    again = measurer.some(boxes)
    fresh = {row.id: row for row in measurer.all()}
    assert again == [fresh[4], fresh[1]]
    assert again[0].class_name == "nucleus"
    assert again[0].pixels > rows[4].pixels


def test_what_some_costs_follows_the_box(monkeypatch):
    class Watched:
        shape, dtype = (512, 512, 512), np.dtype(np.int32)

        def __init__(self):
            self.read = 0

        def __getitem__(self, box):
            block = np.ones([part.stop - part.start for part in box], np.int32)
            self.read += block.size
            return block

    labels = Watched()
    box = (slice(5, 9), slice(100, 120), slice(0, 20))
    (row,) = Measurer(labels, PixelSize.pixels(3)).some({1: box})
    assert row.box == box
    assert labels.read == 1600


def test_two_thousand_objects_at_2048_take_well_under_a_second():
    rows, columns = np.indices((2048, 2048))
    labels = ((rows // 46) * 45 + columns // 46 + 1).astype(np.int32)
    labels[(rows % 46 - 23) ** 2 + (columns % 46 - 23) ** 2 > 400] = 0
    image = np.random.default_rng(0).random(labels.shape, dtype=np.float32)
    measurer = Measurer(labels, PixelSize.pixels(2), image)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        assert len(measurer.all()) > 1900
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.5


def test_colours_are_averaged_and_alpha_does_not_count():
    labels = np.array([[0, 7], [7, 0]], np.uint8)
    image = np.zeros((2, 2, 4), np.uint8)
    image[..., :] = (30, 60, 90, 255)
    (row,) = Measurer(labels, PixelSize.pixels(2), image).all()
    assert row.mean_intensity == pytest.approx(60)


def test_background_alone_and_an_empty_array():
    assert Measurer(np.zeros((5, 6), np.int32), PixelSize.pixels(2)).all() == []
    assert Measurer(np.zeros((0, 6), np.int32), PixelSize.pixels(2)).all() == []


def test_negative_ids_are_objects_too():
    labels = np.array([[-3, 0, 2]], np.int16)
    assert [row.id for row in Measurer(labels, PixelSize.pixels(2)).all()] == [-3, 2]


def test_what_does_not_fit_is_refused():
    labels = np.zeros((4, 5), np.int32)
    with pytest.raises(ValueError, match=r"of the labels' shape \(4, 5\).*got \(5, 4\)"):
        Measurer(labels, PixelSize.pixels(2), np.zeros((5, 4)))
    with pytest.raises(ValueError, match="integers, got float64"):
        Measurer(labels.astype(float), PixelSize.pixels(2))
    with pytest.raises(ValueError, match="along 2 axes, got 3"):
        Measurer(labels, PixelSize.pixels(3))


def test_units_become_one():
    size = PixelSize.of((1e-3, 0.5, -0.5), ("millimeter", "um", "micrometer"))
    assert size == PixelSize((1.0, 0.5, 0.5), ("µm", "µm", "µm"))
    assert size.area_unit == "µm³"
    assert PixelSize.of((1, 1), ("pixel", "pixel")).area_unit == "px"
    assert PixelSize.of((5, 1), ("pixel", "pixel")).area_unit == "units²"
    mixed = PixelSize.of((2, 0.5, 0.5), ("second", "µm", "µm"))
    assert (mixed.unit, mixed.area_unit) == (None, "s·µm²")
    (row,) = Measurer(np.ones((1, 2, 2), np.uint8), mixed).all()
    assert row.equivalent_diameter is None
    with pytest.raises(ValueError, match="above 0"):
        PixelSize((0.0, 1.0), ("µm", "µm"))
    with pytest.raises(ValueError, match="a unit for each of 2 axes"):
        PixelSize((1.0, 1.0), ("µm",))
