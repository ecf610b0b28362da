"""One piece of long work beside the GUI thread, with progress and an end before its end."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    IsCancelled = Callable[[], bool]
    Work = Callable[[IsCancelled], Generator[Any, None, Any]]
    """Given what says whether it is to end, which it may ask within a long step."""


class SideJob(QObject):
    """Runs a generator of progress, of any type, in a thread of its own.

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

    _told = Signal(object, object, object)
    """(thread, one of the signals' names, value): the thread's own words, on their way here."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._slot = _Slot()
        self._told.connect(self._on_told)
        self.destroyed.connect(self._slot.clear)

    @property
    def is_running(self) -> bool:
        """Whether there is work under way whose end has not been reported."""
        return self._slot.thread is not None

    def start(self, work: Work) -> None:
        """Begin to do some work."""
        run = partial(_run, work, self._slot, self._told)
        self._slot.thread = thread = threading.Thread(target=run, name="napari-sam")
        thread.start()

    def stop(self) -> None:
        """End the work soon; nothing is reported from here on."""
        self._slot.clear()

    def _on_told(self, thread: threading.Thread, name: str, value: object) -> None:
        if thread is not self._slot.thread:
            return
        if name != "progressed":
            self._slot.clear()
        getattr(self, name).emit(value)


class _Slot:
    """Which thread is wanted. Outlives the job, whose deletion clears it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def clear(self, *_: object) -> None:
        with self._lock:
            self.thread = None

    def is_cancelled(self) -> bool:
        """Whether the calling thread is not wanted any more, or the interpreter is ending."""
        is_wanted = self.thread is threading.current_thread()
        return not is_wanted or not threading.main_thread().is_alive()

    def tell(self, told: Any, name: str, value: object) -> bool:
        """Emit the job's signal, if the calling thread is wanted; say whether to go on."""
        thread = threading.current_thread()
        with self._lock:  # the job is not deleted meanwhile
            if self.thread is not thread:
                return False
            told.emit(thread, name, value)
            return threading.main_thread().is_alive()


def _run(work: Work, slot: _Slot, told: Any) -> None:
    generator = work(slot.is_cancelled)
    try:
        while True:
            progress = next(generator)
            if not slot.tell(told, "progressed", progress):
                generator.close()
                return
    except StopIteration as end:
        slot.tell(told, "finished", end.value)
    except Exception as error:  # whatever it is, the person is told
        slot.tell(told, "failed", error)


def sentence_of(error: BaseException) -> str:
    """Say on one line what went wrong."""
    return " ".join(str(error).split()) or type(error).__name__
