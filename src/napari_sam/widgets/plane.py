"""The two-dimensional cut of an image layer that the viewer shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from napari.components import Dims
    from napari.layers import Image

    from napari_sam.widgets.grid import Grid


class NoPlaneError(ValueError):
    """The viewer shows no plane of the layer; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A cut through a grid, as the viewer shows it.

    Attributes
    ----------
    grid : Grid
        The grid that is cut.
    rows, columns : int
        The grid's axes that run down and across the screen, in either order.
    index : tuple of int
        Position along each axis of the grid; 0 for `rows` and `columns`.
    """

    grid: Grid
    rows: int
    columns: int
    index: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return self.grid.shape[self.rows], self.grid.shape[self.columns]

    @property
    def cut_axes(self) -> tuple[int, ...]:
        """The axes that are not displayed."""
        displayed = (self.rows, self.columns)
        return tuple(axis for axis in range(self.grid.ndim) if axis not in displayed)

    @property
    def slicer(self) -> tuple[int | slice, ...]:
        """What to index an array of the grid's shape with; its 2 axes keep the grid's order."""
        cut = self.cut_axes
        return tuple(
            self.index[axis] if axis in cut else slice(None) for axis in range(self.grid.ndim)
        )

    @property
    def thin_shape(self) -> tuple[int, ...]:
        """The grid's shape with length 1 along the axes that are not displayed."""
        cut = self.cut_axes
        return tuple(1 if axis in cut else n for axis, n in enumerate(self.grid.shape))

    @property
    def description(self) -> str:
        """Which cut it is, in words for a person: "slice 12", or nothing for a 2-D image."""
        numbers = ", ".join(str(self.index[axis]) for axis in self.cut_axes)
        return f"slice {numbers}" if numbers else ""

    def cut(self, array: Any) -> Any:
        """Cut an array of the grid's shape: rows first, then columns, then RGB if any.

        A numpy array gives a view, so that writing to the cut writes to the array.
        """
        plane = array[self.slicer]
        return plane if self.rows < self.columns else plane.swapaxes(0, 1)

    def thin(self, plane: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Give a plane, (rows, columns), the grid's number of axes."""
        ordered = plane if self.rows < self.columns else plane.swapaxes(0, 1)
        return ordered.reshape(self.thin_shape)

    def flat(self, thin: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Undo `thin`: a view of an array of `thin_shape` as (rows, columns)."""
        cut = self.cut_axes
        ordered = thin[tuple(0 if axis in cut else slice(None) for axis in range(thin.ndim))]
        return ordered if self.rows < self.columns else ordered.swapaxes(0, 1)

    def indices(self, mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], ...]:
        """Return where a mask, (rows, columns), is true, as one index array a grid axis."""
        return self.lift(*np.nonzero(mask))

    def lift(
        self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.intp], ...]:
        """Return pixels of the plane as one index array a grid axis."""
        found = [np.full(rows.size, position, dtype=np.intp) for position in self.index]
        found[self.rows], found[self.columns] = rows, columns
        return tuple(found)

    def holds(self, position: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Say of each grid position, (N, ndim), whether it lies in this plane."""
        cut = list(self.cut_axes)
        nearest = np.round(np.asarray(position, dtype=float)[:, cut])
        return np.asarray((nearest == np.asarray(self.index)[cut]).all(axis=1))

    def contains(self, position: npt.ArrayLike) -> bool:
        """Say whether a grid position, (ndim,), falls on a pixel of this plane."""
        at = np.asarray(position, dtype=float)[[self.rows, self.columns]]
        return bool(((at >= -0.5) & (at <= np.asarray(self.shape) - 0.5)).all())

    def clip(self, position: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the position in this plane's pixels that is nearest to a grid position."""
        clipped = np.asarray(self.index, dtype=float)
        for axis in (self.rows, self.columns):
            at = float(np.asarray(position)[axis])
            clipped[axis] = min(max(at, -0.5), self.grid.shape[axis] - 0.5)
        return clipped


def displayed_plane(layer: Image, grid: Grid, dims: Dims) -> Plane:
    """Find the plane of a layer that the viewer's sliders and axis order show now.

    Raises
    ------
    NoPlaneError
        If the view is 3-D, shows an axis that the layer does not have, or stands outside it.
    """
    if dims.ndisplay != 2:
        raise NoPlaneError("This is the 3-D view: go back to 2-D (the cube button) to segment.")
    rows, columns = (axis - (dims.ndim - layer.ndim) for axis in dims.displayed)
    if min(rows, columns) < 0:
        raise NoPlaneError(
            f"“{layer.name}” has no extent along an axis on display: change the axis order."
        )
    point = np.round(grid.from_layer(layer.world_to_data(dims.point)))
    index = [int(position) for position in point]
    index[rows] = index[columns] = 0
    if any(not 0 <= at < length for at, length in zip(index, grid.shape, strict=True)):
        raise NoPlaneError(f"The slider stands outside “{layer.name}”: move it back.")
    return Plane(grid=grid, rows=rows, columns=columns, index=tuple(index))
