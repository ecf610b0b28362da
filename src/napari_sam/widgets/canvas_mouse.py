"""Clicks and drags on the canvas that are prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from napari_sam.widgets.palette import BACKGROUND, FOREGROUND

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy.typing as npt
    from napari import Viewer

    from napari_sam.widgets.session import Session

Tool = Literal["point", "box", "lasso", "scribble"]
TOOLS: Final[tuple[Tool, ...]] = get_args(Tool)

_CLICK_TOLERANCE = 4.0  # screen pixels that the mouse may move within a click
_STEP = 3.0  # screen pixels between two vertices of what is drawn
_CORNERS = 3  # of the smallest polygon
_LEFT = 1


class CanvasMouse:
    """A click is a point, Ctrl+click one of the other kind, Shift-drag a box.

    With a tool other than "point", a plain drag draws a box, a lasso or a scribble. Apart
    from that nothing of napari's is taken away: dragging pans, Alt-drag and double-click
    zoom, and while the active layer is in any mode but pan/zoom the mouse is that layer's.

    Parameters
    ----------
    session : Session
        Gets the prompts.

    Attributes
    ----------
    tool : {"point", "box", "lasso", "scribble"}
        What a drag with the left button draws.
    click_label : str
        What a plain click means, foreground or background.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.tool: Tool = "point"
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
            event.handled = self.tool != "point"  # napari would pan
            yield
            while event.type == "mouse_move":
                if self.tool != "point" and _distance(event, pressed_at) > _CLICK_TOLERANCE:
                    yield from self._drag_tool(event, start, self._label(keys))
                    return
                yield
            if _distance(event, pressed_at) <= _CLICK_TOLERANCE:
                at = self._session.hover.snapped(pressed_at, start)
                self._session.maker.add_point(at, self._label(keys))

    def _drag_tool(
        self, event: Any, start: npt.NDArray[np.float64], label: str
    ) -> Generator[None, None, None]:
        if self.tool == "box":
            yield from self._drag_box(event, start, is_begun=True)
        else:
            kind = "polygon" if self.tool == "lasso" else "path"
            yield from self._draw(event, start, kind, label)

    def _drag_box(
        self, event: Any, start: npt.NDArray[np.float64], *, is_begun: bool = False
    ) -> Generator[None, None, None]:
        workspace = self._session.workspace
        if workspace is None:
            return
        event.handled = True
        with workspace.recorder.one_change():
            if not is_begun:
                yield
            while event.type == "mouse_move":
                event.handled = True
                end = self._session.maker.position_on_image(event.position, nearest=True)
                if end is not None:
                    self._session.maker.set_box(start, end)
                yield

    def _draw(
        self, event: Any, start: npt.NDArray[np.float64], kind: str, label: str
    ) -> Generator[None, None, None]:
        """Draw a line along the mouse's way; a polygon is closed when the button is let go."""
        workspace, plane = self._session.workspace, self._session.plane
        if workspace is None or plane is None:
            return
        workspace.show(plane)
        prompts, path = workspace.prompts, [start]
        drawn_at: npt.NDArray[np.float64] | None = None
        before = prompts.state()
        with workspace.recorder.one_change():
            while event.type == "mouse_move":
                event.handled = True
                at = self._session.maker.position_on_image(event.position, nearest=True)
                if at is not None and (drawn_at is None or _distance(event, drawn_at) >= _STEP):
                    path.append(at)
                    prompts.draw(plane, path, "path", label, is_first=drawn_at is None)
                    drawn_at = np.asarray(event.pos, dtype=float)
                yield
            if kind == "polygon" and len(path) < _CORNERS:  # encloses nothing
                prompts.restore(before)
            else:
                prompts.draw(plane, path, kind, label, is_first=False, is_done=True)

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


def _distance(event: Any, place: npt.NDArray[np.float64]) -> float:
    """Return how far the mouse is from a place on the canvas, in screen pixels."""
    return float(np.abs(np.asarray(event.pos, dtype=float) - place).max())
