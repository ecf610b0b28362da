"""What napari's own brush, eraser and undo do to a Labels layer, as changes of our history.

napari reports a stroke by its `paint` event, but says nothing when its own undo or redo runs: that
shows only in the lengths of its two stacks, which this file is the only one to look at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.changes import DataChange, PixelChange
from napari_sam.widgets.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt
    from napari.layers import Labels

    from napari_sam.widgets.history import History


class LabelsWatch:
    """Reports every change of a Labels layer that somebody else has made.

    Parameters
    ----------
    layer : Labels
        The layer.
    history : History
        While it travels, changes are its own and not reported.
    report : callable
        Called with a `PixelChange` or `DataChange` that has been made.
    """

    def __init__(
        self, layer: Labels, history: History, report: Callable[[PixelChange | DataChange], None]
    ) -> None:
        self._layer, self._history, self._report = layer, history, report
        self._data, self._lengths = layer.data, _stack_lengths(layer)
        self._connections = Connections()
        self._connections.add(self._on_paint, layer.events.paint)
        self._connections.add(self._on_set_data, layer.events.set_data)
        self._connections.add(self._on_data, layer.events.data)

    def close(self) -> None:
        """Look away."""
        self._connections.close()

    def _on_paint(self, event: Any) -> None:
        self._lengths = _stack_lengths(self._layer)
        if not self._history.is_travelling:
            self._tell("painting", event.value, undone=False)

    def _on_set_data(self, _event: Any) -> None:
        """After every redraw: see whether napari's undo or redo was the cause."""
        undo, redo = _stack_lengths(self._layer)
        undo_before, redo_before = self._lengths
        self._lengths = (undo, redo)
        if self._history.is_travelling or self._layer.data is not self._data:
            return
        if redo == redo_before + 1 and undo == undo_before - 1:
            self._tell("napari's undo", self._layer._redo_history[-1], undone=True)
        elif redo == redo_before - 1 and undo == undo_before + 1:
            self._tell("napari's redo", self._layer._undo_history[-1], undone=False)

    def _on_data(self, _event: Any) -> None:
        """Other data were assigned: the old ones are kept, as they are, for an undo."""
        before, self._data = self._data, self._layer.data
        self._lengths = _stack_lengths(self._layer)
        if before is not self._data and not self._history.is_travelling:
            self._report(DataChange("assigning labels", self._layer, before, self._data))

    def _tell(self, description: str, atoms: Iterable[Any], *, undone: bool) -> None:
        change = _as_change(description, self._layer, atoms, undone=undone)
        if change.size:
            self._report(change)


def _stack_lengths(layer: Labels) -> tuple[int, int]:
    return len(layer._undo_history), len(layer._redo_history)


def _as_change(
    description: str, layer: Labels, atoms: Iterable[Any], *, undone: bool
) -> PixelChange:
    """Join the steps of a stroke: a pixel's value before its first step and after its last.

    The layer's data are not asked: some steps are reported before they are written.
    """
    shape, dtype = layer.data.shape, layer.data.dtype
    flat, earlier, later = [np.zeros(0, np.intp)], [np.zeros(0, dtype)], [np.zeros(0, dtype)]
    for atom in atoms:
        indices, old, new = _unpacked(atom, shape)
        flat.append(np.ravel_multi_index(indices, shape))
        for values, target in (
            (old, later if undone else earlier),
            (new, earlier if undone else later),
        ):
            target.append(np.broadcast_to(np.asarray(values, dtype=dtype), indices[0].shape))
    places = np.concatenate(flat)
    unique, first = np.unique(places, return_index=True)
    _, last = np.unique(places[::-1], return_index=True)
    before, after = np.concatenate(earlier)[first], np.concatenate(later)[::-1][last]
    differs = before != after
    indices = np.unravel_index(unique[differs], shape)
    return PixelChange(description, layer, tuple(indices), before[differs], after[differs])


def _unpacked(
    atom: Any, shape: tuple[int, ...]
) -> tuple[tuple[npt.NDArray[np.intp], ...], Any, Any]:
    """Return index arrays, old and new values of a step: a tuple, or since 0.9 a masked box."""
    if isinstance(atom, tuple) and not hasattr(atom, "slice_key"):
        indices, old, new = atom
        return tuple(np.asarray(axis).ravel() for axis in indices), np.ravel(old), new
    # A masked box: `mask` has an axis for each slice in `slice_key`, none for an integer.
    ranges = [np.arange(n)[part] for n, part in zip(shape, atom.slice_key, strict=True)]
    spans = [axis.size for axis in ranges if axis.ndim]
    mask = np.ones(spans, bool) if atom.mask is None else np.asarray(atom.mask)
    within = iter(np.nonzero(mask))
    count = int(mask.sum())
    indices = tuple(
        axis[next(within)] if axis.ndim else np.full(count, int(axis)) for axis in ranges
    )
    return indices, np.ravel(atom.old_values), atom.new_value
