"""Outlines of masks along the edges of their pixels, with holes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Ring = list[tuple[int, int]]
"""Corners (x, y) of a closed line; the first is not repeated."""

_RIGHT, _DOWN, _LEFT, _UP = range(4)  # each is the right turn of the one before


def _turn(edges: int, direction: int) -> int | None:
    """Choose among the edges that leave a corner: to the right, straight on, to the left."""
    turns = [(direction + by) % 4 for by in (1, 0, 3)]
    return next((turn for turn in turns if edges & (1 << turn)), None)


_ONWARD = [[_turn(edges, direction) for direction in range(4)] for edges in range(16)]


@dataclass(frozen=True, slots=True)
class Polygon:
    """A connected part of a mask.

    Corners are those of pixels: the first pixel of the array spans (0, 0) to (1, 1). A pixel
    belongs to the mask if and only if its centre is inside.

    Attributes
    ----------
    outer : list of (int, int)
        Its outline, (x, y). Its signed area by the shoelace formula is positive.
    holes : list of list of (int, int)
        The outlines of its holes, of negative area.
    """

    outer: Ring
    holes: list[Ring]

    @property
    def rings(self) -> list[Ring]:
        """The outer ring, then the holes."""
        return [self.outer, *self.holes]


def outlines(mask: NDArray[np.bool_], origin: tuple[int, int] = (0, 0)) -> list[Polygon]:
    """Trace a mask.

    Parts that touch only at corners are polygons of their own, so that no ring touches
    itself: the polygons are valid in the sense of OGC's simple features.

    Parameters
    ----------
    mask : ndarray
        (H, W) bool.
    origin : (int, int)
        Row and column of the mask's first pixel.

    Returns
    -------
    list of Polygon
        By their first pixel, row by row.
    """
    from scipy.ndimage import find_objects, label

    parts, _count = label(mask)
    polygons = []
    for number, box in enumerate(find_objects(parts), start=1):
        top, left = origin[0] + box[0].start, origin[1] + box[1].start
        rings = _rings(parts[box] == number, top, left)
        outer = next(ring for ring in rings if signed_area(ring) > 0)
        polygons.append(Polygon(outer, [ring for ring in rings if ring is not outer]))
    return polygons


def signed_area(ring: Ring) -> float:
    """Return a ring's area by the shoelace formula."""
    turned = [*ring[1:], ring[0]]
    return sum(x * v - u * y for (x, y), (u, v) in zip(ring, turned, strict=True)) / 2


def _rings(part: NDArray[np.bool_], top: int, left: int) -> list[Ring]:
    """Trace a 4-connected part: walk along its edges with the part on the right-hand side."""
    edges = _edges(part)
    stride = part.shape[1] + 1
    steps = (1, stride, -1, -stride)
    edge_bytes = bytearray(edges.tobytes())
    rings: list[Ring] = []
    for start in np.flatnonzero(edges & (1 << _RIGHT)).tolist():
        if not edge_bytes[start] & (1 << _RIGHT):
            continue
        corners, at, direction = [start], start, _RIGHT
        while True:
            edge_bytes[at] &= ~(1 << direction)
            at += steps[direction]
            # Where two pixels touch at a corner the right turn stays with the same pixel.
            onward = _ONWARD[edge_bytes[at]][direction]
            if onward is None:
                break
            if onward != direction:
                corners.append(at)
            direction = onward
        if direction == _RIGHT:  # it closes along a straight line
            corners.pop(0)
        rings += [
            [(left + corner % stride, top + corner // stride) for corner in simple]
            for simple in _split(corners)
        ]
    return rings


def _edges(part: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return for each corner of pixels, flat, a bit for each direction in which an edge leaves."""
    inside = np.pad(part, 1)
    height, width = part.shape[0] + 1, part.shape[1] + 1
    # The four pixels around each corner.
    above_left, above_right = inside[:-1, :-1], inside[:-1, 1:]
    below_left, below_right = inside[1:, :-1], inside[1:, 1:]
    edges = np.zeros((height, width), np.uint8)
    edges |= (below_right & ~above_right).astype(np.uint8) << _RIGHT
    edges |= (below_left & ~below_right).astype(np.uint8) << _DOWN
    edges |= (above_left & ~below_left).astype(np.uint8) << _LEFT
    edges |= (above_right & ~above_left).astype(np.uint8) << _UP
    return edges.reshape(-1)


def _split(corners: list[int]) -> list[list[int]]:
    """Cut a ring that visits a corner twice into rings that do not."""
    rings: list[list[int]] = []
    path: list[int] = []
    seen: dict[int, int] = {}
    for corner in corners:
        if corner in seen:
            begin = seen[corner]
            loop = path[begin:]
            rings.append(loop)
            del path[begin:]
            for each in loop:
                del seen[each]
        seen[corner] = len(path)
        path.append(corner)
    return [*rings, path]
