"""Small pictures of candidates: a piece of the image with a mask's outline on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from napari_sam.widgets.pictures import bounding_box, rim

if TYPE_CHECKING:
    import numpy.typing as npt

SIDE: Final = 88
"""Pixels of a thumbnail's side."""

_GLANCE: Final = 1024
_MARGIN: Final = 0.2
_OUTLINE: Final = (255, 230, 51)


def glance_at(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], int]:
    """Keep every n-th pixel of an image, (rows, columns, 3), for thumbnails; return also n."""
    step = -(-max(pixels.shape[:2]) // _GLANCE)
    return np.ascontiguousarray(pixels[::step, ::step]), step


def thumbnails(
    glance: npt.NDArray[np.uint8], step: int, masks: npt.NDArray[np.bool_]
) -> list[npt.NDArray[np.uint8]]:
    """Draw each mask on the piece of the image that holds all of them.

    Parameters
    ----------
    glance, step : ndarray, int
        As `glance_at` returns them.
    masks : ndarray of bool
        (C, rows, columns).

    Returns
    -------
    list of ndarray
        (SIDE, SIDE, 3) uint8 each; the outside of the mask is darker.
    """
    small = masks[:, ::step, ::step]
    box = bounding_box(np.logical_or.reduce(small)) or (
        slice(0, small.shape[1]),
        slice(0, small.shape[2]),
    )
    rows, columns = _square(box)
    inside = np.ix_(np.clip(rows, 0, small.shape[1] - 1), np.clip(columns, 0, small.shape[2] - 1))
    outside = ((rows < 0) | (rows >= small.shape[1]))[:, None] | (
        (columns < 0) | (columns >= small.shape[2])
    )[None]
    piece = glance[inside]
    piece[outside] = 0
    drawn = []
    for mask in small:
        cut = mask[inside] & ~outside
        picture = np.where(cut[..., None], piece, piece // 2)
        picture[_thick(rim(cut))] = _OUTLINE
        drawn.append(picture)
    return drawn


def _square(box: tuple[slice, slice]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the rows and columns to sample: a square around a box, with a margin."""
    side = (1 + 2 * _MARGIN) * max(cut.stop - cut.start for cut in box)
    steps = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    rows, columns = (np.floor((cut.start + cut.stop) / 2 + side * steps) for cut in box)
    return rows.astype(np.intp), columns.astype(np.intp)


def _thick(line: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Make a line two pixels wide."""
    wide = line.copy()
    wide[1:] |= line[:-1]
    wide[:, 1:] |= line[:, :-1]
    return wide
