"""Processes that are really killed, at moments nobody has chosen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.widgets.journal.endless_work import expected

from napari_sam.widgets.journal.content import JournalContent
from napari_sam.widgets.journal.folder import sessions
from napari_sam.widgets.prompt_state import PromptState

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and looks into /proc")


@pytest.fixture(scope="module")
def nursery():
    """The process that workers are forked from."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.widgets.journal.endless_work"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    yield process
    process.stdin.close()
    process.stdout.close()
    process.wait(10)


class Worker:
    """One process at work, in a folder of sessions."""

    def __init__(self, nursery, root, name):
        self._said = root.parent / f"said by {name}".replace(" ", "_")
        self._said.unlink(missing_ok=True)
        nursery.stdin.write(f"{name} {self._said} {root}\n")
        nursery.stdin.flush()
        self.pid = int(nursery.stdout.readline())
        self._is_alive = True

    @property
    def last(self):
        """The number of the last change that it said was made."""
        said = self._said.read_text().split("\n")[:-1] if self._said.exists() else []
        return int(said[-1]) if said else 0

    def kill(self):
        """Kill without mercy, and wait until it is gone."""
        if self._is_alive:
            os.kill(self.pid, signal.SIGKILL)
            wait(lambda: not Path(f"/proc/{self.pid}").exists())
            self._is_alive = False


def wait(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.fixture
def start(nursery, sessions_root):
    """Start workers; all are killed at the end."""
    workers = []

    def start_(name="cells"):
        workers.append(Worker(nursery, sessions_root, name))
        return workers[-1]

    yield start_
    for worker in workers:
        worker.kill()


def test_killed_at_any_moment_at_most_the_last_action_is_lost(start, sessions_root):
    rng = np.random.default_rng()
    for _ in range(8):
        worker = start()
        wait(lambda worker=worker: worker.last > 0)
        time.sleep(rng.uniform(0.0, 1.0))
        worker.kill()
        last = worker.last
        found = sessions(sessions_root)
        assert len(found) == 1 or last <= 2
        for folder in found:
            assert folder.header().ended is None
            _check(JournalContent.of(folder.journal), last)
            assert folder.claim()
            folder.remove()


def _check(content, last):
    labels = next(iter(content.labels.values()), None)
    deltas = [] if labels is None else labels.deltas
    found = int(max((delta.after.max() for delta in deltas), default=0))
    # `last` was said after it was made; one more may have been made and not said.
    assert last - 1 <= found <= last + 1
    if not found:
        return
    pixels, state = expected(found)
    if content.prompts and content.prompts[0] != state:
        # Every fifth is taken back and done again: killed between the two, it is not there.
        assert found % 5 == 0
        pixels, state = expected(found - 1)
    assert content.prompts.get(0, PromptState()) == state
    assert np.array_equal(labels.pixels(), pixels)


def test_two_processes_use_two_folders_and_neither_takes_the_others(start, sessions_root):
    one, other = start("one"), start("other")
    wait(lambda: min(one.last, other.last) > 5)
    found = {folder.header().images: folder for folder in sessions(sessions_root)}
    assert set(found) == {("one",), ("other",)}
    assert not any(folder.claim() for folder in found.values())
    one.kill()
    assert found[("one",)].claim()
    assert not found[("other",)].claim()
    other.kill()
    assert found[("other",)].claim()
    for folder in found.values():
        folder.remove()
