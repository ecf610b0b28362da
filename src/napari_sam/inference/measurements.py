"""How large, how bright and where the objects of a label image are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.inference.progress import Progress, drained
from napari_sam.inference.run_sums import Sums

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from napari_sam.inference.pixel_size import PixelSize
    from napari_sam.inference.run_sums import Box

_SLAB_PIXELS = 1 << 22


@dataclass(frozen=True, slots=True)
class Measurement:
    """One object of a label image.

    Attributes
    ----------
    id : int
        Its value in the label image.
    class_name : str
        The name of its class; empty if it has none.
    pixels : int
        How many pixels it has.
    area : float
        Its area, in 3-D its volume, in `PixelSize.area_unit`.
    equivalent_diameter : float or None
        Of the disc or ball with this area, in `PixelSize.unit`; None where the axes' units
        differ.
    mean_intensity : float or None
        Of the image within the object, colours averaged; None without an image.
    centroid : tuple of float
        Mean position of its pixels' centres, an axis, in `PixelSize.units`; the first
        pixel's centre is 0.
    center : tuple of float
        The same in pixels: an index into the array.
    box : tuple of slice
        The smallest part of the array that holds it.
    """

    id: int
    class_name: str
    pixels: int
    area: float
    equivalent_diameter: float | None
    mean_intensity: float | None
    centroid: tuple[float, ...]
    center: tuple[float, ...]
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Measurer:
    """What objects are measured in.

    Attributes
    ----------
    labels : array
        Integers of any number of axes, 0 background; numpy, dask, zarr or alike.
    pixel_size : PixelSize
        Of the labels' axes.
    image : array, optional
        Grey, of the labels' shape; or with one axis more, at the end, for colours, of which
        the first three count.
    classes : mapping of int to str, optional
        The name of the class of each id.

    Raises
    ------
    ValueError
        If the labels are not integers, or shapes do not fit.
    """

    labels: Any
    pixel_size: PixelSize
    image: Any = None
    classes: Mapping[int, str] | None = None

    def __post_init__(self) -> None:
        shape, kind = tuple(self.labels.shape), np.dtype(self.labels.dtype).kind
        if kind not in "iu":
            raise ValueError(f"expected labels of integers, got {self.labels.dtype}")
        if self.pixel_size.ndim != len(shape):
            raise ValueError(
                f"expected a pixel's size along {len(shape)} axes, got {self.pixel_size.ndim}"
            )
        if self.image is not None and not fits(self.image, shape):
            raise ValueError(
                f"expected an image of the labels' shape {shape}, grey or with colours last, "
                f"got {tuple(self.image.shape)}; measure without the image"
            )

    def all(self) -> list[Measurement]:
        """Measure every object, in the order of their ids."""
        return drained(self.measuring())

    def measuring(self) -> Generator[Progress, None, list[Measurement]]:
        """Measure every object, slab by slab along the first axis; may be stopped between."""
        shape = tuple(self.labels.shape)
        depth = max(1, _SLAB_PIXELS // max(1, math.prod(shape[1:])))
        starts = range(0, shape[0], depth)
        parts = []
        for number, start in enumerate(starts):
            slab = (slice(start, min(start + depth, shape[0])),)
            parts.append(self._sums(slab + tuple(slice(0, length) for length in shape[1:])))
            yield Progress(number + 1, len(starts))
        return self._rows(Sums.joined(parts)) if parts else []

    def some(self, boxes: Mapping[int, Box]) -> list[Measurement]:
        """Measure some objects again, each within a box that is known to hold it.

        What it costs follows the boxes and not the label image.

        Parameters
        ----------
        boxes : mapping of int to tuple of slice
            For each id where to look.

        Returns
        -------
        list of Measurement
            In the order of `boxes`; ids that have no pixel there are left out.
        """
        rows: list[Measurement] = []
        for label, box in boxes.items():
            rows += self._rows(self._sums(box, only=label))
        return rows

    def _sums(self, box: Box, only: int | None = None) -> Sums:
        labels = np.asarray(self.labels[box])
        image = None if self.image is None else np.asarray(self.image[box])
        return Sums.of(labels, image, tuple(part.start for part in box), only=only)

    def _rows(self, sums: Sums) -> list[Measurement]:
        size, classes = self.pixel_size, self.classes or {}
        areas = sums.pixels * size.pixel_area
        diameters = equivalent_diameter(areas, size.ndim)
        centers = sums.positions / sums.pixels[:, None]
        intensities = None if sums.intensities is None else sums.intensities / sums.pixels
        return [
            Measurement(
                id=label,
                class_name=classes.get(label, ""),
                pixels=int(sums.pixels[at]),
                area=float(areas[at]),
                equivalent_diameter=float(diameters[at]) if size.unit else None,
                mean_intensity=None if intensities is None else float(intensities[at]),
                centroid=tuple((centers[at] * size.scale).tolist()),
                center=tuple(centers[at].tolist()),
                box=sums.box(at),
            )
            for at, label in enumerate(sums.ids.tolist())
        ]


def equivalent_diameter(area: Any, ndim: int) -> Any:
    """Return the diameter of the ball with this area, volume or content of `ndim` axes."""
    unit_ball = math.pi ** (ndim / 2) / math.gamma(ndim / 2 + 1)
    return 2 * (area / unit_ball) ** (1 / ndim)


def fits(image: Any, shape: tuple[int, ...]) -> bool:
    """Say whether an image's intensities can be measured in labels of a shape."""
    image_shape = tuple(image.shape)
    return image_shape == shape or (image_shape[:-1] == shape and image_shape[-1] in (3, 4))


def union(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around some boxes."""
    axes = zip(*boxes, strict=True)
    return tuple(slice(min(p.start for p in axis), max(p.stop for p in axis)) for axis in axes)
