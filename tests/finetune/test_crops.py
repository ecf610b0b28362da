"""Crops show what they say they show."""

import numpy as np
import pytest

from sam_medical.finetune.crops import CropSampler
from sam_medical.finetune.image_sets import LabelledImage


@pytest.fixture
def square():
    """Its first object's pixels are white, its second's are grey."""
    image = np.zeros((100, 60), np.uint8)
    labels = np.zeros((100, 60), np.int32)
    labels[20:50, 10:40], labels[60:90, 20:50] = 1, 2
    image[labels == 1], image[labels == 2] = 255, 128
    return LabelledImage.from_arrays("square", image, labels)


@pytest.fixture
def unchanged(monkeypatch):
    monkeypatch.setattr("sam_medical.finetune.crops.augment_intensity", lambda image, rng: image)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("size", [64, 224])
def test_masks_and_labels_lie_on_the_picture(square, size):
    sampler = CropSampler([[square]], [1.0])
    rng = np.random.default_rng(0)
    for _ in range(30):
        crop = sampler(rng, size, 2)
        assert crop.image.shape == (size, size, 3)
        assert crop.masks.shape == (2, size // 4, size // 4)
        coarse = crop.image[..., 0].reshape(size // 4, 4, size // 4, 4).mean((1, 3))
        for cover, box in zip(crop.masks, crop.boxes, strict=True):
            mask = cover >= 0.5
            rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
            hit = (columns[0], rows[0], columns[-1], rows[-1])
            assert (box // 4 == hit).all()  # the box ends within the outermost cells it touches
            shade = np.median(coarse[mask])
            assert shade == pytest.approx(1.0, abs=0.02) or shade == pytest.approx(0.5, abs=0.02)
            ids = crop.labels[mask]
            assert (ids == (1 if shade > 0.75 else 2)).mean() > 0.8
        assert (crop.image[~crop.inside] == 0).all()
        row, column = crop.token
        assert 0 <= row <= 64 - size // 16
        assert 0 <= column <= 64 - size // 16


@pytest.mark.usefixtures("unchanged")
def test_the_whole_frame_is_the_picture_as_the_predictor_places_it(square):
    crop = CropSampler([[square]], [1.0])(np.random.default_rng(0), 1024, 2)
    assert crop.token == (0, 0)
    assert crop.inside[:, :614].all()
    assert not crop.inside[:, 614:].any()
    union = (crop.masks >= 0.5).any(0)
    rows, columns = np.flatnonzero(union.any(1)), np.flatnonzero(union.any(0))
    np.testing.assert_allclose([rows[0] * 4, columns[0] * 4], [20 * 10.24, 10 * 10.24], atol=4)


@pytest.mark.usefixtures("unchanged")
def test_cover_is_the_share_of_each_cell():
    image, labels = np.zeros((64, 64), np.uint8), np.zeros((64, 64), np.int32)
    labels[10:31, 9:40] = 1
    record = LabelledImage.from_arrays("rectangle", image, labels)
    crop = CropSampler([[record]], [1.0], frame_size=64)(np.random.default_rng(0), 64, 1)
    assert crop.masks[0, 2, 5] == 0.5  # rows 8 to 11, of which 10 and 11
    assert crop.masks[0, 4, 2] == 0.75
    assert crop.masks[0].sum() * 16 == 21 * 31
    assert crop.boxes.tolist() == [[9, 10, 39, 30]]


def test_few_objects_are_drawn_again(square):
    crop = CropSampler([[square]], [1.0])(np.random.default_rng(0), 224, 6)
    assert len(crop.masks) == 6


def test_the_same_key_gives_the_same_crop(generated_set):
    sampler = CropSampler([generated_set], [1.0])
    one, two = (sampler(np.random.default_rng([1, 2]), 64, 3) for _ in range(2))
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_array_equal(one.masks, two.masks)


def test_sets_are_drawn_by_their_weights(square, generated_set, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        CropSampler,
        "_cut",
        lambda self, record, *args: drawn.append(record.name) or object(),
    )
    sampler = CropSampler([[square], generated_set], [3.0, 1.0])
    rng = np.random.default_rng(0)
    for _ in range(2000):
        sampler(rng, 64, 1)
    assert drawn.count("square") / 2000 == pytest.approx(0.75, abs=0.03)
