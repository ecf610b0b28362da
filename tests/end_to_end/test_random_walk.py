"""Anything in any order: no exception, no pixel changed unasked, and everything can be undone."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.end_to_end.walker import Walker


def walk(walker, rng, steps, pictures):
    try:
        for _ in range(steps):
            walker.do(*walker.draw(rng))
    finally:
        (pictures / "walk.json").write_text(json.dumps(walker.log))
    walker.driver.wait_answer()
    last = walker.state()
    walker.undo_all()
    assert walker.state() == walker.first
    while walker.driver.session.history.next_redo is not None:
        walker.driver.session.redo()
    assert walker.state() == last


@pytest.mark.parametrize(
    ("seed", "steps"),
    [(0, 80), *(pytest.param(seed, 500, marks=pytest.mark.slow) for seed in (1, 2, 3))],
)
def test_a_walk(open_viewer, pictures, seed, steps):
    walk(Walker(open_viewer()), np.random.default_rng(seed), steps, pictures)
