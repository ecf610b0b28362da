from __future__ import annotations

import sys

import pytest
from tests.end_to_end.stand_in import StandIn
from tests.widgets.test_segmenter import CLICK, goal, never

from napari_sam.widgets.segmenter import Segmenter
from napari_sam.widgets.short_turns import short_turns


def test_turns_are_short_within_and_as_before_after_an_error():
    before = sys.getswitchinterval()

    def interrupted():
        with short_turns():
            assert sys.getswitchinterval() == pytest.approx(0.0005)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()
    assert sys.getswitchinterval() == before


def test_two_at_once_leave_the_process_as_it_was():
    before = sys.getswitchinterval()
    first, second = short_turns(), short_turns()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)  # in the order in which threads may end
    second.__exit__(None, None, None)
    assert sys.getswitchinterval() == before


def test_a_prediction_takes_short_turns_and_what_listens_to_it_does_not():
    seen = []

    class Watching(StandIn):
        def predict(self, *args, **kwargs):
            seen.append(sys.getswitchinterval())
            return super().predict(*args, **kwargs)

    def load(_name):
        yield from ()
        return Watching

    for _event in Segmenter(load).pursue(goal(prompts=CLICK), never):
        assert sys.getswitchinterval() > 0.001
    assert seen == [pytest.approx(0.0005)]
