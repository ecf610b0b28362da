"""Sentences that tell the person what has just been done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_sam.widgets.history import Change
    from napari_sam.widgets.objects_layer import Commit

NOTHING_YET = "Nothing to commit yet: click on an object first."
EMPTY = "Nothing committed: the mask is empty. Click on the object, or draw a box."


def committed(commits: Sequence[Commit]) -> str:
    """Say what a commit wrote, and what it left to others or took from them."""
    written = [commit for commit in commits if commit.label]
    refused = sum(commit.refused for commit in commits)
    overwritten = sum(commit.overwritten for commit in commits)
    others = _objects(tuple(sorted({label for commit in commits for label in commit.others})))
    if not written:
        return (
            f"Not committed: all {_pixels(refused)} belong to {others} already."
            if refused
            else EMPTY
        )
    labels = tuple(commit.label for commit in written)
    done = f"{_objects(labels).capitalize()} committed, {_pixels(sum(c.size for c in written))}."
    if overwritten:
        return f"{done} {_pixels(overwritten)} taken from {others}."
    return f"{done} {_pixels(refused)} refused: they belong to {others}." if refused else done


def travelled(change: Change | None, verb: str) -> str:
    """Say what was undone or redone; `verb` is "undo" or "redo"."""
    return (
        f"Nothing to {verb}." if change is None else f"{verb.capitalize()}: {change.description}."
    )


def _pixels(count: int) -> str:
    return f"{count:,} px"


def _objects(labels: tuple[int, ...]) -> str:
    shown = ", ".join(str(label) for label in labels[:3])
    more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    return f"object{'s' if len(labels) > 1 else ''} {shown}{more}"
