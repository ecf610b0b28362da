"""The history's stack as writer and reader of a journal keep it, in step with each other."""

from __future__ import annotations

from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Stack(Generic[Kept]):
    """What was done and what was undone, the newest last."""

    def __init__(self) -> None:
        self.done: list[Kept] = []
        self.undone: list[Kept] = []

    def do(self, item: Kept) -> None:
        """Put an item on top; what was undone is gone."""
        self.done.append(item)
        self.undone.clear()

    def undo(self) -> Kept | None:
        """Move the newest done item to the undone; None if there is none."""
        if not self.done:
            return None
        self.undone.append(self.done.pop())
        return self.undone[-1]

    def redo(self) -> Kept | None:
        """Move the item back that was undone last; None if there is none."""
        if not self.undone:
            return None
        self.done.append(self.undone.pop())
        return self.done[-1]
