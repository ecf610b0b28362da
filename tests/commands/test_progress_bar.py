"""Progress on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest

from napari_sam.commands.progress_bar import ProgressBar
from napari_sam.weights.download import Downloading, Restarted, Verifying, WaitingForOther


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_that_is_redrawn_and_taken_away():
    terminal = Terminal()
    bar = ProgressBar(terminal)
    for done in (0, 1, 50, 100):
        bar.show("downloading x", done, 100)
    bar.finish()
    drawn = terminal.getvalue().split("\r\x1b[K")
    assert drawn[0] == ""
    assert drawn[1] == "downloading x " + "·" * 30 + " 0 %"
    assert drawn[3] == "downloading x " + "█" * 15 + "·" * 15 + " 50 %"
    assert drawn[4] == "downloading x " + "█" * 30 + " 100 %"
    assert drawn[5] == ""
    assert "\n" not in terminal.getvalue()


def test_nothing_is_drawn_twice():
    terminal = Terminal()
    bar = ProgressBar(terminal)
    for done in range(10):
        bar.show("x", done, 10_000)
        bar.say("waiting") if done > 8 else None
    bar.say("waiting")
    assert terminal.getvalue().count("\r") == 2


def test_a_file_gets_a_line_at_each_tenth():
    stream = io.StringIO()
    bar = ProgressBar(stream)
    for done in range(101):
        bar.show("downloading x", done, 100)
    bar.finish()
    assert stream.getvalue().splitlines() == [f"downloading x {n} %" for n in range(0, 101, 10)]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Downloading("m", 50, 100), "downloading m 50 %"),
        (Downloading("m", 7_900_000, None), "downloading m, 7 MB so far"),
        (Verifying("m", 100, 100), "checking m 100 %"),
        (Verifying("m", 0, 0), "checking m 0 %"),
        (WaitingForOther("m"), "waiting for another process that downloads m"),
        (Restarted("m"), "m has changed on its server; starting over"),
    ],
)
def test_each_event_has_its_words(event, line: str):
    stream = io.StringIO()
    ProgressBar(stream).show_event(event)
    assert stream.getvalue() == line + "\n"
