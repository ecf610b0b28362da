"""Work that is done once, off the GUI thread, with progress and cancel."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Qt, Signal

from napari_sam.widgets.segmenter import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Steps = Callable[[Callable[[], bool]], Generator[Any, None, Any]]

THREAD_NAME = "napari-sam errand"


class Errand(QObject):
    """Runs a generator of progress events in a thread and reports in the GUI thread.

    Parameters
    ----------
    steps : callable
        Given a function that says whether it is cancelled, returns the generator. It may be
        stopped at every event; what it returns is the result.
    parent : QObject, optional
        Owner in Qt.
    """

    progressed = Signal(object)
    """Each event."""
    finished = Signal(object)
    """The result."""
    failed = Signal(str)
    """A sentence."""
    _reported = Signal(str, object)

    def __init__(self, steps: Steps, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps = steps
        self._is_cancelled = threading.Event()
        self._reported.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self.destroyed.connect(self._is_cancelled.set)
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME)

    def start(self) -> Errand:
        """Begin."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """End soon, and report nothing any more."""
        self._is_cancelled.set()

    def is_cancelled(self) -> bool:
        """Whether it is to end; asked by the work."""
        return self._is_cancelled.is_set() or not threading.main_thread().is_alive()

    def _run(self) -> None:
        try:
            steps = self._steps(self.is_cancelled)
            while not self.is_cancelled():
                try:
                    event = next(steps)
                except StopIteration as end:
                    self._report("finished", end.value)
                    return
                self._report("progressed", event)
            steps.close()
        except CancelledError:
            return
        except Exception as error:  # whatever it is, the person is told
            self._report("failed", " ".join(str(error).split()) or type(error).__name__)

    def _report(self, kind: str, content: object) -> None:
        if not self.is_cancelled():
            try:
                self._reported.emit(kind, content)
            except RuntimeError:  # Qt has deleted the object meanwhile: nobody wants to know
                self.cancel()

    def _tell(self, kind: str, content: object) -> None:
        if not self._is_cancelled.is_set():
            getattr(self, kind).emit(content)
