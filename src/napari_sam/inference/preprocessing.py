"""The one place that turns any image into the RGB picture that the encoder takes.

Rules, in order:

1. **Shape.** (H, W) is grey. Of three axes one is the channels: `channel_axis` where it is
   given; else the last if it has at most 4 entries, else the first if that has at most 4,
   else the shorter of the two if it has at most 16 and the other two axes are at least four
   times as long. Anything else is a stack, and one of its pictures has to be chosen.
2. **Channels.** 1: grey. 2: red and green, with their mean as blue. 3: red, green, blue.
   4: the fourth is alpha and is dropped; colours are taken as stored. More: the first three.
3. **Values.** uint8 is taken as it is, bit for bit, as the public SAM does. bool is 0 and 255.
   Everything else is brought to 0 … 255 linearly between its 0.5th and 99.5th percentile,
   taken over all channels of a colour picture together, so that colours are kept, and over
   each channel alone where there are 2 or more than 4: those are stains or detectors of their
   own scale. Where the two percentiles are equal (a few bright spots on black) the minimum
   and maximum take their place; a constant image becomes 0.
4. **Not finite.** Percentiles ignore NaN and infinities. Then NaN and −inf are 0, +inf is 255.
   Negative values need no rule of their own.

Percentiles are taken from 262,144 values at most: every k-th pixel of a larger image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_PERCENTILES = (0.5, 99.5)
_SAMPLE = 2**18  # values that percentiles are taken from, at most
_COLOURS = 4  # channels that are certainly not a side of the picture
_STAINS = 16  # channels that are probably not
_SLENDER = 4  # how much longer the sides then have to be
_RATIO = 1000  # of the longer side to the shorter; at 2048 a side would vanish at 1024 pixels


def to_rgb_uint8(image: ArrayLike, channel_axis: int | None = None) -> NDArray[np.uint8]:
    """Turn any image into RGB in 0 … 255; the rules are those of this module.

    Parameters
    ----------
    image : array_like
        (H, W), (H, W, C) or (C, H, W) of booleans, integers or floating-point numbers.
    channel_axis : int, optional
        Which of three axes is the channels; found by the first rule if not given.

    Returns
    -------
    ndarray
        (H, W, 3) uint8, contiguous. May share memory with `image`.

    Raises
    ------
    ValueError
        If the image is empty, only a pixel wide, extremely long, a stack, or has no finite
        value.
    TypeError
        If its values are no real numbers.
    """
    array = _as_numbers(image)
    channels = _channels_last(array, channel_axis)  # (H, W, C)
    _check_sides(channels.shape[0], channels.shape[1])
    count = channels.shape[2]
    picture = _three(_to_uint8(_without_surplus(channels), separately=count == 2 or count > 4))
    return np.ascontiguousarray(picture)


def windowed(image: ArrayLike, low: float, high: float, *, gamma: float = 1.0) -> NDArray[np.uint8]:
    """Turn values into brightness by a given range, in place of the third rule.

    Parameters
    ----------
    image : array_like
        Booleans, integers or floating-point numbers, of any shape.
    low, high : float
        What becomes 0 and what becomes 255, in the image's own values; all beyond is as these.
    gamma : float
        Exponent of the curve between: brightness is ((value - low) / (high - low)) ** gamma.

    Returns
    -------
    ndarray
        uint8 of the same shape. NaN is 0.

    Raises
    ------
    ValueError
        If `low` is not below `high`, or `gamma` not above 0.
    """
    if not low < high:
        raise ValueError(f"expected low < high, got {low} and {high}; widen the range")
    if not gamma > 0:
        raise ValueError(f"expected a gamma above 0, got {gamma}; 1 is a straight line")
    bright = _scale(np.asarray(image), low, high)
    if gamma == 1:
        return bright
    curve = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    return curve[bright]


def _as_numbers(image: ArrayLike) -> NDArray[Any]:
    try:
        array = np.asarray(image)
    except ValueError as error:
        raise ValueError(
            "expected an image as an array (H, W) or (H, W, C), got something that is no array: "
            f"{error}"
        ) from error
    if array.dtype.kind not in "buif":
        raise TypeError(
            "expected an image of booleans, integers or floating-point numbers, got dtype "
            f"{array.dtype}; convert it with image.astype(float) or choose a part of it "
            "(for complex values np.abs(image))"
        )
    if array.size == 0:
        raise ValueError(f"expected an image with pixels, got an empty one of shape {array.shape}")
    if array.ndim not in (2, 3):
        raise ValueError(
            f"expected an image of 2 or 3 axes, (H, W) or (H, W, C), got shape {array.shape}; "
            "choose one slice of it, such as image[0]"
        )
    return array


def _channels_last(array: NDArray[Any], channel_axis: int | None) -> NDArray[Any]:
    """Bring an array to (H, W, C), by the first rule."""
    if array.ndim == 2:
        if channel_axis is not None:
            raise ValueError(
                f"expected an image of 3 axes with channel_axis={channel_axis}, got shape "
                f"{array.shape}; leave channel_axis out for a grey image"
            )
        return array[..., None]
    if channel_axis is None:
        channel_axis = _channel_axis(array.shape)
    elif not -3 <= channel_axis <= 2:
        raise ValueError(f"expected channel_axis in -3 … 2, got {channel_axis}")
    return np.moveaxis(array, channel_axis, -1)


def _channel_axis(shape: tuple[int, ...]) -> int:
    for axis in (2, 0):
        if shape[axis] <= _COLOURS:
            return axis
    axis = 0 if shape[0] < shape[2] else 2
    sides = [length for other, length in enumerate(shape) if other != axis]
    if shape[axis] <= _STAINS and min(sides) >= _SLENDER * shape[axis]:
        return axis
    raise ValueError(
        f"expected one image, got shape {shape}, which looks like a stack of them; choose one "
        "slice, such as image[0], or say which axis is the channels with channel_axis"
    )


def _check_sides(height: int, width: int) -> None:
    short, long = sorted((height, width))
    if short < 2:
        raise ValueError(
            f"expected an image of at least 2 × 2 pixels, got {height} × {width} (height × width)"
        )
    if long > _RATIO * short:
        raise ValueError(
            f"expected an image whose sides differ by a factor of {_RATIO} at most, got "
            f"{height} × {width} (height × width); cut it into pieces"
        )


def _without_surplus(channels: NDArray[Any]) -> NDArray[Any]:
    """Leave out alpha, and what is beyond the third of many channels."""
    return channels[..., : min(channels.shape[2], 3)]


def _three(channels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make red, green and blue of (H, W, 1 to 3)."""
    count = channels.shape[2]
    if count == 1:
        return np.repeat(channels, 3, axis=2)
    if count == 2:
        mean = channels.mean(axis=2, keepdims=True).round().astype(np.uint8)
        return np.concatenate([channels, mean], axis=2)
    return channels


