"""Processes of their own that change labels and prompts until they are killed.

Each is forked from one process that has done the slow imports. After each change it appends
the change's number to a file. What change a number makes can be foretold, so that the test
knows what to expect.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
from tests.widgets.journal.work import Work

from napari_sam.widgets.changes import PixelChange, PromptChange, Together
from napari_sam.widgets.journal.folder import FOLDER_VARIABLE
from napari_sam.widgets.prompt_state import PromptPoint, PromptState

SHAPE = (64, 64)


def pixels_of(number):
    """Which pixels the change of this number paints, with its own number."""
    rng = np.random.default_rng(number)
    flat = rng.choice(SHAPE[0] * SHAPE[1], 200, replace=False)
    return np.unravel_index(flat, SHAPE)


def prompts_of(number):
    return PromptState((PromptPoint((float(number), 1.0), "foreground"),))


def expected(number):
    """Labels and prompts after the change of this number."""
    labels = np.zeros(SHAPE, np.int32)
    for each in range(1, number + 1):
        labels[pixels_of(each)] = each
    return labels, prompts_of(number)


def change_of(work, number):
    pixels = PixelChange.of("commit", work.labels, pixels_of(number), number)
    prompts = PromptChange("prompts", work.prompts, work.prompts.held, prompts_of(number))
    return Together(f"change {number}", (pixels, prompts))


def work_on(name, said, sessions_root):
    os.environ[FOLDER_VARIABLE] = sessions_root
    work = Work(SHAPE, name=name)
    number = 0
    with Path(said).open("ab", buffering=0) as file:
        while True:
            number += 1
            work.history.do(change_of(work, number))
            if number % 5 == 0:  # there and back: leaves the state as it is
                work.history.undo()
                work.history.redo()
            file.write(f"{number}\n".encode())
            time.sleep(0.06)  # faster than anybody can click


def main():
    """Fork a worker for each line of name, file and folder on standard input; say its id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that the killed are gone at once
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            work_on(*line.split())
        print(pid, flush=True)


if __name__ == "__main__":
    main()
