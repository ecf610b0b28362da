"""Moving the sliders to where an object is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.labelled_layer import pixels_of

if TYPE_CHECKING:
    from napari.components import Dims
    from napari.layers import Labels

    from napari_sam.inference.measurements import Measurement


def go_to_object(labels: Labels, row: Measurement, dims: Dims) -> None:
    """Move the sliders to a slice that shows an object, unless one is on display.

    Of the slices the one through the object's centre is taken; where that misses it, the one
    with most of its pixels.

    Parameters
    ----------
    labels : Labels
        Its layer.
    row : Measurement
        The object, as it was measured.
    dims : Dims
        The viewer's.
    """
    offset = dims.ndim - labels.ndim
    hidden = [axis for axis in range(labels.ndim) if axis + offset not in dims.displayed]
    if not hidden:
        return
    data = pixels_of(labels)
    point = np.round(labels.world_to_data(dims.point)).astype(int)
    here = {axis: int(point[axis]) for axis in hidden}
    if _shows(data, row, here):
        return
    index = {axis: round(row.center[axis]) for axis in hidden}
    if not _shows(data, row, index):
        index = _fullest(data, row, hidden)
    world = labels.data_to_world([index.get(axis, row.center[axis]) for axis in range(labels.ndim)])
    for axis in hidden:
        dims.set_point(axis + offset, float(world[axis]))


def _shows(data: Any, row: Measurement, index: dict[int, int]) -> bool:
    """Say whether any of an object's pixels lies on a slice."""
    if any(not row.box[axis].start <= at < row.box[axis].stop for axis, at in index.items()):
        return False
    cut = tuple(index.get(axis, part) for axis, part in enumerate(row.box))
    return bool((np.asarray(data[cut]) == row.id).any())


def _fullest(data: Any, row: Measurement, hidden: list[int]) -> dict[int, int]:
    inside = np.asarray(data[row.box]) == row.id
    shown = tuple(axis for axis in range(inside.ndim) if axis not in hidden)
    counts = inside.sum(axis=shown)
    best = np.unravel_index(int(counts.argmax()), counts.shape)
    return {axis: row.box[axis].start + int(at) for axis, at in zip(hidden, best, strict=True)}
