"""The objects of a layer made again by another model, as a label image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels

from napari_sam.widgets.events import LoadingModel, PlaneSource
from napari_sam.widgets.grid import level_data, placement, working_grid
from napari_sam.widgets.plane import Plane
from napari_sam.widgets.replay import Replayed, replay
from napari_sam.widgets.segmenter import CancelledError, read_rgb

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import numpy.typing as npt
    from napari.layers import Image

    from napari_sam.widgets.grid import Grid
    from napari_sam.widgets.models import ModelLoader
    from napari_sam.widgets.object_record import PlanePosition
    from napari_sam.widgets.objects_layer import ObjectsLayer


def replayed_objects(
    image: Image,
    grid: Grid,
    objects: ObjectsLayer,
    model: str,
    load: ModelLoader,
    is_cancelled: Callable[[], bool],
) -> Generator[str, None, npt.NDArray[np.int32]]:
    """Make the objects that are still there again. To be run off the GUI thread.

    Objects keep their labels. Where two of them overlap, the one committed first stays.

    Yields
    ------
    str
        What is going on, in words.

    Returns
    -------
    ndarray of int32
        The labels, of the grid's shape.
    """
    there = {int(label) for part in np.atleast_2d(objects.layer.data) for label in np.unique(part)}
    records = [record for record in objects.records.records if record.label in there]
    data = level_data(image, grid)
    steps = load(model)
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            make_predictor = end.value
            break
        if isinstance(event, LoadingModel):
            yield f"loading {model} {event.detail}".strip()
        if is_cancelled():
            raise CancelledError
    pixels = np.zeros(grid.shape, np.int32)

    def read_plane(position: PlanePosition) -> npt.NDArray[np.uint8]:
        return read_rgb(PlaneSource(data, Plane(grid, *position), rgb=bool(image.rgb)))

    for made in replay(records, read_plane, make_predictor, is_cancelled):
        if isinstance(made, Replayed):
            cut = Plane(grid, *made.record.plane).cut(pixels)
            cut[made.mask & (cut == 0)] = made.record.label
        yield f"object {made.done} of {made.total}"
    return pixels


def layer_of(pixels: npt.NDArray[np.int32], image: Image, model: str) -> Labels:
    """Make the layer for replayed objects, lying over the image."""
    name = f"objects ({model})"
    return Labels(pixels, name=name, opacity=0.6, **placement(image, working_grid(image)))
