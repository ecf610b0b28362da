"""Keeping the measurements of a Labels layer up to date."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from napari_sam.inference.progress import Progress
from napari_sam.widgets.changed_objects import ChangedObjects
from napari_sam.widgets.changes import PixelChange, Together
from napari_sam.widgets.connections import Connections
from napari_sam.widgets.labelled_layer import labelled_image
from napari_sam.widgets.side_job import SideJob

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from napari.layers import Image, Labels

    from napari_sam.inference.measurements import Measurement, Measurer
    from napari_sam.inference.run_sums import Box
    from napari_sam.widgets.side_job import IsCancelled

_DELAY = 150  # milliseconds without a change before it is measured
_AT_ONCE = 1 << 18  # pixels that are measured within a few milliseconds


class ObjectsMeasuring(QObject):
    """Measures the objects of a Labels layer, and the changed ones again after changes.

    Changes are known from the layer's events, and from a session's history by `on_history`.
    Few pixels are measured at once, many in a thread.

    Parameters
    ----------
    parent : QObject, optional
        Owner in Qt.
    """

    progressed = Signal(object)
    """Progress of a measuring that takes long."""
    measured = Signal(object, object)
    """(ids or None, rows): these objects, or all, are now so. Ids without a row are gone."""
    failed = Signal(object)
    """The exception that ended a measuring."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: Labels | None = None
        self._image: Image | None = None
        self._classes: Mapping[int, str] = {}
        self._boxes: dict[int, Box] = {}
        self._changed = ChangedObjects()
        self._under_way: list[int] | None = None
        self._connections = Connections()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY)
        self._timer.timeout.connect(self._measure)
        self._job = SideJob(self)
        self._job.progressed.connect(self.progressed)
        self._job.finished.connect(self._on_finished)
        self._job.failed.connect(self._on_failed)

    @property
    def is_up_to_date(self) -> bool:
        """Whether nothing is left to be measured."""
        return not self._changed and not self._job.is_running

    def set_layers(self, labels: Labels | None, image: Image | None) -> None:
        """Measure other layers."""
        self.close()
        self._labels, self._image, self._boxes = labels, image, {}
        if labels is None:
            self.measured.emit(None, [])
            return
        events = labels.events
        self._connections.add(self._on_paint, events.paint)
        self._connections.add(
            self._on_everything, events.data, events.scale, events.affine, events.units
        )
        if image is not None:
            self._connections.add(self._on_everything, image.events.data)
        self._changed.note_everything()
        self._measure()

    def set_classes(self, classes: Mapping[int, str]) -> None:
        """Name the class of each id."""
        self._classes = dict(classes)
        self._on_everything()

    def on_history(self, _direction: str, change: object) -> None:
        """Take notice of a change that a session's history tells of."""
        if isinstance(change, Together):
            for each in change.changes:
                self.on_history(_direction, each)
        elif isinstance(change, PixelChange) and change.layer is self._labels:
            self._changed.note_indices(change.indices, change.before, change.after)
            self._timer.start()

    def close(self) -> None:
        """Let go of the layers."""
        self._connections.close()
        self._timer.stop()
        self._job.stop()
        self._changed = ChangedObjects()
        self._labels = self._image = None

    def _on_paint(self, event: Any) -> None:
        self._changed.note_paint(event.value)
        self._timer.start()

    def _on_everything(self, _event: object = None) -> None:
        if self._labels is not None:
            self._changed.note_everything()
            self._timer.start()

    def _measure(self) -> None:
        if self._labels is None or not self._changed:
            return
        if self._job.is_running:  # its end comes back here
            return
        measurer = labelled_image(self._labels, self._image, self._classes).measurer
        everything = self._changed.everything
        boxes = self._changed.take(self._boxes)
        pixels = sum(_size(box) for box in boxes.values())
        if everything or pixels > np.prod(measurer.labels.shape):
            self._under_way = None
            self._job.start(lambda _is_cancelled: measurer.measuring())
        elif pixels > _AT_ONCE or not _in_memory(measurer):
            self._under_way = list(boxes)
            self._job.start(partial(_some, measurer, boxes))
        else:
            self._tell(list(boxes), measurer.some(boxes))

    def _on_finished(self, rows: list[Measurement]) -> None:
        self._tell(self._under_way, rows)
        self._measure()

    def _on_failed(self, error: Exception) -> None:
        self.failed.emit(error)

    def _tell(self, labels: list[int] | None, rows: list[Measurement]) -> None:
        if labels is None:
            self._boxes = {}
        for label in labels or ():
            self._boxes.pop(label, None)
        self._boxes.update({row.id: row.box for row in rows})
        self.measured.emit(labels, rows)


def _some(
    measurer: Measurer, boxes: Mapping[int, Box], _is_cancelled: IsCancelled
) -> Generator[Progress, None, list[Measurement]]:
    rows: list[Measurement] = []
    for number, (label, box) in enumerate(boxes.items(), start=1):
        rows += measurer.some({label: box})
        yield Progress(number, len(boxes))
    return rows


def _size(box: Box) -> int:
    return int(np.prod([part.stop - part.start for part in box]))


def _in_memory(measurer: Measurer) -> bool:
    return all(
        each is None or isinstance(each, np.ndarray) for each in (measurer.labels, measurer.image)
    )
