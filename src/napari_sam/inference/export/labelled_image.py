"""What is exported: labels, and what is known about them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.inference.measurements import Measurer
from napari_sam.inference.run_sums import Sums

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from napari_sam.inference.pixel_size import PixelSize
    from napari_sam.inference.run_sums import Box

_AXES = {2: "yx", 3: "zyx", 4: "tzyx", 5: "tczyx"}


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImage:
    """A label image with all that goes into a file.

    Attributes
    ----------
    labels : array
        Integers of two axes or more, the last two being rows and columns; 0 background.
        numpy, dask, zarr or alike.
    pixel_size : PixelSize
        Of the labels' axes.
    name : str
        What it shows; some formats name the image by it.
    axes : str
        A letter an axis, of "tczyx"; by their number if empty.
    image : array, optional
        Measured within the objects; of the labels' shape, colours last.
    classes : mapping of int to str
        The name of the class of each id.

    Raises
    ------
    ValueError
        If the labels have fewer than two axes, or `axes` does not fit them.
    """

    labels: Any
    pixel_size: PixelSize
    name: str = "labels"
    axes: str = ""
    image: Any = None
    classes: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.labels.shape)
        if count < 2:
            raise ValueError(f"expected labels with rows and columns, got {count} axis")
        if not self.axes:
            object.__setattr__(self, "axes", _AXES.get(count, ""))
        elif len(self.axes) != count or not self.axes.endswith("yx") or not _in_order(self.axes):
            raise ValueError(
                f"expected {count} axes out of tczyx in this order, ending in yx, got "
                f"{self.axes!r}; leave the axes out"
            )

    @property
    def measurer(self) -> Measurer:
        """Measures the objects."""
        return Measurer(self.labels, self.pixel_size, self.image, self.classes)

    @property
    def plane_shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.labels.shape[-2:]
        return int(rows), int(columns)

    @property
    def plane_count(self) -> int:
        """How many planes of rows and columns there are."""
        return math.prod(int(length) for length in self.labels.shape[:-2])

    def planes(self) -> Iterator[tuple[tuple[int, ...], NDArray[np.integer[Any]]]]:
        """Yield the index of each plane, without rows and columns, and its labels."""
        for index in np.ndindex(*self.labels.shape[:-2]):
            yield index, np.asarray(self.labels[index])

    def require_axes(self, format_name: str) -> str:
        """Return the axes' letters, for a format that must know them."""
        if not self.axes:
            raise ValueError(
                f"expected labels of 2 to 5 axes for {format_name}, got "
                f"{len(self.labels.shape)}; export a part of them"
            )
        return self.axes


def objects_of(
    plane: NDArray[np.integer[Any]],
) -> Iterator[tuple[int, Box, NDArray[np.bool_]]]:
    """Yield the objects of a plane: id, box, and the mask within the box."""
    sums = Sums.of(plane, None, (0, 0))
    for at, label in enumerate(sums.ids.tolist()):
        box = sums.box(at)
        yield label, box, plane[box] == label


def _in_order(axes: str) -> bool:
    order = ["tczyx".find(axis) for axis in axes]
    return -1 not in order and all(one < two for one, two in itertools.pairwise(order))
