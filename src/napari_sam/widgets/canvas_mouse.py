"""Clicks and drags on the canvas that are prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.palette import BACKGROUND, FOREGROUND

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy.typing as npt
    from napari import Viewer

    from napari_sam.widgets.session import Session

_CLICK_TOLERANCE = 4.0  # screen pixels that the mouse may move within a click
_LEFT = 1


class CanvasMouse:
    """A click is a point, Ctrl+click one of the other kind, Shift-drag a box.

    Nothing of napari's is taken away: dragging still pans, Alt-drag and double-click still
    zoom, and while the active layer is in any mode but pan/zoom the mouse is that layer's.

    Parameters
    ----------
    session : Session
        Gets the prompts.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.click_label = FOREGROUND
        viewer = session.viewer
        viewer.mouse_drag_callbacks.append(self._on_press)
        viewer.mouse_double_click_callbacks.append(self._on_double_click)

    def close(self) -> None:
        """Leave the canvas to napari."""
        viewer = self._session.viewer
        for callbacks, own in (
            (viewer.mouse_drag_callbacks, self._on_press),
            (viewer.mouse_double_click_callbacks, self._on_double_click),
        ):
            if own in callbacks:
                callbacks.remove(own)

    @property
    def has_the_mouse(self) -> bool:
        """Whether a click now would be a prompt."""
        active = self._session.viewer.layers.selection.active
        return self._session.is_open and (active is None or str(active.mode) == "pan_zoom")

    def _on_press(self, _viewer: Viewer, event: Any) -> Generator[None, None, None]:
        keys = {key.name for key in event.modifiers}
        start = self._session.maker.position_on_image(event.position)
        if event.button != _LEFT or not self.has_the_mouse or start is None:
            return
        if keys == {"Shift"}:
            yield from self._drag_box(event, start)
        elif keys <= {"Control"}:
            pressed_at = np.asarray(event.pos, dtype=float)
            yield
            while event.type == "mouse_move":
                yield
            if np.abs(np.asarray(event.pos, dtype=float) - pressed_at).max() <= _CLICK_TOLERANCE:
                self._session.maker.add_point(start, self._label(keys))

    def _drag_box(self, event: Any, start: npt.NDArray[np.float64]) -> Generator[None, None, None]:
        event.handled = True
        yield
        while event.type == "mouse_move":
            event.handled = True
            end = self._session.maker.position_on_image(event.position, nearest=True)
            if end is not None:
                self._session.maker.set_box(start, end)
            yield

    def _on_double_click(self, _viewer: Viewer, event: Any) -> None:
        """Two fast clicks are two points: the second press comes as a double click."""
        keys = {key.name for key in event.modifiers}
        position = self._session.maker.position_on_image(event.position)
        if (
            event.button == _LEFT
            and self.has_the_mouse
            and keys <= {"Control"}
            and position is not None
        ):
            self._session.maker.add_point(position, self._label(keys))

    def _label(self, keys: set[str]) -> str:
        other = BACKGROUND if self.click_label == FOREGROUND else FOREGROUND
        return other if "Control" in keys else self.click_label
