"""Connections to napari's events that are all undone together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Connections:
    """Remembers what was connected to what.

    napari holds bound methods weakly: whoever connects one has to live as long.
    """

    def __init__(self) -> None:
        self._made: list[tuple[Any, Callable[..., Any]]] = []

    def add(self, callback: Callable[..., Any], *emitters: Any) -> None:
        """Call back whenever one of the emitters fires."""
        for emitter in emitters:
            emitter.connect(callback)
            self._made.append((emitter, callback))

    def close(self) -> None:
        """Disconnect everything."""
        for emitter, callback in self._made:
            emitter.disconnect(callback)
        self._made.clear()
