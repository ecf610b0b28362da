"""The mask that is being made, as a Labels layer over the displayed plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap
from qtpy.QtCore import QTimer

from napari_sam.widgets.grid import place, placement
from napari_sam.widgets.native_edits import as_change
from napari_sam.widgets.palette import PREVIEW_COLOURS
from napari_sam.widgets.pictures import HOVER, OUTLINE, mask_of, outlined
from napari_sam.widgets.plane_edit import PlaneEdit
from napari_sam.widgets.tags import tag

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from napari.layers import Image

    from napari_sam.widgets.plane import Plane

PREVIEW_NAME = "preview"
_STROKE_POLL: Final = 100  # milliseconds
_PART: Final = 0.1
"""Up to this share of the plane is redrawn pixel by pixel; more of it is faster at once."""


class PreviewLayer:
    """A Labels layer of one plane's size, whatever the size of the stack.

    It has the image's number of axes, with length 1 along those not displayed, and lies at
    the slice it was made for: on any other slice napari shows nothing of it. napari's brush
    and eraser may be used on it: what they do stays when the model answers anew.

    Parameters
    ----------
    image : Image
        The layer that is segmented.
    plane : Plane
        Where the preview lies first.
    on_edit : callable
        Called with the plane's edit after each stroke of a brush or an eraser. Whoever keeps
        edits gives it back by `set_edit`.

    Attributes
    ----------
    layer : Labels
        The layer itself.
    plane : Plane
        Where it lies.
    """

    def __init__(self, image: Image, plane: Plane, on_edit: Callable[[PlaneEdit], None]) -> None:
        self._image, self.plane, self._on_edit = image, plane, on_edit
        self._picture: npt.NDArray[np.uint8] | None = None  # without edits
        self._edit: PlaneEdit | None = None
        self._shown = np.zeros(plane.shape, np.uint8)
        self._is_writing = False
        self.layer = Labels(
            np.zeros(plane.thin_shape, dtype=np.uint8),
            name=PREVIEW_NAME,
            opacity=1.0,
            metadata=tag(PREVIEW_NAME, image),
            colormap=DirectLabelColormap(color_dict=PREVIEW_COLOURS),
            **placement(image, plane.grid, plane.index),
        )
        self.layer.events.paint.connect(self._on_paint)

    @property
    def is_blank(self) -> bool:
        """Whether there is no mask: neither from the model nor from a brush."""
        return self._picture is None and (self._edit is None or not self._edit.added.any())

    def show(self, plane: Plane, picture: npt.NDArray[np.uint8]) -> None:
        """Show a picture of a mask, (rows, columns), in a plane."""
        self._picture = picture
        self._draw(plane)

    def hover(self, picture: npt.NDArray[np.uint8] | None) -> None:
        """Show the outline of what a click would give, or nothing, while there is no mask."""
        if self.is_blank:
            outline = np.zeros(self.plane.shape, np.uint8)
            if picture is not None:
                outline[picture == OUTLINE] = HOVER
            self._write(self.plane, outline)

    def blank(self) -> None:
        """Show nothing but what was painted."""
        self._picture = None
        self._draw(self.plane)

    def set_edit(self, plane: Plane, edit: PlaneEdit | None) -> None:
        """Lie in a plane, with what was painted there; the mask of another plane is dropped."""
        if plane != self.plane:
            self._picture = None
        if plane != self.plane or edit is not self._edit:
            self._edit = edit
            self._draw(plane)

    def follow_image(self) -> None:
        """Move the layer to where the image lies now."""
        place(self.layer, self._image, self.plane.grid, self.plane.index)

    def mask(self) -> npt.NDArray[np.bool_]:
        """Return the mask as shown, (rows, columns), edits with napari's brush included."""
        return mask_of(np.asarray(self.plane.flat(self.layer.data)))

    def with_edit(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return a mask, (rows, columns), with what was painted and erased."""
        return mask if self._edit is None else self._edit.applied(mask)

    def _draw(self, plane: Plane) -> None:
        if self._edit is not None and self._edit.plane != plane:
            self._edit = None
        picture = self._picture
        if picture is None:
            picture = np.zeros(plane.shape, np.uint8)
        if self._edit is not None:
            picture = outlined(self._edit.applied(mask_of(picture)))
        self._write(plane, picture)

    def _write(self, plane: Plane, picture: npt.NDArray[np.uint8]) -> None:
        """Show a picture, and redraw no more than what differs."""
        is_same_place = plane == self.plane
        if is_same_place and self.layer._block_history:  # a stroke is under way
            QTimer.singleShot(_STROKE_POLL, self._redraw)
            return
        present = plane.flat(self.layer.data) if is_same_place else None
        changed = None if present is None else np.flatnonzero(present != picture)
        self.plane, self._shown = plane, picture
        self._is_writing = True
        try:
            if changed is None or changed.size > _PART * picture.size:
                self._write_all(picture)
            elif changed.size:
                rows, columns = np.divmod(changed, picture.shape[1])
                at = [np.zeros(changed.size, np.intp) for _ in range(self.layer.ndim)]
                at[plane.rows], at[plane.columns] = rows, columns
                self.layer.data_setitem(tuple(at), picture.reshape(-1)[changed])
            self._forget_strokes()
        finally:
            self._is_writing = False

    def _write_all(self, picture: npt.NDArray[np.uint8]) -> None:
        thin = self.plane.thin(picture)
        if thin.shape == self.layer.data.shape:
            self.layer.data[...] = thin
        else:
            self.layer.data = thin.copy()
        self.follow_image()
        self.layer.refresh(thumbnail=False, highlight=False, extent=False)

    def _on_paint(self, event: Any) -> None:
        """Take a stroke of napari's brush, eraser, bucket or polygon for an edit."""
        if self._is_writing:
            return
        change = as_change("painting", self.layer, event.value, undone=False)
        rows, columns = change.indices[self.plane.rows], change.indices[self.plane.columns]
        pixels = np.ravel_multi_index((rows, columns), self.plane.shape)
        order = np.argsort(pixels)
        pixels, added = pixels[order], change.after[order] != 0
        turned = mask_of(self._shown.reshape(-1)[pixels]) != added
        if turned.any():
            before = self._edit or PlaneEdit.nothing(self.plane)
            self._on_edit(before.with_stroke(pixels[turned], added[turned]))
        self._forget_strokes()
        # Some of napari's tools report before they write, some before the stroke is over.
        QTimer.singleShot(0, self._redraw)

    def _redraw(self) -> None:
        self._draw(self.plane)

    def _forget_strokes(self) -> None:
        """Leave napari's own Ctrl+Z nothing to undo here: strokes are kept as edits."""
        self.layer._reset_history()
