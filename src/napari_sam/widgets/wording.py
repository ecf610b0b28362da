"""Sentences that tell the person what has just been done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_sam.widgets.objects_layer import Commit

NOTHING_YET = "Nothing to commit yet: click on an object first."
EMPTY = "Nothing committed: the mask is empty. Click on the object, or draw a box."


def committed(commit: Commit) -> str:
    """Say what a commit wrote, and what it left to others."""
    others = _objects(commit.refused_for)
    if not commit.label and not commit.refused:
        return EMPTY
    if not commit.label:
        return f"Not committed: all {_pixels(commit.refused)} belong to {others} already."
    done = f"Object {commit.label} committed, {_pixels(commit.size)}."
    if commit.refused:
        return f"{done} {_pixels(commit.refused)} refused: they belong to {others}."
    return done


def taken_back(commit: Commit | None) -> str:
    """Say what an undo took back."""
    if commit is None:
        return "Nothing to undo."
    return f"Object {commit.label} taken back."


def _pixels(count: int) -> str:
    return f"{count:,} px"


def _objects(labels: tuple[int, ...]) -> str:
    shown = ", ".join(str(label) for label in labels[:3])
    more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    return f"object{'s' if len(labels) > 1 else ''} {shown}{more}"
