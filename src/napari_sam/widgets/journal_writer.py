"""Keeps the journal of a session: what the history reports is on disk a moment later."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_sam.weights.catalogue import DEFAULT_MODEL
from napari_sam.widgets.changes import Together
from napari_sam.widgets.classes import classes_of
from napari_sam.widgets.grid import level_data, working_grid
from napari_sam.widgets.journal.folder import sessions_folder
from napari_sam.widgets.journal.recorder import Introduction, Recorder, Report, Subject
from napari_sam.widgets.journal.reference import Reference
from napari_sam.widgets.journal.thread import TaskThread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from napari.layers import Image, Layer

    from napari_sam.widgets.classes import ObjectClass
    from napari_sam.widgets.history import Change, Direction, History


PATH_KEY = "napari-sam-medical file"
"""Metadata of a layer that came out of a session file: the file of its own, None for none."""


class JournalWriter(QObject):
    """Writes down every change of a history, off the GUI thread.

    Images and Labels layers are introduced with the first change that is about them, so
    that layers may come to exist at any time. Without a change, nothing is written.

    Parameters
    ----------
    history : History
        Whose changes.
    image_of : callable
        From the Labels layer or the prompts' owner of a change to the Image layer that they
        belong to; None for what shall not be written down, as the preview.
    parent : QObject, optional
        Owner in Qt.
    folder : Path, optional
        Folder of all sessions; by default in the user's data.
    is_on : bool
        Whether anything is written.

    Attributes
    ----------
    folder : Path
        Folder of all sessions.
    model : str
        Name of the model in use, for the record.
    """

    failed = Signal(str)
    """A sentence, once: from here on nothing is written any more."""

    def __init__(
        self,
        history: History,
        image_of: Callable[[object], Image | None],
        parent: QObject | None = None,
        *,
        folder: Path | None = None,
        is_on: bool = True,
    ) -> None:
        super().__init__(parent)
        self.folder = sessions_folder(folder)
        self.model = DEFAULT_MODEL
        self._image_of = image_of
        self._subjects: WeakKeyDictionary[Layer, Subject] = WeakKeyDictionary()
        self._classes: dict[int, tuple[ObjectClass, ...]] = {}  # as told last, by subject
        self._next_number = count()
        self._has_failed = False
        self._recorder = Recorder(self.folder)
        self._thread = TaskThread(
            self._on_error,
            self._recorder.idle,
            lambda in_order: self._recorder.close(in_order=in_order),
        )
        self._history: History | None = history if is_on else None
        if is_on:
            history.happened.connect(self._on_happened)

    @property
    def is_on(self) -> bool:
        """Whether what is done now will be on the disk."""
        return self._history is not None and not self._has_failed

    def saved(self, layer: Labels) -> None:
        """Take notice that a Labels layer is in a file of the person's now, as it is."""
        subject = self._subjects.get(layer)
        if subject is not None:
            self._thread.put(partial(self._recorder.saved, subject.number))

    def afterwards(self, task: Callable[[], object]) -> None:
        """Do something once everything until now is on the disk; not if writing fails."""
        self._thread.put(self._recorder.sync)
        self._thread.put(task)

    def close(self) -> None:
        """End the journal; what waits is written within 2 s. Returns at once."""
        if self._history is not None:
            self._history.happened.disconnect(self._on_happened)
            self._history = None
        self._thread.end()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until a closed journal is complete; say whether it is."""
        return self._thread.join(timeout)

    def _on_happened(self, direction: Direction, change: Change) -> None:
        subjects: dict[int, Subject] = {}
        news: list[Introduction] = []
        classes: dict[int, tuple[ObjectClass, ...]] = {}
        for about in _subjects(change):
            image = self._image_of(about)
            if image is None:
                continue
            subject = self._subject(image, level_data(image, working_grid(image)), None, news)
            if isinstance(about, Labels):
                subject = self._subject(about, about.data, subject.number, news)
                present = tuple(classes_of(about))
                if present != self._classes.get(subject.number, ()):
                    self._classes[subject.number] = classes[subject.number] = present
            subjects[id(about)] = subject
        report = Report(direction, change, subjects, tuple(news), self.model, classes)
        self._thread.put(partial(self._recorder.write, report))

    def _subject(
        self, layer: Image | Labels, data: Any, image: int | None, news: list[Introduction]
    ) -> Subject:
        """Return what the journal calls a layer, which is news if its pixels are others now."""
        reference = reference_to(layer, data)
        known = self._subjects.get(layer)
        if known is None or (known.shape, known.dtype) != (reference.shape, reference.dtype):
            number = next(self._next_number)
            known = Subject(number, reference.shape, reference.dtype)
            self._subjects[layer] = known
            news.append(Introduction(number, reference, data, image))
        return known

    def _on_error(self, error: Exception) -> None:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        self._has_failed = True
        with suppress(RuntimeError):  # Qt may have deleted the object: nobody listens
            self.failed.emit(
                f"Your work is not backed up any more: {reason}. Save your labels to a file."
            )


def reference_to(layer: Image | Labels, data: Any) -> Reference:
    """Refer to a layer's pixels, `data`, without reading them."""
    path = layer.metadata.get(PATH_KEY, layer.source.path)
    return Reference(
        name=layer.name,
        path=None if path is None else str(path),
        shape=tuple(int(length) for length in data.shape),
        dtype=str(data.dtype),
        scale=tuple(float(size) for size in layer.scale),
        axes=tuple(str(name) for name in getattr(layer, "axis_labels", ())),
        rgb=bool(getattr(layer, "rgb", False)),
    )


def _subjects(change: object) -> Iterator[object]:
    """Yield the Labels layers and prompts' owners that a change is about."""
    if isinstance(change, Together):
        for part in change.changes:
            yield from _subjects(part)
        return
    for name in ("layer", "layers"):
        subject = getattr(change, name, None)
        if subject is not None:
            yield subject
