"""Masks drawn as small integers, which the preview layer shows in colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

INSIDE: Final = 1
OUTLINE: Final = 2
HOVER: Final = 3
"""Outline of what a click here would give. Not part of the mask."""
OTHER_OUTSIDE: Final = 4
"""Outline of another candidate, outside the mask."""
OTHER_INSIDE: Final = 5
"""Outline of another candidate, inside the mask."""

_IS_MASK: Final = np.isin(np.arange(256), [0, HOVER, OTHER_OUTSIDE], invert=True)


def mask_of(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Say which pixels of a picture belong to the mask; any value that a brush left does."""
    mask: npt.NDArray[np.bool_] = _IS_MASK[picture]
    return mask


def outlined(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Draw a mask: 1 inside, 2 on its pixels that touch the outside, 0 elsewhere."""
    picture = np.zeros(mask.shape, np.uint8)
    box = bounding_box(mask)
    if box is not None:
        inside = mask[box]
        picture[box] = inside
        picture[box][rim(inside)] = OUTLINE
    return picture


def candidate_pictures(masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Draw each of some masks, (C, rows, columns), with the outlines of the others thin."""
    pictures = np.stack([outlined(mask) for mask in masks])
    rims = [picture == OUTLINE for picture in pictures] if len(masks) > 1 else []
    for chosen, picture in enumerate(pictures):
        for other, edge in enumerate(rims):
            if other != chosen:
                picture[edge & (picture == 0)] = OTHER_OUTSIDE
                picture[edge & (picture == INSIDE)] = OTHER_INSIDE
    return pictures


def rim(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Find the pixels of a mask that touch the outside, above, below, left or right."""
    padded: npt.NDArray[Any] = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    edge: npt.NDArray[np.bool_] = mask & ~inner
    return edge


def bounding_box(mask: npt.NDArray[np.bool_]) -> tuple[slice, slice] | None:
    """Return the rows and columns that hold a mask; None if it is empty."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
