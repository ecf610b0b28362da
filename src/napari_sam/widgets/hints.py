"""The line at the bottom of the dock: what can be done now, and with which key."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_sam.widgets.session import Session

_BEGIN = "<b>Click</b> an object · <b>Ctrl+click</b> what is not · <b>Shift+drag</b> a box"
_DRAW = {
    "point": _BEGIN,
    "box": "<b>Drag</b> a box around an object, or <b>click</b> it",
    "lasso": "<b>Drag</b> around an object, or <b>click</b> it",
    "scribble": "<b>Drag</b> a line along an object · <b>Ctrl+drag</b> along what is not",
}
_CORRECT = "<b>Enter</b> commit · <b>Esc</b> discard · <b>Ctrl+click</b> takes away"
_CHOOSE = "<b>,</b> and <b>.</b> for other masks · <b>Enter</b> commit · <b>Esc</b> discard"
_ONLY_BACKGROUND = "Mark the object too: <b>click</b> it, or <b>Shift+drag</b> a box"


def hint(session: Session) -> str:
    """Name the keys that matter now, in rich text."""
    if session.image is None:
        return "Open an image, or try one of the samples."
    active = session.viewer.layers.selection.active
    if active is not None and not session.mouse.has_the_mouse:
        name, mode = escape(active.name), str(active.mode).replace("_", " ")
        return f"Clicks go to “{name}” (mode: {mode}). Choose pan/zoom to click prompts."
    masks = session.maker.current.candidates
    if masks is not None:
        return _CHOOSE if len(masks) > 1 else _CORRECT
    prompts = session.maker.prompts
    return _ONLY_BACKGROUND if prompts and not prompts.says_where else _DRAW[session.mouse.tool]
