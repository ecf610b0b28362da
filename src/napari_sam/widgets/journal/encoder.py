"""From what a history reports to records: each as small as the change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_sam.widgets.journal.deltas import PixelDelta, PromptDelta, RecordDelta
from napari_sam.widgets.journal.payload import pack
from napari_sam.widgets.journal.stack import Stack
from napari_sam.widgets.prompt_state import PromptState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_sam.widgets.history import Direction
    from napari_sam.widgets.journal.deltas import Delta
    from napari_sam.widgets.journal.payload import IntegerArray


@dataclass(frozen=True, slots=True)
class _Kept:
    """A change on the stack, without its pixels."""

    change: object
    has_pixels: bool
    prompts: tuple[PromptDelta, ...]


class Encoder:
    """Follows a history from some moment on.

    An undo or redo of a change that was recorded is a record of a few bytes; of one from
    before that moment, the change itself is written.
    """

    def __init__(self) -> None:
        self._stack: Stack[_Kept] = Stack()
        self._known: dict[int, PromptState] = {}
        self._has_older_pixels = False

    @property
    def has_pixels(self) -> bool:
        """Whether pixels were changed and that was not undone."""
        return self._has_older_pixels or any(kept.has_pixels for kept in self._stack.done)

    @property
    def has_prompts(self) -> bool:
        """Whether any image has prompts."""
        return any(state != PromptState() for state in self._known.values())

    def encode(self, direction: Direction, change: object, deltas: Sequence[Delta]) -> bytes:
        """Write down one report of the history.

        Parameters
        ----------
        direction : {"do", "undo", "redo"}
            What happened to the change.
        change : object
            The change, to be known again by identity.
        deltas : sequence of Delta
            What it does when done; empty for a kind of change that is not known here.
        """
        if direction == "do":
            self._stack.do(_kept(change, deltas))
            return self._written("do", deltas)
        side = self._stack.done if direction == "undo" else self._stack.undone
        if side and side[-1].change is change:
            kept = side[-1]
            self._stack.undo() if direction == "undo" else self._stack.redo()
            self._learn(
                [delta.reversed() for delta in reversed(kept.prompts)]
                if direction == "undo"
                else kept.prompts
            )
            return pack({"kind": direction})
        if direction == "undo":
            deltas = [delta.reversed() for delta in reversed(deltas)]
        self._has_older_pixels |= any(isinstance(delta, PixelDelta) for delta in deltas)
        return self._written("apply", deltas)

    def _written(self, kind: str, deltas: Sequence[Delta]) -> bytes:
        notes: list[dict[str, Any]] = []
        arrays: list[IntegerArray] = []
        for delta in deltas:
            if isinstance(delta, PromptDelta):
                known = self._known.get(delta.image, PromptState())
                note, own = delta.packed(known)
                self._learn([delta])
            else:
                note, own = delta.packed()
            notes.append({**note, "first": len(arrays), "count": len(own)})
            arrays.extend(own)
        return pack({"kind": kind, "parts": notes}, arrays)

    def _learn(self, deltas: Sequence[PromptDelta]) -> None:
        for delta in deltas:
            self._known[delta.image] = delta.after


def _kept(change: object, deltas: Sequence[Delta]) -> _Kept:
    has_pixels = any(isinstance(delta, PixelDelta | RecordDelta) for delta in deltas)
    return _Kept(change, has_pixels, tuple(d for d in deltas if isinstance(d, PromptDelta)))
