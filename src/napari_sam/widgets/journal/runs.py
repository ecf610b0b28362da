"""Masks and strokes as lists of runs, short enough for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def mask_to_json(mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Write a mask: its shape, and the lengths of its runs in C order, the first outside."""
    flat = np.concatenate([[False], np.asarray(mask, bool).reshape(-1)])
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    lengths = np.diff(np.concatenate([[0], edges, [mask.size]]))
    return {"shape": list(mask.shape), "runs": lengths.tolist()}


def mask_from_json(value: dict[str, Any]) -> npt.NDArray[np.bool_]:
    """Read a mask."""
    lengths = value["runs"]
    inside = np.arange(len(lengths)) % 2 == 1
    return np.repeat(inside, lengths).reshape(value["shape"])


def signed_runs(
    pixels: npt.NDArray[np.intp], added: npt.NDArray[np.bool_]
) -> list[tuple[int, int, int]]:
    """Write sorted positions, (N,), with a sign each: first, length and sign of every run."""
    if not len(pixels):
        return []
    begins = np.flatnonzero((np.diff(pixels) != 1) | (added[1:] != added[:-1])) + 1
    begins = np.concatenate([[0], begins])
    lengths = np.diff(np.concatenate([begins, [len(pixels)]]))
    runs = zip(pixels[begins], lengths, added[begins], strict=True)
    return [(int(first), int(length), int(sign)) for first, length, sign in runs]


def signs(runs: list[Any]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Read what `signed_runs` wrote."""
    parts = [np.arange(first, first + length) for first, length, _ in runs]
    pixels = np.concatenate([np.zeros(0, np.intp), *parts]).astype(np.intp)
    added = np.repeat([bool(sign) for *_, sign in runs], [length for _, length, _ in runs])
    return pixels, added.astype(bool)
