"""From napari layers to the prompts of a plane. The one place where (y, x) becomes (x, y)."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.palette import BACKGROUND
from napari_sam.widgets.prompts import PlanePrompts
from napari_sam.widgets.shape_prompts import read_shapes

if TYPE_CHECKING:
    import numpy.typing as npt
    from napari.layers import Points, Shapes

    from napari_sam.widgets.plane import Plane
    from napari_sam.widgets.shape_prompts import DrawnPrompts, XYLabel


def read_plane(
    points: Points,
    shapes: Shapes,
    plane: Plane,
    *,
    added: tuple[npt.NDArray[Any], str] | None = None,
    each_is_own: bool = False,
) -> PlanePrompts:
    """Read the prompts of a plane.

    Parameters
    ----------
    points, shapes : Points, Shapes
        The layers, in coordinates of the plane's grid.
    plane : Plane
        The plane.
    added : (ndarray, str), optional
        A point to be read as if it were the last of the layer: grid position and label.
    each_is_own : bool
        Whether every foreground point and every box is an object of its own. Otherwise of
        several boxes and outlines the newest counts.
    """
    placed = list(zip(points.data, points.features["label"], strict=True))
    if added is not None:
        placed.append(added)
    clicks = [
        _as_prompt(plane, position, label)
        for position, label in placed
        if plane.holds(position[None]).all() and plane.contains(position)
    ]
    drawn = _read_drawn(shapes, plane)
    box, area = (drawn.boxes[-1], drawn.areas[-1]) if drawn.boxes else (None, ())
    return PlanePrompts(
        points=(*clicks, *drawn.points, *chain(*drawn.scribbles)),
        box=box,
        area=area,
        objects=_apart(clicks, drawn) if each_is_own else (),
    )


def _read_drawn(shapes: Shapes, plane: Plane) -> DrawnPrompts:
    found = [
        (data[:, [plane.columns, plane.rows]], str(kind), int(label != BACKGROUND))
        for data, kind, label in zip(
            shapes.data, shapes.shape_type, shapes.features["label"], strict=True
        )
        if plane.holds(data).all()
    ]
    return read_shapes(found, plane.shape)


def _apart(clicks: list[XYLabel], drawn: DrawnPrompts) -> tuple[PlanePrompts, ...]:
    """Make an object of every foreground mark; background marks count for all of them."""
    scribbles = [mark for scribble in drawn.scribbles for mark in scribble]
    outside = tuple(mark for mark in (*clicks, *drawn.points, *scribbles) if mark[2] == 0)
    marks = [[click] for click in clicks] + drawn.scribbles
    of_marks = [PlanePrompts(points=(*mark, *outside)) for mark in marks if mark[0][2] == 1]
    of_boxes = [
        PlanePrompts(points=outside, box=box, area=area)
        for box, area in zip(drawn.boxes, drawn.areas, strict=True)
    ]
    return (*of_marks, *of_boxes)


def _as_prompt(plane: Plane, position: npt.NDArray[Any], label: str) -> XYLabel:
    """Turn a grid position into x, y in pixels of the plane, and the label's number."""
    y, x = np.clip(position[[plane.rows, plane.columns]], 0, plane.shape)
    return float(x), float(y), int(label != BACKGROUND)
