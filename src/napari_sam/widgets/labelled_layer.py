"""A Labels layer, and the image under it, as what is measured and exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.inference.export.labelled_image import LabelledImage
from napari_sam.inference.measurements import fits
from napari_sam.inference.pixel_size import PixelSize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari.layers import Image, Labels, Layer

_KNOWN_AXES = "tczyx"


def labelled_image(
    labels: Labels, image: Image | None = None, classes: Mapping[int, str] | None = None
) -> LabelledImage:
    """Describe a Labels layer, without copying or reading its pixels.

    Parameters
    ----------
    labels : Labels
        The layer; of a multiscale one the finest level.
    image : Image, optional
        What to measure; left out where none of its levels has the labels' shape.
    classes : mapping of int to str, optional
        The name of the class of each id.
    """
    data = pixels_of(labels)
    return LabelledImage(
        labels=data,
        pixel_size=pixel_size_of(labels),
        name=labels.name if image is None else image.name,
        axes=_axes_of(labels),
        image=None if image is None else _fitting_level(image, tuple(data.shape)),
        classes=classes or {},
    )


def pixels_of(labels: Labels) -> Any:
    """Return the array behind a Labels layer."""
    return labels.data[0] if labels.multiscale else labels.data


def pixel_size_of(layer: Layer) -> PixelSize:
    """Measure how far apart pixels lie in the world, along each of the layer's axes.

    An affine that carries the size, as of medical files, counts as the layer's scale does.
    """
    origin = np.asarray(layer.data_to_world(np.zeros(layer.ndim)))
    steps = [np.asarray(layer.data_to_world(step)) - origin for step in np.eye(layer.ndim)]
    # Nine digits: a layer far from the origin has no more.
    scale = [float(f"{np.linalg.norm(step):.9g}") for step in steps]
    return PixelSize.of(scale, [str(unit) for unit in layer.units])


def _axes_of(layer: Layer) -> str:
    """Return the axes' letters where the person has named them so; empty otherwise."""
    names = [str(name).lower() for name in layer.axis_labels]
    places = [_KNOWN_AXES.find(name) if len(name) == 1 else -1 for name in names]
    is_known = -1 not in places and places == sorted(set(places)) and names[-2:] == ["y", "x"]
    return "".join(names) if is_known else ""


def _fitting_level(image: Image, shape: tuple[int, ...]) -> Any:
    levels = image.data if image.multiscale else [image.data]
    return next((level for level in levels if fits(level, shape)), None)
