"""Which objects of a Labels layer have changed since they were measured, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.inference.measurements import union

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_sam.inference.run_sums import Box


class ChangedObjects:
    """Collects changes until the objects are measured again.

    Attributes
    ----------
    everything : bool
        Whether all objects may have changed.
    boxes : dict of int to tuple of slice
        For each changed id a box around the changes.
    """

    def __init__(self) -> None:
        self.everything = False
        self.boxes: dict[int, Box] = {}

    def __bool__(self) -> bool:
        return self.everything or bool(self.boxes)

    def note_everything(self) -> None:
        """Take notice that anything may have changed."""
        self.everything = True
        self.boxes.clear()

    def note(self, box: Box, *values: Any) -> None:
        """Take notice of pixels in a box, which had or have some values."""
        if self.everything:
            return
        for label in {int(label) for each in values for label in np.unique(each)} - {0}:
            known = self.boxes.get(label)
            self.boxes[label] = box if known is None else union([known, box])

    def note_indices(self, indices: tuple[Any, ...], *values: Any) -> None:
        """Take notice of pixels at some indices, an array an axis."""
        axes = [np.atleast_1d(axis) for axis in indices]
        if all(axis.size for axis in axes):
            ends = [(int(axis.min()), int(axis.max()) + 1) for axis in axes]
            self.note(tuple(slice(*end) for end in ends), *values)

    def note_paint(self, strokes: Any) -> None:
        """Take notice of what napari's event `paint` tells: edits by index or by mask."""
        for stroke in strokes:
            if hasattr(stroke, "slice_key"):  # since napari 0.9
                self.note(tuple(stroke.slice_key), stroke.old_values, stroke.new_value)
            else:
                self.note_indices(*stroke)

    def take(self, measured: Mapping[int, Box]) -> dict[int, Box]:
        """Return where each changed object is to be looked for, and forget the changes.

        Parameters
        ----------
        measured : mapping of int to tuple of slice
            Where the objects were when they were measured.
        """
        boxes = {
            label: union([box, measured[label]]) if label in measured else box
            for label, box in self.boxes.items()
        }
        self.everything = False
        self.boxes = {}
        return boxes
