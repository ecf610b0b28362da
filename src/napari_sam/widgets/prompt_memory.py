"""From prompt layers to a `PromptState`, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.prompt_state import PromptPoint, PromptShape, PromptState

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from napari.layers import Points, Shapes

    from napari_sam.widgets.plane_edit import PlaneEdit
    from napari_sam.widgets.prompt_state import Position


def state_of(points: Points, shapes: Shapes, edits: tuple[PlaneEdit, ...] = ()) -> PromptState:
    """Read all that two prompt layers hold; edits of the preview are added as they are."""
    placed = zip(points.data, points.features["label"], strict=True)
    drawn = zip(shapes.data, shapes.shape_type, shapes.features["label"], strict=True)
    return PromptState(
        tuple(PromptPoint(_position(at), str(label)) for at, label in placed),
        tuple(
            PromptShape(str(kind), tuple(_position(vertex) for vertex in data), str(label))
            for data, kind, label in drawn
        ),
        edits,
    )


def put_points(
    layer: Points, present: Sequence[PromptPoint], wanted: Sequence[PromptPoint]
) -> None:
    """Let a layer hold the wanted points instead of the present ones."""
    if present == wanted:
        return
    layer.selected_data = set()
    positions = [point.position for point in wanted]
    layer.data = np.array(positions, dtype=float).reshape(-1, layer.ndim)
    _put_labels(layer, [point.label for point in wanted])


def put_shapes(
    layer: Shapes, present: Sequence[PromptShape], wanted: Sequence[PromptShape], width: float
) -> None:
    """Let a layer hold the wanted shapes instead of the present ones.

    Those that both begin with are left alone: to draw a shape anew takes milliseconds.

    Parameters
    ----------
    layer : Shapes
        The layer.
    present, wanted : sequence of PromptShape
        What it holds and shall hold.
    width : float
        Of the lines, in pixels of the layer.
    """
    if present == wanted:
        return
    same = 0
    while same < min(len(present), len(wanted)) and _alike(present[same], wanted[same]):
        same += 1
    layer.selected_data = set(range(same, len(present)))
    layer.remove_selected()
    layer.selected_data = set()
    new = wanted[same:]
    if new:
        layer.add(
            [np.array(shape.vertices) for shape in new],
            shape_type=[shape.kind for shape in new],
            edge_width=width,
        )
        layer.selected_data = set()
    _put_labels(layer, [shape.label for shape in wanted])


def _alike(one: PromptShape, other: PromptShape) -> bool:
    return one.kind == other.kind and one.vertices == other.vertices


def _put_labels(layer: Points | Shapes, labels: list[str]) -> None:
    if labels and list(layer.features["label"]) != labels:
        layer.features = layer.features.assign(label=labels)


def _position(vertex: npt.NDArray[Any]) -> Position:
    return tuple(float(at) for at in vertex)
