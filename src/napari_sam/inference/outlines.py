"""Outlines and strokes that a person draws, turned into points and pixels."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

XY = tuple[float, float]


def filled(outline: Sequence[XY], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Fill a closed outline.

    Parameters
    ----------
    outline : sequence of (float, float)
        Its vertices as (x, y); the centre of the first pixel is (0, 0).
    shape : (int, int)
        (H, W) of the image. What lies outside is cut off.

    Returns
    -------
    ndarray of bool
        (H, W): the outline and what it encloses.
    """
    canvas = Image.new("1", (shape[1], shape[0]))
    ImageDraw.Draw(canvas).polygon([*outline], fill=1, outline=1)
    return np.asarray(canvas)


def points_along(path: ArrayLike, count: int) -> NDArray[np.float64]:
    """Return points at equal distances along a path.

    Parameters
    ----------
    path : array_like
        (N, 2) vertices.
    count : int
        How many points; both ends are among them, but a single point lies in the middle.

    Returns
    -------
    ndarray
        (count, 2); all the same where the path has no length.
    """
    vertices = np.asarray(path, dtype=float)
    steps = np.hypot(*np.diff(vertices, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = at[-1] * (np.linspace(0, 1, count) if count > 1 else np.array([0.5]))
    return np.stack([np.interp(wanted, at, axis) for axis in vertices.T], axis=1)


def points_within(outline: Sequence[XY], shape: tuple[int, int], count: int) -> list[XY]:
    """Return points spread over the inside of a closed outline.

    Parameters
    ----------
    outline : sequence of (float, float)
        Its vertices as (x, y).
    shape : (int, int)
        (H, W) of the image; the points lie in it.
    count : int
        How many, or fewer where the inside is small.

    Returns
    -------
    list of (float, float)
        (x, y) of each.
    """
    rows, columns = np.nonzero(filled(outline, shape))
    if not rows.size:
        return []
    side = ceil(np.sqrt(rows.size / count))
    cells = (rows // side) * (shape[1] // side + 1) + columns // side
    _, where, sizes = np.unique(cells, return_inverse=True, return_counts=True)
    fullest = np.argsort(-sizes, kind="stable")[:count]
    chosen = []
    for cell in fullest:
        own = np.flatnonzero(where == cell)
        middle = np.array([rows[own].mean(), columns[own].mean()])
        nearest = own[np.argmin((rows[own] - middle[0]) ** 2 + (columns[own] - middle[1]) ** 2)]
        chosen.append((float(columns[nearest]), float(rows[nearest])))
    return chosen


def ellipse_outline(corners: ArrayLike, count: int = 48) -> NDArray[np.float64]:
    """Return the outline of the ellipse that a rectangle, turned or not, encloses.

    Parameters
    ----------
    corners : array_like
        (4, 2), in order around the rectangle.
    count : int
        How many vertices.

    Returns
    -------
    ndarray
        (count, 2).
    """
    a, b, _, d = np.asarray(corners, dtype=float)
    centre, along, across = (b + d) / 2, (b - a) / 2, (d - a) / 2
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)[:, None]
    outline: NDArray[np.float64] = centre + np.cos(angle) * along + np.sin(angle) * across
    return outline
