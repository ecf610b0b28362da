"""Work beside the GUI thread: it knows when it is not wanted, and nothing of it is kept."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
from qtpy.QtCore import QObject

from napari_sam.widgets.side_job import SideJob


def test_work_that_was_stopped_can_ask_within_a_step(qtbot):
    job, began, knew = SideJob(), threading.Event(), threading.Event()
    reported = []
    job.progressed.connect(reported.append)
    job.finished.connect(reported.append)

    def work(is_cancelled):
        assert not is_cancelled()
        began.set()
        while not is_cancelled():
            pass
        knew.set()
        yield 1

    job.start(work)
    assert began.wait(5)
    job.stop()
    assert knew.wait(5)
    qtbot.wait(20)
    assert reported == []


def test_after_the_end_neither_work_nor_result_is_kept(qtbot):
    owner = QObject()
    job, kept = SideJob(owner), []

    def start():
        pixels = np.zeros(1000)
        kept.append(weakref.ref(pixels))

        def work(_is_cancelled):
            yield "half"
            return pixels

        job.start(work)

    start()
    with qtbot.waitSignal(job.finished):
        pass
    qtbot.wait(20)
    gc.collect()
    assert kept[0]() is None
    assert len(owner.children()) == 1
