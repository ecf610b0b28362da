"""A picture with its objects drawn over it."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OPACITY = 0.35
_GOLDEN_RATIO = 0.618034  # hues at this distance stay apart, however many there are
_OUTLINES = 600  # an outline is a pixel wide for so many pixels of the longer side


def draw_overlay(picture: NDArray[np.uint8], labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Tint each object and outline it, in a colour that depends on its id alone.

    Parameters
    ----------
    picture : ndarray
        (H, W, 3) uint8.
    labels : ndarray
        (H, W) integers, 0 background.

    Returns
    -------
    ndarray
        (H, W, 3) uint8, new.
    """
    ids, position = np.unique(labels, return_inverse=True)
    colours = np.array([_colour(int(number)) for number in ids])[position.reshape(labels.shape)]
    tinted = picture * (1 - _OPACITY) + colours * _OPACITY
    drawn = np.where((labels > 0)[..., None], tinted, picture)
    drawn = np.where(_outlines(labels)[..., None], colours, drawn)
    return np.rint(drawn).astype(np.uint8)


def _colour(number: int) -> tuple[float, float, float]:
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN_RATIO % 1.0, 0.85, 1.0)
    return red * 255, green * 255, blue * 255


def _outlines(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Find the objects' own pixels that touch another label, (H, W)."""
    size = 1 + 2 * max(1, round(max(labels.shape) / _OUTLINES))
    differs: NDArray[np.bool_] = ndimage.maximum_filter(labels, size) != ndimage.minimum_filter(
        labels, size
    )
    return differs & (labels > 0)
