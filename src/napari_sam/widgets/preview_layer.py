"""The mask that is being made, as a Labels layer over the displayed plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap

from napari_sam.widgets.grid import place, placement
from napari_sam.widgets.palette import PREVIEW_FILL, PREVIEW_OUTLINE

if TYPE_CHECKING:
    import numpy.typing as npt
    from napari.layers import Image

    from napari_sam.widgets.plane import Plane

PREVIEW_NAME = "preview"
_CLEAR = (0.0, 0.0, 0.0, 0.0)


class PreviewLayer:
    """A Labels layer of one plane's size, whatever the size of the stack.

    It has the image's number of axes, with length 1 along those not displayed, and lies at
    the slice it was made for: on any other slice napari shows nothing of it.

    Parameters
    ----------
    image : Image
        The layer that is segmented.
    plane : Plane
        Where the preview lies first.

    Attributes
    ----------
    layer : Labels
        The layer itself.
    is_blank : bool
        Whether it shows no mask.
    """

    def __init__(self, image: Image, plane: Plane) -> None:
        self._image, self._plane = image, plane
        self.is_blank = True
        self.layer = Labels(
            np.zeros(plane.thin_shape, dtype=np.uint8),
            name=PREVIEW_NAME,
            opacity=1.0,
            colormap=DirectLabelColormap(
                color_dict={None: _CLEAR, 0: _CLEAR, 1: PREVIEW_FILL, 2: PREVIEW_OUTLINE}
            ),
            **placement(image, plane.grid, plane.index),
        )

    def show(self, plane: Plane, picture: npt.NDArray[np.uint8]) -> None:
        """Show a picture of a mask, (rows, columns), in a plane: 1 inside, 2 outline."""
        thin = plane.thin(picture)
        self._plane = plane
        self.is_blank = False
        if thin.shape == self.layer.data.shape:
            self.layer.data[...] = thin
        else:
            self.layer.data = np.ascontiguousarray(thin)
        self.follow_image()
        self.layer.refresh(thumbnail=False, highlight=False, extent=False)

    def blank(self) -> None:
        """Show nothing."""
        if not self.is_blank:
            self.is_blank = True
            self.layer.data[...] = 0
            self.layer.refresh(thumbnail=False, highlight=False, extent=False)

    def follow_image(self) -> None:
        """Move the layer to where the image lies now."""
        place(self.layer, self._image, self._plane.grid, self._plane.index)

    def mask(self) -> npt.NDArray[np.bool_]:
        """Return the mask as shown, (rows, columns), edits with napari's brush included."""
        return np.asarray(self._plane.flat(self.layer.data)) > 0
