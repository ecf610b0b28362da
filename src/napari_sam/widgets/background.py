"""One thread that always works towards the newest goal."""

from __future__ import annotations

import threading
import traceback
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from napari_sam.widgets.events import Failed
from napari_sam.widgets.segmenter import CancelledError

if TYPE_CHECKING:
    from napari_sam.widgets.events import Goal, WorkEvent
    from napari_sam.widgets.segmenter import Segmenter

_IDLE_POLL = 0.5  # seconds between two looks at whether the interpreter is ending


class Background(QObject):
    """Pursues goals off the GUI thread and reports in it.

    There is one slot: a new goal takes the place of the one before. If it needs another
    plane or model, the work under way ends at the encoder's next block; if only the
    prompts differ, the embedding under way is finished, as it serves both.

    The thread starts with the first goal and lives until `stop`, so that torch keeps its
    own threads; it also ends with the interpreter.

    Parameters
    ----------
    segmenter : Segmenter
        Does the work. Touched by the thread alone.
    parent : QObject, optional
        Owner in Qt.
    """

    happened = Signal(object, object)
    """(Goal, WorkEvent), emitted in the GUI thread in the order of the work."""

    def __init__(self, segmenter: Segmenter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._segmenter = segmenter
        self._changed = threading.Condition()
        self._wanted: Goal | None = None  # guarded by _changed, as are the next three
        self._taken = True
        self._thread: threading.Thread | None = None
        self._ending: threading.Thread | None = None

    def pursue(self, goal: Goal) -> None:
        """Work towards this goal from now on, and no other."""
        with self._changed:
            self._wanted, self._taken = goal, False
            if self._thread is None:
                before, self._ending = self._ending, None
                self._thread = threading.Thread(target=self._run, args=(before,), name="napari-sam")
                self._thread.start()
            self._changed.notify()

    def abandon(self) -> None:
        """Drop the goal: the work under way ends soon and reports nothing more."""
        with self._changed:
            self._wanted, self._taken = None, True

    def stop(self) -> None:
        """End the thread soon; nothing is reported from here on. A new goal starts another."""
        with self._changed:
            self._wanted, self._taken = None, True
            self._ending, self._thread = self._thread or self._ending, None
            self._changed.notify_all()

    @property
    def is_running(self) -> bool:
        """Whether the thread is there."""
        return self._thread is not None

    def _run(self, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()  # the segmenter is one thread's at a time
        while (goal := self._take()) is not None:
            try:
                for event in self._segmenter.pursue(goal, partial(self._is_moot, goal)):
                    if not self._report(goal, event):
                        break
            except CancelledError:
                continue
            except Exception as error:  # whatever it is, the person is told and the thread lives
                self._report(goal, Failed(_sentence(error), traceback.format_exc()))

    def _take(self) -> Goal | None:
        """Wait for a goal not begun yet; None when the thread shall end."""
        me = threading.current_thread()
        with self._changed:
            while self._thread is me and threading.main_thread().is_alive():
                if not self._taken:
                    self._taken = True
                    return self._wanted
                self._changed.wait(_IDLE_POLL)
        return None

    def _is_moot(self, goal: Goal) -> bool:
        wanted = self._wanted  # one read: no lock is needed, nor wanted within the encoder
        ends = not threading.main_thread().is_alive()
        return ends or wanted is None or not wanted.same_picture(goal)

    def _report(self, goal: Goal, event: WorkEvent) -> bool:
        """Emit an event unless the goal has become moot; say whether to go on with it."""
        with self._changed:
            if self._thread is not threading.current_thread() or self._is_moot(goal):
                return False
            self.happened.emit(goal, event)
            return self._wanted is goal


def _sentence(error: BaseException) -> str:
    """Say what went wrong in one line."""
    text = " ".join(str(error).split())
    return text or type(error).__name__
