"""Committed objects: a Labels layer that only commits, edits, undo and its user change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels

from napari_sam.widgets.changes import AttributeChange, DataChange, PixelChange, Together
from napari_sam.widgets.classes import classes_of
from napari_sam.widgets.grid import place, placement
from napari_sam.widgets.native_edits import LabelsWatch
from napari_sam.widgets.object_record import RecordBook
from napari_sam.widgets.preview_layer import PREVIEW_NAME
from napari_sam.widgets.tags import find_tagged, role_of, tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt
    from napari.layers import Image, Layer

    from napari_sam.inference.label_edits import LabelEdit
    from napari_sam.widgets.grid import Grid
    from napari_sam.widgets.history import Change, History
    from napari_sam.widgets.plane import Plane

OBJECTS_NAME = "objects"


@dataclass(frozen=True, slots=True)
class Commit:
    """One object as it is to be written.

    Attributes
    ----------
    label : int
        Its id; 0 if there is nothing to write.
    size : int
        How many pixels it has.
    refused : int
        Pixels of the mask that belong to other objects and are left to them.
    overwritten : int
        Pixels of other objects that become this one's.
    others : tuple of int
        Those objects' ids.
    change : Change, optional
        Writes it; None if there is nothing to write.
    """

    label: int
    size: int
    refused: int
    overwritten: int
    others: tuple[int, ...]
    change: Change | None


class ObjectsLayer:
    """The Labels layer that objects of an image are committed into.

    Pixels are written with `Labels.data_setitem`, so that napari redraws only what has
    changed. What is committed is overwritten only where that was asked for.

    Parameters
    ----------
    image : Image
        The layer that is segmented.
    grid : Grid
        Its working grid, and the shape of the labels.
    history : History
        Records what napari's own tools do to the layer.
    layer : Labels, optional
        Existing objects to go on with, of the grid's shape; by default a new layer.
    """

    def __init__(
        self, image: Image, grid: Grid, history: History, layer: Labels | None = None
    ) -> None:
        self._image, self._grid, self._history = image, grid, history
        self.layer = layer if layer is not None else _make(image, grid)
        self.highest = 0 if layer is None else int(np.max(layer.data, initial=0))
        self.records = RecordBook(self.layer)
        self._watch = LabelsWatch(self.layer, history, self._on_native)

    def plan(
        self,
        plane: Plane,
        mask: npt.NDArray[np.bool_],
        *,
        label: int | None = None,
        replaces: bool = True,
        overwrites: bool = False,
    ) -> Commit:
        """Plan to write a mask, (rows, columns), into a plane.

        Parameters
        ----------
        plane : Plane
            Where.
        mask : ndarray
            (rows, columns) bool.
        label : int, optional
            The id to write; by default the next free one.
        replaces : bool
            Whether pixels of `label` in this plane that are not in the mask are cleared.
        overwrites : bool
            Whether pixels of other objects are taken from them.

        Raises
        ------
        ValueError
            If a new id is needed and the layer's data type has none left.
        """
        present = np.asarray(plane.cut(self.layer.data))
        own = np.zeros_like(mask) if label is None else present == label
        taken = mask & (present != 0) & ~own
        wanted = mask if overwrites else mask & ~taken
        count = int(taken.sum())
        others = tuple(int(i) for i in np.unique(present[taken]))
        size = int(wanted.sum())
        if not size:
            return Commit(0, 0, count, 0, others, None)
        new = self.next_label() if label is None else label
        indices, values = plane.indices(wanted), np.full(size, new, self.layer.data.dtype)
        if replaces and label is not None:
            cleared = plane.indices(own & ~wanted)
            values = np.concatenate([values, np.zeros(cleared[0].size, values.dtype)])
            indices = tuple(np.concatenate(pair) for pair in zip(indices, cleared, strict=True))
        change = self._with_highest(
            PixelChange.of(f"commit of object {new}", self.layer, indices, values), new
        )
        refused, overwritten = (0, count) if overwrites else (count, 0)
        return Commit(new, size, refused, overwritten, others, change)

    def plan_edit(self, description: str, edit: LabelEdit) -> Change:
        """Plan an edit of committed objects, given in the layer's own indices.

        Raises
        ------
        ValueError
            If the layer's data type cannot hold a new id.
        """
        self.require_room(int(np.max(edit.values, initial=0)))
        pixels = PixelChange.of(description, self.layer, edit.indices, edit.values)
        return self._with_highest(pixels, int(np.max(edit.values, initial=0)))

    def next_label(self) -> int:
        """Return the next free id.

        Raises
        ------
        ValueError
            If the layer's data type has none left.
        """
        label = max([self.highest, *(each.label for each in classes_of(self.layer))]) + 1
        self.require_room(label)
        return label

    def require_room(self, label: int) -> None:
        """Raise ValueError if the layer's data type cannot hold an id."""
        highest = np.iinfo(self.layer.data.dtype).max
        if label > highest:
            raise ValueError(
                f"“{self.layer.name}” holds ids up to {highest} and they are used up: "
                "convert its data type (right-click the layer) and try again."
            )

    def follow_image(self) -> None:
        """Move the layer to where the image lies now."""
        place(self.layer, self._image, self._grid)

    def close(self) -> None:
        """Let go of the layer, which stays as it is."""
        self._watch.close()

    def _with_highest(self, change: PixelChange, label: int) -> Change:
        """Let a change, and its undo, move the next free id along."""
        if label <= self.highest:
            return change
        ids = AttributeChange(change.description, self._put_highest, self.highest, label)
        return Together(change.description, (change, ids))

    def _put_highest(self, highest: int) -> None:
        self.highest = highest

    def _on_native(self, change: PixelChange | DataChange) -> None:
        """Record what napari's tools have done to the layer."""
        whole = change.after if isinstance(change, PixelChange) else np.asarray(change.after)
        highest = int(np.max(whole, initial=0))
        if isinstance(change, PixelChange):
            recorded = self._with_highest(change, highest)
        else:
            ids = AttributeChange(change.description, self._put_highest, self.highest, highest)
            recorded = Together(change.description, (change, ids))
        self.highest = max(self.highest, highest)
        self._history.record(recorded)


def fitting_labels(layers: Iterable[Layer], grid: Grid) -> list[Labels]:
    """List the layers that can hold objects: labels of the grid's shape, in memory."""
    return [
        layer
        for layer in layers
        if isinstance(layer, Labels)
        and isinstance(layer.data, np.ndarray)
        and layer.data.shape == grid.shape
        and role_of(layer) != PREVIEW_NAME
    ]


def left_objects(layers: Iterable[Layer], image: Image, grid: Grid) -> Labels | None:
    """Find the objects that an earlier session left for an image, if they still fit."""
    return find_tagged(fitting_labels(layers, grid), Labels, OBJECTS_NAME, image)


def _make(image: Image, grid: Grid) -> Labels:
    return Labels(
        np.zeros(grid.shape, dtype=np.int32),
        name=OBJECTS_NAME,
        opacity=0.6,
        metadata=tag(OBJECTS_NAME, image),
        **placement(image, grid),
    )
