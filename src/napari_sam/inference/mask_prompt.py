"""A mask drawn by a person or known already, as the low-res logits that the model takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOW_RES: Final = 256
"""Rows and columns of `mask_input`."""

INSIDE: Final = 8.0
OUTSIDE: Final = -16.0
"""Logits of a cell wholly inside and wholly outside.

The decoder of the embedded default returns a median of 7.2 inside its masks and -33 outside
(nuclei_dsb2018, validation). Equal magnitudes of 2 to 20 helped it less than these.
"""


def mask_logits(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Turn a mask of the image into `mask_input`.

    The encoder sees the image in the upper left of a square whose side is the image's longer
    side; `mask_input` covers the same square with 256 x 256 cells. A cell's logit follows how
    much of it the mask covers: all gives `INSIDE`, half gives 0, nothing gives `OUTSIDE`.

    Parameters
    ----------
    mask : ndarray of bool
        (H, W) in pixels of the image.

    Returns
    -------
    ndarray
        (1, 256, 256) float32.

    Raises
    ------
    ValueError
        If the mask is not two-dimensional, or empty.
    """
    mask = np.asarray(mask)
    if mask.ndim != 2 or not mask.size:
        raise ValueError(
            f"expected a mask of shape (H, W), got {mask.shape}; pass one mask, of the image's size"
        )
    balance = np.full((1, LOW_RES, LOW_RES), -1, np.float32)  # from -1, outside, to 1, inside
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size:
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        side = max(mask.shape)
        down, across = (_overlaps(side, cut.start, cut.stop) for cut in box)
        balance[0] += 2 * (down @ mask[box].astype(np.float32) @ across.T)
    return np.where(balance > 0, balance * INSIDE, -balance * OUTSIDE).astype(np.float32)


def _overlaps(side: int, start: int, stop: int) -> NDArray[np.float32]:
    """Say how much of each cell the pixels start ... stop cover: (256, stop - start)."""
    pixels = np.arange(start, stop) * (LOW_RES / side)
    cells = np.arange(LOW_RES)[:, None]
    begin = np.maximum(pixels, cells)
    end = np.minimum(pixels + LOW_RES / side, cells + 1)
    return np.maximum(end - begin, 0).astype(np.float32)
