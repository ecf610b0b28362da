"""Label images as runs: stretches of one id along the last axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """The runs of a block of labels, background included, in the order of its pixels.

    Objects are compact, so that there are far fewer runs than pixels: whatever is summed over
    an object's pixels is summed over its runs.

    Attributes
    ----------
    shape : tuple of int
        Of the block.
    starts : ndarray
        (R,) index of each run's first pixel in the flat block. No run crosses a row.
    lengths : ndarray
        (R,) pixels.
    values : ndarray
        (R,) ids.
    """

    shape: tuple[int, ...]
    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]
    values: NDArray[np.integer[Any]]

    @classmethod
    def of(cls, labels: NDArray[np.integer[Any]]) -> Runs:
        """Find the runs of a block of labels of any number of axes."""
        if not labels.size:
            none = np.zeros(0, np.intp)
            return cls(labels.shape, none, none, none)
        rows = np.ascontiguousarray(labels).reshape(-1, labels.shape[-1])
        begins = np.empty(rows.shape, dtype=bool)
        begins[:, 0] = True
        np.not_equal(rows[:, 1:], rows[:, :-1], out=begins[:, 1:])
        starts = np.flatnonzero(begins)
        lengths = np.diff(starts, append=labels.size)
        return cls(labels.shape, starts, lengths, rows.reshape(-1)[starts])

    def coordinates(self, which: NDArray[np.bool_]) -> tuple[NDArray[np.intp], ...]:
        """Return the index of the first pixel of some runs, an array an axis."""
        return np.unravel_index(self.starts[which], self.shape)
