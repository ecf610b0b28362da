"""Prompts, records of objects and references to images as JSON values and back.

Journal and session files hold them alike. Keys that a reader does not know are left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_sam.widgets.journal.reference import Reference
from napari_sam.widgets.object_record import ObjectRecord
from napari_sam.widgets.prompt_state import PromptPoint, PromptShape, PromptState
from napari_sam.widgets.prompts import PlanePrompts

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]


def points_to_json(points: Iterable[PromptPoint]) -> list[Any]:
    """Write points."""
    return [[list(point.position), point.label] for point in points]


def points_from_json(values: list[Any]) -> tuple[PromptPoint, ...]:
    """Read points."""
    return tuple(PromptPoint(_position(position), label) for position, label in values)


def shapes_to_json(shapes: Iterable[PromptShape]) -> list[Any]:
    """Write shapes."""
    return [[s.kind, [list(vertex) for vertex in s.vertices], s.label] for s in shapes]


def shapes_from_json(values: list[Any]) -> tuple[PromptShape, ...]:
    """Read shapes."""
    return tuple(
        PromptShape(kind, tuple(_position(vertex) for vertex in vertices), label)
        for kind, vertices, label in values
    )


def state_to_json(state: PromptState) -> Json:
    """Write all prompts of an image."""
    return {"points": points_to_json(state.points), "shapes": shapes_to_json(state.shapes)}


def state_from_json(value: Json) -> PromptState:
    """Read all prompts of an image."""
    return PromptState(points_from_json(value["points"]), shapes_from_json(value["shapes"]))


def record_to_json(record: ObjectRecord) -> Json:
    """Write the record of an object."""
    rows, columns, index = record.plane
    prompts = record.prompts
    return {
        "label": int(record.label),
        "plane": [int(rows), int(columns), [int(at) for at in index]],
        "points": [[float(x), float(y), int(label)] for x, y, label in prompts.points],
        "box": None if prompts.box is None else [float(edge) for edge in prompts.box],
        "rank": int(record.rank),
        "model": record.model,
        "class_id": int(record.class_id),
    }


def record_from_json(value: Json) -> ObjectRecord:
    """Read the record of an object."""
    rows, columns, index = value["plane"]
    box = value["box"]
    prompts = PlanePrompts(
        points=tuple((float(x), float(y), int(label)) for x, y, label in value["points"]),
        box=None if box is None else (box[0], box[1], box[2], box[3]),
    )
    return ObjectRecord(
        value["label"],
        (rows, columns, tuple(index)),
        prompts,
        value["rank"],
        value["model"],
        value["class_id"],
    )


def reference_to_json(reference: Reference) -> Json:
    """Write a reference to the pixels of a layer."""
    return {
        "name": reference.name,
        "path": reference.path,
        "shape": list(reference.shape),
        "dtype": reference.dtype,
        "scale": list(reference.scale),
        "axes": list(reference.axes),
        "rgb": reference.rgb,
        "fingerprint": reference.fingerprint,
    }


def reference_from_json(value: Json) -> Reference:
    """Read a reference to the pixels of a layer."""
    return Reference(
        name=value["name"],
        path=value["path"],
        shape=tuple(value["shape"]),
        dtype=value["dtype"],
        scale=tuple(value["scale"]),
        axes=tuple(value["axes"]),
        rgb=value["rgb"],
        fingerprint=value["fingerprint"],
    )


def _position(values: list[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
