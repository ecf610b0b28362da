"""Where the pixels of a plane are to be read, free of Qt: what goals carry to the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable

    import numpy.typing as npt

    from napari_sam.widgets.plane import Plane


@dataclass(frozen=True, slots=True)
class Contrast:
    """What a layer shows as black and as white, and the curve between.

    Attributes
    ----------
    low, high : float
        The layer's contrast limits, in its own values.
    gamma : float
        Its exponent.
    """

    low: float
    high: float
    gamma: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class PlaneSource:
    """Pixels that can be read: a plane of an array that may not be in memory.

    Attributes
    ----------
    data : array
        The array behind the plane's grid: numpy, dask, zarr or alike.
    plane : Plane
        The cut.
    rgb : bool
        Whether the last axis of `data` holds colours.
    version : int
        Changes when the layer's pixels change.
    contrast : Contrast, optional
        How values become brightness; by default as `inference.preprocessing` says. Not for
        colours, which napari shows as they are.
    """

    data: Any
    plane: Plane
    rgb: bool
    version: int = 0
    contrast: Contrast | None = None

    @property
    def key(self) -> Hashable:
        """Tells two sources apart, for as long as both are held."""
        return id(self.data), self.version, self.plane, self.contrast

    def read_rgb(self) -> npt.NDArray[np.uint8]:
        """Load the plane, (rows, columns, 3), and nothing more of its array."""
        from napari_sam.inference.preprocessing import to_rgb_uint8, windowed

        pixels = np.asarray(self.plane.cut(self.data))
        if self.rgb:
            return to_rgb_uint8(pixels, channel_axis=-1)
        if self.contrast is not None:
            pixels = windowed(
                pixels, self.contrast.low, self.contrast.high, gamma=self.contrast.gamma
            )
        return to_rgb_uint8(pixels)


@dataclass(frozen=True, slots=True, eq=False)
class CombinedSource:
    """The same plane of up to three arrays, seen as red, green and blue.

    Each is brought to brightness on its own: they are stains or detectors, each of its own
    scale.

    Attributes
    ----------
    plane : Plane
        The cut.
    channels : tuple of PlaneSource or None
        (3,) red, green and blue, none of them in colour; None is black.
    """

    plane: Plane
    channels: tuple[PlaneSource | None, PlaneSource | None, PlaneSource | None]

    @property
    def key(self) -> Hashable:
        """Tells two sources apart, for as long as both are held."""
        return tuple(None if channel is None else channel.key for channel in self.channels)

    def read_rgb(self) -> npt.NDArray[np.uint8]:
        """Load the planes, (rows, columns, 3), and nothing more of their arrays."""
        picture = np.zeros((*self.plane.shape, 3), dtype=np.uint8)
        read: dict[Hashable, npt.NDArray[np.uint8]] = {}  # a channel may be taken twice
        for index, channel in enumerate(self.channels):
            if channel is not None:
                if channel.key not in read:
                    read[channel.key] = channel.read_rgb()[..., 0]
                picture[..., index] = read[channel.key]
        return picture


PictureSource = PlaneSource | CombinedSource
"""Either: has a `plane`, a `key` and `read_rgb`."""
