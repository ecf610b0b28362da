"""Keys of the session, bound so that nothing of napari's is taken away."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from app_model.types import KeyBinding
from napari.layers import Labels, Layer, Shapes

from napari_sam.widgets.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from napari import Viewer

    from napari_sam.widgets.session import Session

    KeyAction = Callable[[Any], None]

_TRAVELS = {KeyBinding.from_str(key) for key in ("Ctrl+Z", "Ctrl+Shift+Z")}


class CanvasKeys:
    """Binds Enter, Escape, comma, full stop, undo and redo at the viewer.

    A key that the viewer has bound already is left alone. Labels and Shapes layers have
    uses of their own for some of them, which napari asks before the viewer: on the active
    one of these the key goes to the layer while it is drawing, and to the session
    otherwise. Undo and redo are the session's on the layers whose changes it records.

    Parameters
    ----------
    session : Session
        Does what the keys say.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        actions: dict[str, Callable[[], None]] = {
            "Enter": session.maker.commit,
            "Escape": session.maker.discard,
            ",": partial(session.maker.step_candidates, -1),
            ".": partial(session.maker.step_candidates, 1),
            "Ctrl+Z": session.undo,
            "Ctrl+Shift+Z": session.redo,
        }
        self._actions = {KeyBinding.from_str(key): act for key, act in actions.items()}
        self._on_viewer = {key: self._viewer_action(key) for key in self._actions}
        self._on_layer = {key: self._layer_action(key) for key in self._actions}
        self._layer: Layer | None = None  # the one with keys of ours
        _bind(session.viewer, self._on_viewer)
        selection = session.viewer.layers.selection
        self._connections = Connections()
        self._connections.add(self._on_active, selection.events.active)
        self._follow(selection.active)

    def close(self) -> None:
        """Unbind everything."""
        self._connections.close()
        self._follow(None)
        _unbind(self._session.viewer, self._on_viewer)

    def _on_active(self, event: Any) -> None:
        self._follow(event.value)

    def _follow(self, layer: Layer | None) -> None:
        if self._layer is not None:
            _unbind(self._layer, self._on_layer)
        self._layer = layer if isinstance(layer, Labels | Shapes) else None
        if self._layer is not None:
            own = type(self._layer).class_keymap
            _bind(self._layer, {key: act for key, act in self._on_layer.items() if key in own})

    def _is_for(self, layer: Labels | Shapes, key: KeyBinding) -> bool:
        if key in _TRAVELS:
            return not self._session.workspaces.records(layer)
        return has_a_use_for(layer, key)

    # napari wants functions, with a name, that take what they are bound to.

    def _viewer_action(self, key: KeyBinding) -> KeyAction:
        def act(_viewer: Viewer) -> None:
            if self._session.is_open:
                self._actions[key]()

        return act

    def _layer_action(self, key: KeyBinding) -> KeyAction:
        def act(layer: Labels | Shapes) -> None:
            if self._session.is_open and not self._is_for(layer, key):
                self._actions[key]()
            else:
                type(layer).class_keymap[key](layer)

        return act


def _bind(owner: Viewer | Layer, actions: Mapping[KeyBinding, KeyAction]) -> None:
    for key, action in actions.items():
        owner.keymap.setdefault(key, action)


def _unbind(owner: Viewer | Layer, actions: Mapping[KeyBinding, KeyAction]) -> None:
    for key, action in actions.items():
        if owner.keymap.get(key) is action:
            del owner.keymap[key]


def has_a_use_for(layer: Labels | Shapes, key: KeyBinding) -> bool:
    """Say whether a layer needs Enter or Escape now, to end or abort what is being drawn."""
    if isinstance(layer, Shapes):
        return bool(getattr(layer, "_is_creating", False))
    modes = {"polygon"} if str(key) == "Enter" else {"polygon", "paint", "erase"}
    return str(layer.mode) in modes
