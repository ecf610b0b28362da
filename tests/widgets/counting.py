"""An array that is not in memory and counts what is read of it."""

from __future__ import annotations

import numpy as np


class CountingArray:
    """As much of an array as napari and the widget need; `reads` grows by a shape with each."""

    def __init__(self, values):
        self._values = values
        self.shape, self.size, self.ndim, self.dtype = (
            values.shape,
            values.size,
            values.ndim,
            values.dtype,
        )
        self.reads: list[tuple[int, ...]] = []

    def __getitem__(self, key):
        part = self._values[key]
        self.reads.append(np.shape(part))
        return part

    def __array__(self, dtype=None, copy=None):
        self.reads.append(self.shape)
        return np.array(self._values, dtype=dtype)

    def __len__(self):
        return len(self._values)
