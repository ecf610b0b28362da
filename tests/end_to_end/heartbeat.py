"""How long the GUI thread was away: a timer that notes the gaps between its beats."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
from qtpy.QtCore import QObject, QTimer

_PERIOD = 5  # milliseconds


class Heartbeat(QObject):
    """Beats every 5 ms in the GUI thread while it is entered.

    On Linux, time in which this thread or the one at work could have run, but the machine
    had given its processors to others, is not counted: it is nobody's fault here.

    Attributes
    ----------
    longest : float
        The longest gap between two beats, in seconds.
    longest_wall : float
        The same by the clock on the wall.
    """

    def __init__(self):
        super().__init__()
        self.longest = self.longest_wall = 0.0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._first = self._last = (0.0, 0.0)

    @property
    def is_quiet(self):
        """Whether the threads waited for a processor less than a twentieth of the time."""
        time_passed, queued = np.subtract(self._last, self._first)
        return queued < time_passed / 20

    def __enter__(self):
        self._first = self._last = _now()
        self._timer.start(_PERIOD)
        return self

    def __exit__(self, *_):
        self._beat()
        self._timer.stop()

    def _beat(self):
        now, queued = _now()
        wall = now - self._last[0]
        self.longest_wall = max(self.longest_wall, wall)
        # A thread that has ended takes its share of the sum along.
        waited = max(0.0, queued - self._last[1])
        self.longest = max(self.longest, wall - waited)
        self._last = (now, queued)


def _now():
    """Return the time, and the time the threads have waited for a processor; in seconds."""
    threads = [threading.main_thread(), *work_threads()]
    return time.perf_counter(), sum(map(_queued, threads))


def _queued(thread):
    try:
        text = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text()
    except OSError:  # another system than Linux, or the thread has just ended
        return 0.0
    return int(text.split()[1]) / 1e9


def work_threads():
    """List the threads of the widget's work."""
    return [thread for thread in threading.enumerate() if thread.name == "napari-sam"]
