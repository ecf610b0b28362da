"""The first thing a person sees: a picture, the dock, and an object already segmented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject

from napari_sam.sample_data import coins
from napari_sam.widgets.segment_widget import SegmentWidget

if TYPE_CHECKING:
    from napari import Viewer

    from napari_sam.widgets.session import Session
    from napari_sam.widgets.status import Status

_FIRST_CLICK = (57.0, 100.0)  # y, x: the middle of a coin


def open_demo(block: bool = True) -> Viewer:
    """Open napari with a picture, the dock beside it and a first object segmented.

    Parameters
    ----------
    block : bool
        Whether to return only when the window has been closed.

    Returns
    -------
    Viewer
        The viewer.
    """
    import napari

    viewer = napari.Viewer(title="Segment Anything")
    for data, settings, _kind in coins():
        viewer.add_image(data, **settings)
    widget = SegmentWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Segment Anything", area="right")
    FirstClick(widget.session)
    if block:
        napari.run()
    return viewer


class FirstClick(QObject):
    """Clicks once for the person, as soon as the image is ready.

    Parameters
    ----------
    session : Session
        Where.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        session.pursuit.status_changed.connect(self._on_status)

    def _on_status(self, status: Status) -> None:
        if status.kind == "ready":
            self._session.pursuit.status_changed.disconnect(self._on_status)
            if not self._session.maker.prompts:
                self._session.maker.add_point(_FIRST_CLICK)
