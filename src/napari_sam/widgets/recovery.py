"""Brings what an earlier session left back into the viewer. Nothing there is overwritten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels

from napari_sam.widgets.changes import PixelChange, PromptChange, Together
from napari_sam.widgets.classes import bring_classes_back
from napari_sam.widgets.grid import placement
from napari_sam.widgets.object_record import RecordChange
from napari_sam.widgets.prompt_state import PromptState

if TYPE_CHECKING:
    from napari import Viewer

    from napari_sam.widgets.history import Change, History
    from napari_sam.widgets.recoverable import RecoverableLabels
    from napari_sam.widgets.workspace import Workspace

_PART = 2**20  # pixels


def bring_back(
    found: tuple[RecoverableLabels, ...],
    prompts: PromptState,
    workspace: Workspace,
    viewer: Viewer,
    history: History,
) -> list[str]:
    """Give an image the objects and prompts of an earlier session, as one change.

    Parameters
    ----------
    found : tuple of RecoverableLabels
        The objects.
    prompts : PromptState
        The prompts.
    workspace : Workspace
        Of the image.
    viewer : Viewer
        Where the layers go.
    history : History
        Where the change is recorded, so that it can be undone and is in the new journal.

    Returns
    -------
    list of str
        Sentences about what could not be put where it was.
    """
    warnings: list[str] = []
    changes: list[Change] = []
    try:
        for labels in found:
            # Made at once: the next layer has to see what is written already.
            warnings += _bring_labels_back(labels, workspace, viewer, history, changes)
        _make(_prompts(prompts, workspace), history, changes)
    finally:
        if changes:
            history.record(Together("bringing the earlier session back", tuple(changes)))
    return warnings


def _make(wanted: list[Change], history: History, changes: list[Change]) -> None:
    """Make changes, and add them to those that were made."""
    for change in wanted:
        with history.travelling():
            change.redo()
        changes.append(change)


def _bring_labels_back(
    labels: RecoverableLabels,
    workspace: Workspace,
    viewer: Viewer,
    history: History,
    changes: list[Change],
) -> list[str]:
    content = labels.content
    name = content.reference.name
    reason = _open_file(labels, workspace, viewer) if content.base == "file" else ""
    if not reason:
        objects = workspace.objects_to_write()
        reason = _why_not(labels, objects.layer)
    if reason:
        other = Labels(labels.pixels, name=f"{name} (recovered)", **_place(labels, workspace))
        bring_classes_back(other, content.classes)
        viewer.add_layer(other)
        return [f"{reason} What was recovered is in the new layer “{other.name}”."]
    bring_classes_back(objects.layer, content.classes)
    values = labels.after.astype(objects.layer.data.dtype)
    indices = np.unravel_index(labels.indices, objects.layer.data.shape)
    wanted: list[Change] = [PixelChange.of("recovered objects", objects.layer, indices, values)]
    if content.records:
        records = tuple(content.records)
        wanted.append(RecordChange("recovered records", objects.records, (), records))
    _make(wanted, history, changes)
    objects.highest = max(objects.highest, int(values.max(initial=0)))
    return []


def _open_file(labels: RecoverableLabels, workspace: Workspace, viewer: Viewer) -> str:
    """Make the layer of a file the objects of the image; say why that cannot be done."""
    path = labels.content.reference.path or ""
    opened = [layer for layer in viewer.layers if _is_from(layer, path)]
    if not opened and not Path(path).exists():
        return f"The file {path} is not there any more."
    if not opened:
        opened = [
            layer for layer in viewer.open(path, layer_type="labels") if _is_from(layer, path)
        ]
    if opened and opened[0].data.shape == workspace.grid.shape:
        workspace.use_objects(opened[0])
        return ""
    return f"The file {path} holds labels of another shape than the image."


def _is_from(layer: object, path: str) -> bool:
    return isinstance(layer, Labels) and layer.source.path == path


def _why_not(labels: RecoverableLabels, layer: Labels) -> str:
    """Say what would be lost if the pixels were written into a layer; empty if nothing."""
    if layer.data.shape != labels.content.reference.shape:
        return f"“{layer.name}” has another shape than the objects of the earlier session."
    limits, highest = np.iinfo(layer.data.dtype), int(np.max(labels.after, initial=0))
    if highest > limits.max or int(np.min(labels.after, initial=0)) < limits.min:
        return (
            f"“{layer.name}” holds ids up to {limits.max:,}, and the earlier session's go up to "
            f"{highest:,}."
        )
    if labels.content.base == "copy":
        return "" if _is_blank(layer) else f"“{layer.name}” holds other objects by now."
    present = np.asarray(layer.data).reshape(-1)[labels.indices]
    misfits = labels.misfits(present)
    if misfits:
        return (
            f"“{layer.name}” has changed since: {misfits:,} of {len(present):,} pixels have "
            "other values than the earlier session knew."
        )
    return ""


def _is_blank(layer: Labels) -> bool:
    """Say whether a layer holds nothing; ends at the first part that holds something."""
    flat = np.asarray(layer.data).reshape(-1)
    return not any(flat[a : a + _PART].any() for a in range(0, flat.size, _PART))


def _prompts(state: PromptState, workspace: Workspace) -> list[Change]:
    present = workspace.prompts.state()
    if state == PromptState():
        return []
    together = PromptState(
        (*present.points, *state.points),
        (*present.shapes, *state.shapes),
        present.edits or state.edits,
    )
    return [PromptChange("recovered prompts", workspace.prompts, present, together)]


def _place(labels: RecoverableLabels, workspace: Workspace) -> dict[str, object]:
    """Lay the layer over the image, where its shape fits."""
    fits = labels.pixels.shape == workspace.grid.shape
    return placement(workspace.image, workspace.grid) if fits else {}
