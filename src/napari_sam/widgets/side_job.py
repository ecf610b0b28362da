"""One piece of long work beside the GUI thread, with progress and an end before its end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from napari_sam.inference.progress import Progress

    Work = Callable[[], Generator[Progress, None, Any]]


class SideJob(QObject):
    """Runs a generator of progress in a thread of its own.

    The newest work takes the place of the one before, which ends at its next step and
    reports nothing more. So does the work when the job is deleted, as with its window.

    Parameters
    ----------
    parent : QObject, optional
        Owner in Qt.
    """

    progressed = Signal(object)
    """Progress, in the GUI thread, as are the others."""
    finished = Signal(object)
    """The work's result."""
    failed = Signal(object)
    """The exception that ended it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._slot = _Slot()
        self.destroyed.connect(self._slot.clear)

    @property
    def is_running(self) -> bool:
        """Whether there is work under way whose end has not been reported."""
        return self._slot.thread is not None

    def start(self, work: Work) -> None:
        """Begin to do some work."""
        thread = threading.Thread(target=self._run, args=(work, self._slot), name="napari-sam")
        with self._slot.lock:
            self._slot.thread = thread
        thread.start()

    def stop(self) -> None:
        """End the work soon; nothing is reported from here on."""
        self._slot.clear()

    def _run(self, work: Work, slot: _Slot) -> None:
        generator = work()
        try:
            while True:
                progress = next(generator)
                if not slot.report(self.progressed, progress):
                    generator.close()
                    return
        except StopIteration as end:
            slot.report(self.finished, end.value, ends=True)
        except Exception as error:  # whatever it is, the person is told
            slot.report(self.failed, error, ends=True)


class _Slot:
    """Which thread may report. Outlives the job, whose deletion clears it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def clear(self, *_: object) -> None:
        with self.lock:
            self.thread = None

    def report(self, signal: Any, value: object, *, ends: bool = False) -> bool:
        """Emit a signal, if the calling thread is still the one that is wanted."""
        with self.lock:
            if self.thread is not threading.current_thread():
                return False
            if ends:
                self.thread = None
            signal.emit(value)
            return threading.main_thread().is_alive()
