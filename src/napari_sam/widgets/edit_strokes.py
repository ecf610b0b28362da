"""Clicks and lines on the canvas that edit committed objects: pick, cut, join."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
from napari.layers import Shapes

from napari_sam.widgets.grid import placement
from napari_sam.widgets.palette import EDIT_LINE

if TYPE_CHECKING:
    from collections.abc import Generator

    import numpy.typing as npt

    from napari_sam.widgets.plane import Plane
    from napari_sam.widgets.session import Session
    from napari_sam.widgets.workspace import Workspace

EditTool = Literal["pick", "cut", "join"]
EDIT_TOOLS: Final[tuple[EditTool, ...]] = get_args(EditTool)
LINE_NAME: Final = "line"
_WIDTH = 2.0  # screen pixels
_STEP = 3.0  # screen pixels between two vertices


def edit_stroke(
    session: Session, tool: EditTool, event: Any, start: npt.NDArray[np.float64]
) -> Generator[None, None, None]:
    """Follow the mouse from a press to its release, and make the edit.

    Parameters
    ----------
    session : Session
        Whose objects.
    tool : {"pick", "cut", "join"}
        A press picks an object whatever the mouse does then; the others draw a line.
    event : Event
        napari's, which changes while the mouse moves.
    start : ndarray
        (ndim,) grid position of the press.
    """
    event.handled = True
    if tool == "pick":
        session.editor.pick(start)
        return
    workspace, plane = session.workspace, session.plane
    if workspace is None or plane is None:
        return
    layers = session.viewer.layers
    path, drawn_at = [start], np.asarray(event.pos, dtype=float)
    line: Shapes | None = None
    yield
    try:
        while event.type == "mouse_move":
            event.handled = True
            at = session.maker.position_on_image(event.position, nearest=True)
            moved = np.abs(np.asarray(event.pos, dtype=float) - drawn_at).max()
            if at is not None and moved >= _STEP:
                path.append(at)
                drawn_at = np.asarray(event.pos, dtype=float)
                if line is None:
                    line = _make_line(workspace, plane)
                    workspace.insert(line)
                line.data = [np.stack(path)]
            yield
    finally:
        if line is not None and line in layers:
            layers.remove(line)
    vertices = np.stack(path)[:, [plane.rows, plane.columns]]
    edit = session.editor.cut if tool == "cut" else session.editor.join
    edit(vertices)


def _make_line(workspace: Workspace, plane: Plane) -> Shapes:
    """Make a layer for the line; it is in the list while the button is held."""
    return Shapes(
        [np.zeros((2, workspace.grid.ndim))],
        shape_type="path",
        name=LINE_NAME,
        opacity=1.0,
        edge_color=EDIT_LINE,
        face_color="transparent",
        edge_width=_WIDTH / max(workspace.zoom(plane), 1e-9),
        **placement(workspace.image, workspace.grid),
    )
