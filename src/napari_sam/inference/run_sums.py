"""What is summed over the pixels of each object of a block of labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.inference.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Box = tuple[slice, ...]
"""A part of an array: a slice with start and stop, an axis."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over N objects.

    Attributes
    ----------
    ids : ndarray
        (N,) ascending.
    pixels : ndarray
        (N,) their number.
    positions : ndarray
        (N, axes) sums of their indices.
    first, last : ndarray
        (N, axes) the lowest and the highest index.
    intensities : ndarray or None
        (N,) sums of the image.
    """

    ids: NDArray[np.integer[Any]]
    pixels: NDArray[np.float64]
    positions: NDArray[np.float64]
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    intensities: NDArray[np.float64] | None

    def box(self, at: int) -> Box:
        """Return the smallest box around one of the objects."""
        ends = zip(self.first[at].tolist(), self.last[at].tolist(), strict=True)
        return tuple(slice(first, last + 1) for first, last in ends)

    @classmethod
    def of(
        cls,
        labels: NDArray[np.integer[Any]],
        image: NDArray[Any] | None,
        origin: Sequence[int],
        *,
        only: int | None = None,
    ) -> Sums:
        """Sum over a block of labels.

        Parameters
        ----------
        labels : ndarray
            The block.
        image : ndarray, optional
            The same block of the image, grey or with an axis of colours more.
        origin : sequence of int
            Index of the block's first pixel.
        only : int, optional
            Leave all other ids out.
        """
        runs = Runs.of(labels)
        kept = runs.values != 0 if only is None else runs.values == only
        lengths = runs.lengths[kept].astype(np.float64)
        indices = np.stack(runs.coordinates(kept), axis=1) + np.asarray(origin)
        positions = indices * lengths[:, None]
        positions[:, -1] += lengths * (lengths - 1) / 2
        last = indices.copy()
        last[:, -1] += runs.lengths[kept] - 1
        bright = None if image is None else _run_sums(image, labels.shape, runs)[kept]
        return _grouped(runs.values[kept], lengths, positions, indices, last, bright)

    @classmethod
    def joined(cls, parts: Sequence[Sums]) -> Sums:
        """Join the sums over several blocks of one label image."""
        bright = [part.intensities for part in parts if part.intensities is not None]
        return _grouped(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.pixels for part in parts]),
            np.concatenate([part.positions for part in parts]),
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.last for part in parts]),
            np.concatenate(bright) if bright else None,
        )


def _run_sums(image: NDArray[Any], shape: tuple[int, ...], runs: Runs) -> NDArray[np.float64]:
    """Sum an image over each run, (R,); of colours, red, green and blue are averaged."""
    if image.ndim > len(shape):
        image = image[..., :3].mean(axis=-1)
    if not len(runs.starts):
        return np.zeros(0)
    return np.add.reduceat(image.reshape(-1), runs.starts, dtype=np.float64)


def _grouped(
    ids: NDArray[np.integer[Any]],
    pixels: NDArray[np.float64],
    positions: NDArray[np.float64],
    first: NDArray[np.intp],
    last: NDArray[np.intp],
    intensities: NDArray[np.float64] | None,
) -> Sums:
    """Join the rows of equal ids."""
    if not len(ids):
        return Sums(ids, pixels, positions, first, last, intensities)
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    begins = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
    return Sums(
        ids[begins],
        np.add.reduceat(pixels[order], begins),
        np.add.reduceat(positions[order], begins),
        np.minimum.reduceat(first[order], begins),
        np.maximum.reduceat(last[order], begins),
        None if intensities is None else np.add.reduceat(intensities[order], begins),
    )
