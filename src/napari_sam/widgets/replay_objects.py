"""The objects of a layer made again by another model, as a label image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels

from napari_sam.widgets.events import LoadingModel
from napari_sam.widgets.grid import placement, working_grid
from napari_sam.widgets.plane import Plane
from napari_sam.widgets.replay import Replayed, replay
from napari_sam.widgets.segmenter import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import numpy.typing as npt
    from napari.layers import Image

    from napari_sam.widgets.grid import Grid
    from napari_sam.widgets.models import ModelLoader
    from napari_sam.widgets.object_record import PlanePosition
    from napari_sam.widgets.objects_layer import ObjectsLayer
    from napari_sam.widgets.plane_source import PictureSource


def replayed_objects(
    source_of: Callable[[Plane], PictureSource],
    grid: Grid,
    objects: ObjectsLayer,
    model: str,
    load: ModelLoader,
    is_cancelled: Callable[[], bool],
) -> Generator[str, None, npt.NDArray[np.int32]]:
    """Make the objects that are still there again. To be run off the GUI thread.

    Objects keep their labels. Where two of them overlap, the one committed first stays.

    Parameters
    ----------
    source_of : callable
        Says where the pixels of a plane of the grid are to be read.
    grid : Grid
        The image's working grid.
    objects : ObjectsLayer
        Which objects, and what each was made from.
    model : str
        Name of the other model.
    load : ModelLoader
        Brings it to memory.
    is_cancelled : callable
        Whether the work is not wanted any more.

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
        return source_of(Plane(grid, *position)).read_rgb()

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
