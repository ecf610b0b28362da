"""When named steps of a program began and ended, taken from outside of it."""

from __future__ import annotations

from collections import defaultdict
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

Span = tuple[float, float]


class Stopwatch:
    """Notes the spans of methods that it was asked to watch, in seconds.

    Attributes
    ----------
    spans : dict of str to list of (float, float)
        Begin and end of every call, in order, by the step's name.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.spans: dict[str, list[Span]] = defaultdict(list)

    def watch(self, step: str, owner: type, method: str) -> None:
        """Note the calls of a method from now on."""
        inner = getattr(owner, method)

        @wraps(inner)
        def timed(*args: object, **kwargs: object) -> object:
            begin = perf_counter()
            try:
                return inner(*args, **kwargs)
            finally:
                self.spans[step].append((begin, perf_counter()))

        self._monkeypatch.setattr(owner, method, timed)

    def within(self, step: str, begin: float, end: float) -> float:
        """Return how much of a stretch of time a step took up."""
        return sum(max(min(end, b) - max(begin, a), 0.0) for a, b in self.spans[step])
