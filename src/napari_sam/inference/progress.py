"""Long work as a generator: an event between any two steps, and a result at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far some work is.

    Attributes
    ----------
    done, total : int
        Steps. The work may be stopped here.
    """

    done: int
    total: int


def drained(work: Generator[Progress, None, Result]) -> Result:
    """Do some work to its end and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
