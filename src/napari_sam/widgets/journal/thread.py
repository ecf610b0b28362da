"""One thread that does tasks in their order, and ends in time."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_WAITING = 10_000
"""Tasks that may wait. They hold what the history holds anyway: nothing is copied."""
END_WITHIN = 2.0
"""Seconds within which the thread ends when asked to; what is left then is not done."""

_IDLE = 0.5  # seconds between two looks at whether the interpreter is ending
THREAD_NAME = "napari-sam journal"


class TaskThread:
    """Does tasks off the caller's thread. The thread starts with the first of them.

    When a task raises, those that wait are dropped, `on_error` is told once, and no more
    are taken. The thread also ends, after what waits, when the interpreter does.

    Parameters
    ----------
    on_error : callable
        Called with the exception, in the thread of the tasks or of the caller.
    when_idle : callable
        Done again and again while nothing waits.
    at_end : callable
        Done last, with whether `end` was called; also after an error.
    """

    def __init__(
        self,
        on_error: Callable[[Exception], None],
        when_idle: Callable[[], None],
        at_end: Callable[[bool], None],
    ) -> None:
        self._on_error, self._when_idle, self._at_end = on_error, when_idle, at_end
        self._tasks: queue.Queue[Callable[[], object]] = queue.Queue(MAX_WAITING)
        self._ending = threading.Event()
        self._has_failed = threading.Event()
        self._deadline = float("inf")
        self._thread: threading.Thread | None = None

    def put(self, task: Callable[[], object]) -> None:
        """Do a task when those before it are done. Returns at once."""
        if self._has_failed.is_set() or self._ending.is_set():
            return
        try:
            self._tasks.put_nowait(task)
        except queue.Full:
            self._fail(TimeoutError(f"more than {MAX_WAITING:,} changes wait for the disk"))
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=THREAD_NAME)
            self._thread.start()

    def end(self) -> None:
        """Let the thread end when what waits is done, within 2 s. Returns at once."""
        self._deadline = time.monotonic() + END_WITHIN
        self._ending.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; say whether it came."""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._has_failed.is_set() and time.monotonic() < self._deadline:
                try:
                    task = self._tasks.get(timeout=self._patience())
                except queue.Empty:
                    if self._ending.is_set() or not threading.main_thread().is_alive():
                        break
                    task = self._when_idle
                task()
        except Exception as error:  # whatever it is, it is told, and the work goes on without
            self._fail(error)
        try:
            self._at_end(self._ending.is_set())
        except Exception as error:
            self._fail(error)

    def _patience(self) -> float:
        return 0.01 if self._ending.is_set() else _IDLE

    def _fail(self, error: Exception) -> None:
        if not self._has_failed.is_set():
            self._has_failed.set()
            self._on_error(error)
