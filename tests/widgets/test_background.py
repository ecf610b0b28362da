from __future__ import annotations

import threading

import pytest
from tests.end_to_end.heartbeat import work_threads
from tests.end_to_end.stand_in import StandIn, stand_in_loader
from tests.widgets.test_segmenter import CLICK, goal

from napari_sam.widgets.background import Background
from napari_sam.widgets.events import Failed, LoadingModel, Predicted
from napari_sam.widgets.segmenter import Segmenter


@pytest.fixture
def begin(qtbot):
    begun = []

    def begin_(load):
        background, heard = Background(Segmenter(load)), []
        background.happened.connect(lambda asked, event: heard.append((asked, event)))
        begun.append(background)
        return background, heard

    yield begin_
    for background in begun:
        background.stop()
    qtbot.waitUntil(lambda: not work_threads())


def test_the_newest_goal_wins(begin, qtbot):
    background, heard = begin(stand_in_loader(0.5))
    goals = [goal(index, prompts=CLICK) for index in range(5)]
    for each in goals:
        background.pursue(each)
        qtbot.wait(20)
    qtbot.waitUntil(lambda: any(isinstance(event, Predicted) for _, event in heard))
    assert [asked for asked, event in heard if isinstance(event, Predicted)] == goals[-1:]


def test_a_failure_ends_the_goal_once_and_the_next_one_is_pursued(begin, qtbot):
    calls = []

    def load(name):
        calls.append(name)
        if len(calls) == 1:
            raise OSError("no  such\nfile")
        yield LoadingModel(name)
        return StandIn

    background, heard = begin(load)
    background.pursue(goal())
    qtbot.waitUntil(lambda: bool(heard))
    ((_, failed),) = heard
    assert isinstance(failed, Failed)
    assert failed.sentence == "no such file"
    assert "Traceback" in failed.detail
    background.pursue(goal(prompts=CLICK))
    qtbot.waitUntil(lambda: isinstance(heard[-1][1], Predicted))


def test_nothing_is_heard_of_what_was_abandoned_or_stopped(begin, qtbot):
    background, heard = begin(stand_in_loader(0.3))
    for end in (background.abandon, background.stop):
        background.pursue(goal(prompts=CLICK))
        qtbot.wait(100)
        end()
        qtbot.wait(50)
        del heard[:]
        qtbot.wait(400)
        assert not heard
    qtbot.waitUntil(lambda: not work_threads())
    background.pursue(goal(prompts=CLICK))
    qtbot.waitUntil(lambda: bool(heard) and isinstance(heard[-1][1], Predicted))


def test_stopped_and_begun_again_at_once_there_is_one_at_work_at_a_time(begin, qtbot):
    at_work, most = [], []

    class Counting(StandIn):
        def set_image(self, image, *, between_blocks=None):
            at_work.append(threading.current_thread())
            most.append(len(at_work))
            try:
                super().set_image(image, between_blocks=between_blocks)
            finally:
                at_work.pop()

    def load(name):
        yield LoadingModel(name)
        return lambda: Counting(0.3)

    background, heard = begin(load)
    for index in range(4):
        background.pursue(goal(index, prompts=CLICK))
        qtbot.wait(60)
        background.stop()
    background.pursue(goal(0, prompts=CLICK))
    qtbot.waitUntil(lambda: bool(heard) and isinstance(heard[-1][1], Predicted))
    assert max(most) == 1
