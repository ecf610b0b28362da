"""Timing two things in one run, and what their ratio has to be."""

from __future__ import annotations

import os
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def gate() -> float:
    """What the environment multiplies every required ratio by: 1 unless BENCHMARK_GATE is set."""
    return float(os.environ.get("BENCHMARK_GATE", "1.0"))


def seconds(function: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = perf_counter()
    function()
    return perf_counter() - start


@dataclass(frozen=True)
class Comparison:
    """Seconds that a peer and we took for the same work, call by call."""

    work: str
    peer: tuple[float, ...]
    ours: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times as fast ours is, by the fastest call of each.

        The fastest, since other programs on the machine only ever add to a call's time.
        """
        return min(self.peer) / min(self.ours)

    def report(self) -> str:
        """One line with the ratio, and the fastest and median call of each."""
        return (
            f"\n{self.work}: {self.ratio:.1f} times as fast as segment-anything "
            f"({_times(self.peer)} against {_times(self.ours)})"
        )


def compare(
    work: str, peer: Callable[[], object], ours: Callable[[], object], rounds: int, per_round: int
) -> Comparison:
    """Time the two in turns: in each round the peer once a call, then ours `per_round` times.

    Each is called once before, untimed. The turns spread another program's load over both.
    """
    ours()
    peer()
    peer_times: list[float] = []
    our_times: list[float] = []
    for _ in range(rounds):
        peer_times.append(seconds(peer))
        our_times += [seconds(ours) for _ in range(per_round)]
    return Comparison(work, tuple(peer_times), tuple(our_times))


def require(comparison: Comparison, ratio: float) -> None:
    """Print the comparison and fail below `ratio` times the gate."""
    print(comparison.report())
    wanted = ratio * gate()
    assert comparison.ratio >= wanted, f"expected a ratio of {wanted:g}; {comparison.report()}"


def _times(times: tuple[float, ...]) -> str:
    unit, factor = ("ms", 1e3) if median(times) < 1 else ("s", 1.0)
    return f"{min(times) * factor:.3g} {unit}, median {median(times) * factor:.3g} {unit}"
