"""Prompts, records of objects and references to images as JSON values and back.

Journal and session files hold them alike. Keys that a reader does not know are left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_sam.widgets.classes import ObjectClass
from napari_sam.widgets.grid import Grid
from napari_sam.widgets.journal.reference import Reference
from napari_sam.widgets.journal.runs import mask_from_json, mask_to_json, signed_runs, signs
from napari_sam.widgets.object_record import ObjectRecord
from napari_sam.widgets.plane import Plane
from napari_sam.widgets.plane_edit import PlaneEdit
from napari_sam.widgets.prompt_state import PromptPoint, PromptShape, PromptState
from napari_sam.widgets.prompts import KnownMask, PlanePrompts

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


def edits_to_json(edits: Iterable[PlaneEdit]) -> list[Any]:
    """Write what was painted in the preview."""
    return [
        {
            "plane": _plane_to_json(edit.plane),
            "runs": signed_runs(edit.pixels, edit.added),
        }
        for edit in edits
    ]


def edits_from_json(values: list[Any]) -> tuple[PlaneEdit, ...]:
    """Read what was painted in the preview."""
    return tuple(
        PlaneEdit(_plane_from_json(value["plane"]), *signs(value["runs"])) for value in values
    )


def state_to_json(state: PromptState) -> Json:
    """Write all prompts of an image."""
    return {
        "points": points_to_json(state.points),
        "shapes": shapes_to_json(state.shapes),
        "edits": edits_to_json(state.edits),
    }


def state_from_json(value: Json) -> PromptState:
    """Read all prompts of an image."""
    return PromptState(
        points_from_json(value["points"]),
        shapes_from_json(value["shapes"]),
        edits_from_json(value["edits"]),
    )


def record_to_json(record: ObjectRecord) -> Json:
    """Write the record of an object."""
    rows, columns, index = record.plane
    prompts, known = record.prompts, record.prompts.known
    return {
        "label": int(record.label),
        "plane": [int(rows), int(columns), [int(at) for at in index]],
        "points": [[float(x), float(y), int(label)] for x, y, label in prompts.points],
        "box": None if prompts.box is None else [float(edge) for edge in prompts.box],
        "area": [[float(x), float(y)] for x, y in prompts.area],
        "known": None if known is None else [_plane_to_json(known.plane), mask_to_json(known.mask)],
        "rank": int(record.rank),
        "model": record.model,
        "class_id": int(record.class_id),
    }


def record_from_json(value: Json) -> ObjectRecord:
    """Read the record of an object."""
    rows, columns, index = value["plane"]
    box, known = value["box"], value["known"]
    prompts = PlanePrompts(
        points=tuple((float(x), float(y), int(label)) for x, y, label in value["points"]),
        box=None if box is None else (box[0], box[1], box[2], box[3]),
        area=tuple((x, y) for x, y in value["area"]),
        known=None
        if known is None
        else KnownMask(_plane_from_json(known[0]), mask_from_json(known[1])),
    )
    return ObjectRecord(
        value["label"],
        (rows, columns, tuple(index)),
        prompts,
        value["rank"],
        value["model"],
        value["class_id"],
    )


def classes_to_json(classes: Iterable[ObjectClass]) -> list[Json]:
    """Write the classes of a Labels layer."""
    return [
        {"label": int(each.label), "name": each.name, "colour": each.colour} for each in classes
    ]


def classes_from_json(values: list[Json]) -> tuple[ObjectClass, ...]:
    """Read the classes of a Labels layer."""
    return tuple(ObjectClass(each["label"], each["name"], each["colour"]) for each in values)


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


def _plane_to_json(plane: Plane) -> Json:
    return {
        "level": plane.grid.level,
        "shape": list(plane.grid.shape),
        "factors": list(plane.grid.factors),
        "rows": plane.rows,
        "columns": plane.columns,
        "index": [int(at) for at in plane.index],
    }


def _plane_from_json(value: Json) -> Plane:
    grid = Grid(value["level"], tuple(value["shape"]), tuple(value["factors"]))
    return Plane(grid, value["rows"], value["columns"], tuple(value["index"]))


def _position(values: list[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
