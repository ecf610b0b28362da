"""Any image becomes the picture that the encoder takes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_sam.inference.preprocessing import to_rgb_uint8, windowed


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def ramp(dtype: Any, low: float, high: float) -> np.ndarray:
    """(101, 101) from low to high by columns."""
    return np.tile(np.linspace(low / 2, high / 2, 101) * 2, (101, 1)).astype(dtype)


def test_rgb_of_8_bits_passes_unchanged():
    image = noise(30, 40, 3)
    assert np.array_equal(to_rgb_uint8(image), image)


def test_grey_of_8_bits_is_repeated_unchanged():
    image = noise(30, 40)
    for same in (image, image[..., None], image[None]):
        assert np.array_equal(to_rgb_uint8(same), np.stack([image] * 3, axis=-1))


def test_alpha_is_dropped():
    image = noise(30, 40, 4)
    assert np.array_equal(to_rgb_uint8(image), image[..., :3])


def test_channels_may_come_first():
    image = noise(30, 40, 3)
    assert np.array_equal(to_rgb_uint8(np.moveaxis(image, -1, 0)), image)


def test_where_both_ends_could_be_channels_the_last_is():
    assert to_rgb_uint8(noise(3, 50, 3)).shape == (3, 50, 3)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_a_given_channel_axis_wins(axis: int):
    image = noise(20, 24, 3)
    assert np.array_equal(to_rgb_uint8(np.moveaxis(image, -1, axis), channel_axis=axis), image)


def test_two_channels_are_red_and_green_with_their_mean_as_blue():
    image = noise(30, 40, 2)
    rgb = to_rgb_uint8(image)
    assert np.array_equal(rgb[..., :2], image)
    assert np.array_equal(rgb[..., 2], image.mean(axis=-1).round())


@pytest.mark.parametrize("shape", [(40, 50, 7), (7, 40, 50), (64, 64, 16)])
def test_of_many_channels_the_first_three_are_taken(shape: tuple[int, int, int]):
    image = noise(*shape)
    last = image if shape[2] <= 16 else np.moveaxis(image, 0, -1)
    assert np.array_equal(to_rgb_uint8(image), last[..., :3])


def test_the_colours_of_16_bits_share_one_range():
    image = np.zeros((100, 100, 3), np.uint16)
    image[..., 0] = ramp(np.uint16, 0, 40000)[:100, :100]
    image[..., 1] = image[..., 0] // 4
    rgb = to_rgb_uint8(image).astype(int)
    assert rgb[..., 0].max() == 255
    assert rgb[..., 1].max() == pytest.approx(255 / 4, abs=2)
    assert rgb[..., 2].max() == 0


def test_stains_have_a_range_each():
    image = np.stack([ramp(np.uint16, 0, 1000), ramp(np.uint16, 500, 40000)], axis=-1)
    rgb = to_rgb_uint8(image)
    assert np.array_equal(rgb[..., 0], rgb[..., 1])
    assert (rgb.min(), rgb.max()) == (0, 255)


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        (np.uint16, 0, 65535),
        (np.uint16, 1000, 1400),
        (np.uint32, 0, 2**32 - 1),
        (np.uint64, 0, 2**60),
        (">u2", 0, 65535),
        (">i2", -300, 300),
        (np.int8, -128, 127),
        (np.int16, -1000, 3000),
        (np.int64, -(10**9), 10**9),
        (np.float16, 0, 1),
        (np.float32, -0.5, 0.5),
        (np.float64, 0, 1),
        (np.float64, -1.7e308, 1.7e308),
        (np.float64, 1e-300, 2e-300),
        (np.longdouble, 0, 1),
    ],
)
def test_other_values_are_stretched_between_their_percentiles(dtype, low: float, high: float):
    rgb = to_rgb_uint8(ramp(dtype, low, high))
    assert rgb.dtype == np.uint8
    assert (rgb.min(), rgb.max()) == (0, 255)
    assert np.all(np.diff(rgb[0, :, 0].astype(int)) >= 0)
    assert rgb[0, 50, 0] == pytest.approx(127.5, abs=1.5)


def test_a_few_outliers_do_not_darken_the_rest():
    image = ramp(np.float32, 0, 100)
    image[0, :10] = 1e6
    image[1, :10] = -1e6
    assert to_rgb_uint8(image)[5, 50, 0] == pytest.approx(127.5, abs=2)


def test_a_few_bright_spots_on_black_are_kept():
    image = np.zeros((200, 200), np.uint16)
    image[50, 50:55] = (100, 200, 300, 400, 500)
    assert to_rgb_uint8(image)[50, 50:55, 0].tolist() == [51, 102, 153, 204, 255]


def test_booleans_are_black_and_white():
    image = np.eye(8, dtype=bool)
    assert np.array_equal(to_rgb_uint8(image)[..., 1], np.eye(8) * 255)


@pytest.mark.parametrize("value", [0, -3.5, 7, 1e300])
def test_a_constant_image_is_black(value: float):
    assert not to_rgb_uint8(np.full((5, 6), value)).any()


def test_a_constant_image_of_8_bits_stays():
    assert np.all(to_rgb_uint8(np.full((5, 6), 9, np.uint8)) == 9)


def test_what_is_not_finite_has_its_place():
    image = ramp(np.float32, 0, 100)
    expected = to_rgb_uint8(image)
    image[3, 3:6] = (np.nan, np.inf, -np.inf)
    rgb = to_rgb_uint8(image)
    assert rgb[3, 3:6, 0].tolist() == [0, 255, 0]
    assert np.allclose(rgb[10:].astype(int), expected[10:].astype(int), atol=1)


def test_constant_but_for_infinity():
    image = np.zeros((4, 4))
    image[0] = (np.nan, np.inf, -np.inf, 0)
    assert to_rgb_uint8(image)[0, :, 0].tolist() == [0, 255, 0, 0]


def test_large_images_are_sampled_over_all_channels():
    image = np.zeros((2100, 2100, 3), np.uint16)  # 13 million values: every 51st pixel
    image[..., 2] = 60000
    image[::3, ::3] = 30000
    rgb = to_rgb_uint8(image)
    assert rgb[1, 1].tolist() == [0, 0, 255]
    assert rgb[0, 0, 0] == pytest.approx(127.5, abs=1)


def test_array_likes_are_taken():
    assert to_rgb_uint8([[0, 1], [2, 3]]).shape == (2, 2, 3)


@settings(deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.uint16, np.int16, np.float32, np.float64, np.bool_]),
        hnp.array_shapes(min_dims=2, max_dims=3, min_side=2, max_side=9),
    )
)
def test_any_small_image_becomes_a_picture_or_a_clear_error(image: np.ndarray):
    try:
        rgb = to_rgb_uint8(image)
    except ValueError as error:
        assert str(error).startswith("expected ")  # noqa: PT017
    else:
        assert rgb.dtype == np.uint8
        assert rgb.ndim == 3
        assert rgb.shape[2] == 3
        assert rgb.flags.c_contiguous


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((0, 5)), "expected an image with pixels, got an empty one of shape (0, 5)"),
        ([], "expected an image with pixels, got an empty one of shape (0,)"),
        (
            np.zeros((1, 1)),
            "expected an image of at least 2 × 2 pixels, got 1 × 1 (height × width)",
        ),
        (np.zeros((1, 9, 3)), "expected an image of at least 2 × 2 pixels, got 1 × 9"),
        (
            np.zeros((2, 5000)),
            "expected an image whose sides differ by a factor of 1000 at most, got 2 × 5000 "
            "(height × width); cut it into pieces",
        ),
        (np.float32(3), "expected an image of 2 or 3 axes, (H, W) or (H, W, C), got shape ()"),
        (
            np.zeros((2, 3, 40, 50)),
            "expected an image of 2 or 3 axes, (H, W) or (H, W, C), got shape (2, 3, 40, 50); "
            "choose one slice of it, such as image[0]",
        ),
        (
            np.zeros((30, 40, 50)),
            "expected one image, got shape (30, 40, 50), which looks like a stack of them; choose "
            "one slice, such as image[0], or say which axis is the channels with channel_axis",
        ),
        (np.zeros((10, 20, 30)), "expected one image, got shape (10, 20, 30), which looks like"),
        (np.full((4, 4), np.nan), "expected an image with finite values, got only NaN or infinity"),
        ([[1, 2], [3]], "expected an image as an array (H, W) or (H, W, C), got something that is"),
    ],
)
def test_what_is_no_image_is_refused(image, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        to_rgb_uint8(image)


@pytest.mark.parametrize(
    ("axis", "message"),
    [
        (3, "expected channel_axis in -3 … 2, got 3"),
        (-4, "expected channel_axis in -3 … 2, got -4"),
    ],
)
def test_a_channel_axis_that_is_none_is_refused(axis: int, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        to_rgb_uint8(noise(20, 20, 3), channel_axis=axis)


def test_a_grey_image_has_no_channel_axis():
    message = (
        "expected an image of 3 axes with channel_axis=0, got shape (20, 20); leave channel_axis "
        "out for a grey image"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        to_rgb_uint8(noise(20, 20), channel_axis=0)


@pytest.mark.parametrize("dtype", ["O", "U3", "S3", "complex64", "datetime64[s]", "V4"])
def test_values_that_are_no_real_numbers_are_refused(dtype: str):
    message = (
        "expected an image of booleans, integers or floating-point numbers, got dtype "
        f"{np.dtype(dtype)}; convert it with image.astype(float)"
    )
    with pytest.raises(TypeError, match=re.escape(message)):
        to_rgb_uint8(np.zeros((4, 4), dtype))


def test_a_given_range_and_gamma_take_the_place_of_percentiles():
    values = np.array([[-10.0, 0.0, 5.0, 10.0, 99.0, np.nan]])
    assert windowed(values, 0, 10).tolist() == [[0, 0, 128, 255, 255, 0]]
    assert windowed(values, 0, 10, gamma=2.0).tolist() == [[0, 0, 64, 255, 255, 0]]
    assert windowed(np.array([0, 1], dtype=bool), 0, 1).tolist() == [0, 255]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 3, "high": 3}, "expected low < high, got 3 and 3"),
        ({"low": 0, "high": np.nan}, "expected low < high"),
        ({"low": 0, "high": 1, "gamma": 0}, "expected a gamma above 0, got 0"),
    ],
)
def test_a_range_that_is_none_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        windowed(np.zeros((2, 2)), **settings)
