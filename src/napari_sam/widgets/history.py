"""One stack of everything that can be undone: prompts, edits and commits alike."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol

from qtpy.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

Direction = Literal["do", "undo", "redo"]


class Change(Protocol):
    """Something that was done and can be taken back and done again."""

    @property
    def description(self) -> str:
        """What it was, for a person: "commit of object 3"."""

    def undo(self) -> None:
        """Take it back."""

    def redo(self) -> None:
        """Do it (again)."""


class History(QObject):
    """The changes of one session, in their order.

    Parameters
    ----------
    parent : QObject, optional
        Owner in Qt.
    """

    changed = Signal()
    """What can be undone or redone has changed."""
    happened = Signal(str, object)
    """(Direction, Change), after a change was done, undone or redone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self.is_travelling = False

    @property
    def next_undo(self) -> Change | None:
        """What `undo` would take back."""
        return self._done[-1] if self._done else None

    @property
    def next_redo(self) -> Change | None:
        """What `redo` would do again."""
        return self._undone[-1] if self._undone else None

    def record(self, change: Change) -> None:
        """Remember a change that has just been made. What was undone before it is gone."""
        if self.is_travelling:
            raise RuntimeError("a change was recorded in the middle of an undo or a redo")
        self._done.append(change)
        self._undone.clear()
        self._tell("do", change)

    def do(self, change: Change) -> None:
        """Make a change and remember it."""
        with self.travelling():
            change.redo()
        self.record(change)

    def undo(self) -> Change | None:
        """Take the newest change back, and return it."""
        if not self._done:
            return None
        change = self._done[-1]
        with self.travelling():
            change.undo()
        self._undone.append(self._done.pop())  # only now: a change that failed is not lost
        self._tell("undo", change)
        return change

    def redo(self) -> Change | None:
        """Do the change again that was undone last, and return it."""
        if not self._undone:
            return None
        change = self._undone[-1]
        with self.travelling():
            change.redo()
        self._done.append(self._undone.pop())
        self._tell("redo", change)
        return change

    @contextmanager
    def travelling(self) -> Iterator[None]:
        """Change layers without that counting as a new change: observers look at the flag."""
        before, self.is_travelling = self.is_travelling, True
        try:
            yield
        finally:
            self.is_travelling = before

    def _tell(self, direction: Direction, change: Change) -> None:
        self.happened.emit(direction, change)
        self.changed.emit()
