"""The pixel grid that a session works in: one resolution level of an image layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from napari.layers import Image, Layer

MAX_PLANE_PIXELS = 4096 * 4096
"""The largest plane that is read at once; a pyramid gives its finest level under this."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Pixels of one resolution level, and where they lie in the layer's own coordinates.

    Prompts, preview and objects all live in this grid, so that for a pyramid too large to
    be read at full resolution everything happens on one coarser level.

    Attributes
    ----------
    level : int
        Index into a multiscale layer's levels; 0 for an ordinary layer.
    shape : tuple of int
        Length of each spatial axis (RGB's last axis is not one).
    factors : tuple of float
        How many pixels of the layer's level 0 one pixel of this grid spans, an axis.
    """

    level: int
    shape: tuple[int, ...]
    factors: tuple[float, ...]

    @property
    def ndim(self) -> int:
        """Number of spatial axes."""
        return len(self.shape)

    def from_layer(self, position: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Turn coordinates of the layer's level 0, (…, ndim), into this grid's.

        Integer coordinates are pixel centres in both, and the outer edges coincide.
        """
        factors = np.asarray(self.factors)
        return (np.asarray(position, dtype=float) - (factors - 1) / 2) / factors

    def to_layer(self, position: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Turn coordinates of this grid, (…, ndim), into those of the layer's level 0."""
        factors = np.asarray(self.factors)
        return np.asarray(position, dtype=float) * factors + (factors - 1) / 2


def working_grid(layer: Image) -> Grid:
    """Choose the grid for a layer: its own, or of a pyramid the finest level that fits."""
    if not layer.multiscale:
        shape = _spatial_shape(layer, layer.data.shape)
        return Grid(level=0, shape=shape, factors=(1.0,) * len(shape))
    shapes = [_spatial_shape(layer, level.shape) for level in layer.data]
    fits = [_largest_plane(shape) <= MAX_PLANE_PIXELS for shape in shapes]
    level = fits.index(True) if any(fits) else len(shapes) - 1
    factors = tuple(full / own for full, own in zip(shapes[0], shapes[level], strict=True))
    return Grid(level=level, shape=shapes[level], factors=factors)


def level_data(layer: Image, grid: Grid) -> Any:
    """Return the array behind a grid, not loaded: numpy, dask, zarr or alike."""
    return layer.data[grid.level] if layer.multiscale else layer.data


def lies_as(layer: Layer, other: Layer) -> bool:
    """Say whether the same pixels of two layers, of as many axes, are at the same place."""
    origin_and_axes = np.vstack([np.zeros(other.ndim), np.eye(other.ndim)])
    return layer.units == other.units and all(
        _close(layer.data_to_world(at), other.data_to_world(at)) for at in origin_and_axes
    )


def placement(image: Layer, grid: Grid, start: Sequence[float] | None = None) -> dict[str, Any]:
    """Say where a layer that holds pixels of a grid lies in the world.

    Parameters
    ----------
    image : Layer
        The image layer that the grid belongs to.
    grid : Grid
        The grid.
    start : sequence of float, optional
        Grid coordinates of the layer's first pixel, an axis; by default the grid's own.

    Returns
    -------
    dict
        Arguments of a layer's constructor, each also the name of a property to set.
    """
    origin = grid.to_layer(np.zeros(grid.ndim) if start is None else start)
    corner = np.asarray(image.data_to_world(origin))
    return {
        "scale": np.asarray(image.scale) * np.asarray(grid.factors),
        "rotate": image.rotate,
        "shear": image.shear,
        "affine": image.affine,
        "translate": np.asarray(image.affine.inverse(corner)),
        "units": image.units,
    }


def place(layer: Layer, image: Layer, grid: Grid, start: Sequence[float] | None = None) -> None:
    """Move a layer to where its grid lies now; nothing happens if it is there already."""
    for name, value in placement(image, grid, start).items():
        present = getattr(layer, name)
        same = present == value if name == "units" else _close(present, value)
        if not same:
            setattr(layer, name, value)


def _close(one: object, other: object) -> bool:
    return bool(np.allclose(np.asarray(one, dtype=float), np.asarray(other, dtype=float)))


def _spatial_shape(layer: Image, shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(length) for length in shape[: layer.ndim])


def _largest_plane(shape: Sequence[int]) -> int:
    return int(np.prod(sorted(shape)[-2:]))
