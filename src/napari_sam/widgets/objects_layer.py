"""Committed objects: a Labels layer that only commits, their undoing and its user change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Labels

from napari_sam.widgets.grid import place, placement
from napari_sam.widgets.tags import find_tagged, tag

if TYPE_CHECKING:
    import numpy.typing as npt
    from napari.components import LayerList
    from napari.layers import Image

    from napari_sam.widgets.grid import Grid
    from napari_sam.widgets.plane import Plane

OBJECTS_NAME = "objects"


@dataclass(frozen=True, slots=True)
class Commit:
    """One object as it was written.

    Attributes
    ----------
    label : int
        Its id; 0 if nothing was written.
    indices : tuple of ndarray
        Its pixels, one index array a grid axis.
    refused : int
        Pixels of the mask that belong to earlier objects and were left to them.
    refused_for : tuple of int
        Those objects' ids.
    """

    label: int
    indices: tuple[npt.NDArray[np.intp], ...]
    refused: int
    refused_for: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many pixels were written."""
        return int(self.indices[0].size)


class ObjectsLayer:
    """The Labels layer that objects of an image are committed into.

    Pixels are written with `Labels.data_setitem`, so that napari redraws only what has
    changed. What is committed is never overwritten by a commit.

    Parameters
    ----------
    image : Image
        The layer that is segmented.
    grid : Grid
        Its working grid, and the shape of the labels.
    layers : LayerList
        Where an objects layer of an earlier session is looked for.
    """

    def __init__(self, image: Image, grid: Grid, layers: LayerList) -> None:
        self._image, self._grid = image, grid
        found = find_tagged(layers, Labels, OBJECTS_NAME, image)
        if found is not None and found.data.shape != grid.shape:
            found = None
        self.layer = found if found is not None else _make(image, grid)
        self._highest = 0 if found is None else int(np.max(np.asarray(found.data)))
        self._commits: list[Commit] = []
        self.layer.events.paint.connect(self._on_paint)

    @property
    def can_undo(self) -> bool:
        """Whether there is a commit to take back."""
        return bool(self._commits)

    def commit(self, plane: Plane, mask: npt.NDArray[np.bool_]) -> Commit:
        """Write a mask, (rows, columns), into a plane under the next free id.

        Pixels that belong to an object already are left to it.
        """
        present = np.asarray(plane.cut(self.layer.data))
        wanted = mask & (present == 0)
        taken = present[mask & (present != 0)]
        indices = plane.indices(wanted)
        label = self._next_label() if indices[0].size else 0
        commit = Commit(label, indices, int(taken.size), tuple(int(i) for i in np.unique(taken)))
        if label:
            self.layer.data_setitem(indices, label)
            self._highest = label
            self._commits.append(commit)
            self.layer.selected_label = label  # napari's brush edits the object just made
        return commit

    def undo(self) -> Commit | None:
        """Take the last commit back, but for pixels that have been painted over since."""
        if not self._commits:
            return None
        commit = self._commits.pop()
        still = np.asarray(self.layer.data[commit.indices]) == commit.label
        self.layer.data_setitem(tuple(axis[still] for axis in commit.indices), 0)
        if self._highest == commit.label:
            self._highest -= 1
        return commit

    def follow_image(self) -> None:
        """Move the layer to where the image lies now."""
        place(self.layer, self._image, self._grid)

    def close(self) -> None:
        """Let go of the layer, which stays as it is."""
        self.layer.events.paint.disconnect(self._on_paint)

    def _next_label(self) -> int:
        highest = np.iinfo(self.layer.data.dtype).max
        if self._highest >= highest:
            raise ValueError(
                f"“{self.layer.name}” holds ids up to {highest} and they are used up: "
                "convert its data type (right-click the layer) and commit again."
            )
        return self._highest + 1

    def _on_paint(self, _event: Any) -> None:
        self._highest = max(self._highest, int(self.layer.selected_label))


def _make(image: Image, grid: Grid) -> Labels:
    return Labels(
        np.zeros(grid.shape, dtype=np.int32),
        name=OBJECTS_NAME,
        opacity=0.6,
        metadata=tag(OBJECTS_NAME, image),
        **placement(image, grid),
    )