def _to_uint8(channels: NDArray[Any], *, separately: bool) -> NDArray[np.uint8]:
    """Bring values to 0 … 255 by the third and fourth rule."""
    if channels.dtype == np.uint8:
        return channels
    if channels.dtype == bool:
        return channels.astype(np.uint8) * np.uint8(255)
    if separately:
        return np.stack([_stretch(channels[..., c]) for c in range(channels.shape[2])], axis=2)
    return _stretch(channels)


def _stretch(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Map the range of (H, W) or (H, W, C) linearly to 0 … 255."""
    low, high = _range(values)
    if low == high:
        return np.where(values > high, np.uint8(255), np.uint8(0))  # +inf alone is above
    if values.dtype.kind in "iu" and values.dtype.itemsize == 2:
        native = values.astype(values.dtype.newbyteorder("="), copy=False)
        every = np.arange(2**16, dtype=np.uint16).view(native.dtype)  # in the order of its bits
        return _scale(every, low, high)[native.view(np.uint16)]
    return _scale(values, low, high)


def _scale(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Map low … high linearly to 0 … 255, for any shape."""
    scaled = values.astype(np.result_type(values.dtype, np.float32))
    if not np.isfinite(high - low):  # two very large numbers
        scaled, low, high = scaled / 2, low / 2, high / 2
    scaled -= low
    with np.errstate(over="ignore"):
        scaled /= high - low
    scaled *= 255.0
    np.clip(scaled, 0.0, 255.0, out=scaled)
    scaled[np.isnan(scaled)] = 0.0
    return np.rint(scaled, out=scaled).astype(np.uint8)


def _range(values: NDArray[Any]) -> tuple[float, float]:
    """Find what becomes 0 and what becomes 255 in (H, W) or (H, W, C)."""
    pixels = values.reshape(values.shape[0] * values.shape[1], -1)
    sample = pixels[:: -(-values.size // _SAMPLE)].astype(np.float64)
    finite = sample[np.isfinite(sample)]
    if finite.size:
        low, high = np.percentile(finite / 2, _PERCENTILES) * 2  # halves: sums stay finite
        if low != high:
            return float(low), float(high)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        raise ValueError("expected an image with finite values, got only NaN or infinity")
    return float(finite.min()), float(finite.max())
