"""Pictures with two bright discs, for the stand-in model."""

from __future__ import annotations

import numpy as np

LEFT_DISC, RIGHT_DISC = (60, 50), (60, 105)  # y, x
RADIUS = 22


def discs(shape=(120, 160), centres=(LEFT_DISC, RIGHT_DISC), radius=RADIUS):
    """Bright discs on black: (rows, columns) uint8."""
    y, x = np.indices(shape)
    image = np.zeros(shape, dtype=np.uint8)
    for row, column in centres:
        image[(y - row) ** 2 + (x - column) ** 2 <= radius**2] = 200
    return image


def balls(shape=(16, 60, 80), centre=(8, 30, 40), radius=12, squeeze=2.0):
    """One bright ellipsoid, flatter by `squeeze` along the first axis: (z, y, x) uint8."""
    z, y, x = np.indices(shape)
    squared = (squeeze * (z - centre[0])) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2
    return np.where(squared <= radius**2, 200, 0).astype(np.uint8)
