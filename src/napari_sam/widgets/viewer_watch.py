"""What happens in the viewer and its window that a session has to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Image
from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QWidget

from napari_sam.widgets.compat import camera_of
from napari_sam.widgets.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Layer

    from napari_sam.widgets.session import Session

_ZOOM_DELAY = 60  # milliseconds: symbols get their size when zooming has come to rest


class ViewerWatch(QObject):
    """Tells a session about layers, sliders and the closing of the window.

    Changes of the layer list are told once they are complete: napari's list is not touched
    while it is being changed.

    Parameters
    ----------
    session : Session
        Who is told.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._is_closed = False
        viewer = session.viewer
        self._connections, self._names = Connections(), Connections()
        layers, dims = viewer.layers.events, viewer.dims.events
        self._connections.add(self._on_layers, layers.inserted, layers.removed, layers.reordered)
        self._connections.add(self._on_dims, dims.current_step, dims.order, dims.ndisplay)
        self._later = self._timer(self._tell_layers)
        self._zoom = self._timer(session.on_zoom)
        self._closing = self._timer(self._go_on_if_open)
        self._connections.add(self._on_zoom, camera_of(viewer).events.zoom)
        self._modes = Connections()
        selection = viewer.layers.selection
        self._connections.add(self._on_active, selection.events.active)
        self._watch_mode(selection.active)
        self._watch_names()
        window = viewer.window._qt_window
        window.installEventFilter(self)
        window.destroyed.connect(session.let_go)

    def close(self) -> None:
        """Tell nothing any more, nor what was to be told soon."""
        self._is_closed = True
        for connections in (self._connections, self._names, self._modes):
            connections.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """End the background's thread when the window closes, and let Qt go on.

        Closing may be refused by the person after this: the window is then still there,
        and the work goes on.
        """
        if event.type() == QEvent.Type.Close:
            self._session.pursuit.stop()
            self._closing.start(0)
        return False

    def _timer(self, then: Callable[[], None]) -> QTimer:
        timer = QTimer(self)  # as a child, it ends with the watch
        timer.setSingleShot(True)
        timer.timeout.connect(then)
        return timer

    def _go_on_if_open(self) -> None:
        window = self._session.parent()
        if isinstance(window, QWidget) and window.isVisible():
            self._session.pursuit.look()

    def _on_layers(self, _event: object) -> None:
        self._later.start(0)

    def _tell_layers(self) -> None:
        if self._is_closed:
            return
        self._watch_names()
        self._session.on_layers()

    def _watch_names(self) -> None:
        self._names.close()
        for layer in self._session.viewer.layers:
            if isinstance(layer, Image):
                self._names.add(self._on_name, layer.events.name)

    def _on_active(self, event: Any) -> None:
        self._watch_mode(event.value)
        self._session.maker.changed.emit()

    def _watch_mode(self, layer: Layer | None) -> None:
        self._modes.close()
        if layer is not None:
            self._modes.add(self._on_mode, layer.events.mode)

    def _on_mode(self, _event: object) -> None:
        self._session.maker.changed.emit()

    def _on_name(self, _event: object) -> None:
        self._session.images_changed.emit()

    def _on_zoom(self, _event: object) -> None:
        self._zoom.start(_ZOOM_DELAY)

    def _on_dims(self, _event: object) -> None:
        self._session.on_dims()
