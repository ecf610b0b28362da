"""The outline of what a click would give, where the mouse rests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from qtpy.QtCore import QObject, QTimer

from napari_sam.widgets.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy.typing as npt
    from napari import Viewer

    from napari_sam.widgets.events import Candidates
    from napari_sam.widgets.session import Session

REST: Final = 80
"""Milliseconds that the mouse has to rest."""

_TOLERANCE: Final = 2.0
"""Screen pixels that it may move within a rest."""


class HoverPreview(QObject):
    """Asks for the mask of a point under the resting mouse, and shows its outline.

    It is no prompt: it is never committed, never in the history, and gone as soon as the
    mouse moves on, is pressed or leaves the canvas. A click takes its answer over.

    Parameters
    ----------
    session : Session
        Whose canvas and work it is.

    Attributes
    ----------
    is_on : bool
        Whether it is wanted.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._is_on = True
        self._rested_at: npt.NDArray[np.float64] | None = None  # (2,) on the canvas
        self._position: npt.NDArray[np.float64] | None = None  # (ndim,) in the grid
        self._last: tuple[Any, Any] | None = None  # places on canvas and in the world
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_rest)
        viewer = session.viewer
        viewer.mouse_move_callbacks.append(self._on_move)
        viewer.mouse_drag_callbacks.append(self._on_press)
        self._connections = Connections()
        self._connections.add(self._on_leave, viewer.events.mouse_over_canvas)
        session.pursuit.hovered.connect(self._show)

    @property
    def is_on(self) -> bool:
        """Whether it is wanted."""
        return self._is_on

    @is_on.setter
    def is_on(self, is_on: bool) -> None:
        self._is_on = is_on
        if not is_on:
            self.leave()

    def close(self) -> None:
        """Leave the canvas alone."""
        self.leave()
        self._connections.close()
        viewer = self._session.viewer
        viewer.mouse_move_callbacks.remove(self._on_move)
        viewer.mouse_drag_callbacks.remove(self._on_press)

    def leave(self) -> None:
        """Take the outline away."""
        self._timer.stop()
        self._rested_at = self._position = None
        self._session.pursuit.hover(None)

    def snapped(
        self, pos: npt.ArrayLike, position: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return where a click counts: where the mouse has rested, if it has hardly moved.

        Parameters
        ----------
        pos : array_like
            (2,) of the click on the canvas.
        position : ndarray
            (ndim,) of the click in the grid.
        """
        return self._position if self._position is not None and self._is_near(pos) else position

    def _is_near(self, pos: npt.ArrayLike) -> bool:
        rested = self._rested_at
        return rested is not None and bool(np.abs(np.asarray(pos) - rested).max() <= _TOLERANCE)

    def _on_move(self, _viewer: Viewer, event: Any) -> None:
        if self._is_near(event.pos):
            return
        self.leave()
        if self._is_on and self._session.mouse.has_the_mouse:
            self._last = (np.asarray(event.pos, dtype=float), tuple(event.position))
            self._timer.start(REST)

    def _on_press(self, _viewer: Viewer, event: Any) -> Generator[None, None, None]:
        """Keep what a click may take over; a drag, of which napari tells here only, ends it."""
        self._timer.stop()
        yield
        while event.type == "mouse_move":
            if not self._is_near(event.pos):
                self.leave()
            yield

    def _on_leave(self, _event: Any) -> None:
        if not self._session.viewer.mouse_over_canvas:
            self.leave()

    def _on_rest(self) -> None:
        session, last = self._session, self._last
        if last is None or not self._is_on or not self._is_idle():
            return
        position = session.maker.position_on_image(last[1])
        if position is None or session.workspace is None or session.plane is None:
            return
        self._rested_at, self._position = last[0], position
        label = session.mouse.click_label
        prompts = session.workspace.prompts.read_with(session.plane, position, label)
        if prompts.says_where:
            session.pursuit.hover(prompts)

    def _is_idle(self) -> bool:
        session = self._session
        return (
            session.mouse.has_the_mouse
            and session.pursuit.status.kind == "ready"
            and not session.maker.prompts
            and session.maker.current.candidates is None
        )

    def _show(self, candidates: Candidates | None) -> None:
        workspace = self._session.workspace
        if workspace is not None and workspace.preview is not None:
            workspace.preview.hover(
                None if candidates is None else candidates.pictures[candidates.best]
            )
