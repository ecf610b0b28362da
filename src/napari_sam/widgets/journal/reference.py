"""A reference to the pixels of a layer: what it is called, where it lies, how to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xxhash

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCKS = 8
_SIDE = 64  # pixels, along the two longest axes of the array
_COLOURS = 4


@dataclass(frozen=True, slots=True)
class Reference:
    """Tells an array of pixels again in another session.

    Attributes
    ----------
    name : str
        The layer's name.
    path : str, optional
        The file that it was opened from, where there is one.
    shape : tuple of int
        Of the array, its colours included; of a pyramid, that of the level in use.
    dtype : str
        Type of the pixels.
    scale : tuple of float
        World units a pixel, for each spatial axis.
    axes : tuple of str
        The spatial axes' names, in the order of the array.
    rgb : bool
        Whether the last axis of the array holds colours.
    fingerprint : str
        As `fingerprint` gives it; empty if it is not known, and then not compared.
    """

    name: str
    path: str | None
    shape: tuple[int, ...]
    dtype: str
    scale: tuple[float, ...]
    axes: tuple[str, ...]
    rgb: bool = False
    fingerprint: str = ""

    def differs_from(self, other: Reference) -> str:
        """Say in what the pixels of another differ from these; empty if in nothing.

        Names, paths and scales are not compared: files are moved and scales are set later.
        """
        if self.shape != other.shape:
            return f"expected {_sizes(self.shape)} pixels, got {_sizes(other.shape)}"
        if self.dtype != other.dtype:
            return f"expected pixels of type {self.dtype}, got {other.dtype}"
        known = self.fingerprint and other.fingerprint
        if known and self.fingerprint != other.fingerprint:
            return "it has the same size, but other pixels"
        return ""


def fingerprint(array: Any) -> str:
    """Hash a few blocks of an array, its shape and its type.

    At most 8 blocks of 64 × 64 pixels are read, always at the same places of the middle slice,
    so that it takes milliseconds for an array in memory, and of one that is not no chunk is
    loaded but those of the slice that napari shows first. Two pictures that differ elsewhere
    only have the same fingerprint.

    Parameters
    ----------
    array : array
        (…, y, x) or (…, y, x, colours): numpy, dask, zarr or alike.

    Returns
    -------
    str
        ``xxh128:hexadecimal``.
    """
    shape = tuple(int(length) for length in array.shape)
    digest = xxhash.xxh128(f"{shape} {np.dtype(array.dtype).newbyteorder('<').str}".encode())
    if 0 not in shape:
        for start in _starts(shape):
            block = np.asarray(array[_window(shape, start)])
            digest.update(block.astype(block.dtype.newbyteorder("<")).tobytes())
    return f"xxh128:{digest.hexdigest()}"


def _starts(shape: Sequence[int]) -> list[tuple[int, ...]]:
    """Choose the blocks' first pixels: scattered, but the same for every array of a shape."""
    scattered = np.random.default_rng(0).random((_BLOCKS, len(shape)))
    lengths = np.asarray(shape) - np.minimum(_extent(shape), shape) + 1
    starts = (scattered * lengths).astype(int)
    for axis in set(range(len(shape))) - _longest(shape):
        starts[:, axis] = (lengths[axis] - 1) // 2  # the slice that napari shows first
    return list(dict.fromkeys(tuple(map(int, at)) for at in starts))


def _window(shape: Sequence[int], start: Sequence[int]) -> tuple[slice, ...]:
    return tuple(slice(a, a + n) for a, n in zip(start, _extent(shape), strict=True))


def _extent(shape: Sequence[int]) -> tuple[int, ...]:
    """How long a block is along each axis: one slice, with all of its colours."""
    longest, last = _longest(shape), len(shape) - 1
    return tuple(
        _SIDE if axis in longest else (n if axis == last and n <= _COLOURS else 1)
        for axis, n in enumerate(shape)
    )


def _longest(shape: Sequence[int]) -> set[int]:
    return set(sorted(range(len(shape)), key=lambda axis: shape[axis])[-2:])


def _sizes(shape: Sequence[int]) -> str:
    return " × ".join(str(length) for length in shape)
