"""What a commit writes: one object, or several that were made at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    import numpy.typing as npt

    from napari_sam.widgets.current_object import CurrentObject
    from napari_sam.widgets.preview_layer import PreviewLayer
    from napari_sam.widgets.prompts import PlanePrompts


@dataclass(frozen=True, slots=True, eq=False)
class MaskToCommit:
    """A mask that becomes an object.

    Attributes
    ----------
    mask : ndarray of bool
        (rows, columns) of the preview's plane.
    prompts : PlanePrompts
        What it answers; empty where it was painted alone.
    """

    mask: npt.NDArray[np.bool_]
    prompts: PlanePrompts


def masks_to_commit(current: CurrentObject, preview: PreviewLayer) -> list[MaskToCommit]:
    """List the objects that are made, with what was painted and erased; none if there is no mask.

    Where every point and box is an object of its own, what was erased is erased from all of
    them, and what was painted is added to the nearest.
    """
    if preview.is_blank:
        return []
    masks = None if current.candidates is None else current.candidates.objects
    if masks is None:
        return [MaskToCommit(preview.mask(), current.answered)]
    edited = _share(preview.with_edit(np.logical_or.reduce(masks)), masks)
    return [
        MaskToCommit(mask, prompts)
        for mask, prompts in zip(edited, current.answered.objects, strict=True)
        if mask.any()
    ]


def _share(together: npt.NDArray[np.bool_], masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Cut masks to what is left of all of them, and add what is new to the nearest."""
    shared = masks & together
    new = together & ~np.logical_or.reduce(masks)
    if new.any() and masks.any():
        owner = np.argmax(masks, axis=0)
        _, (rows, columns) = ndimage.distance_transform_edt(
            ~np.logical_or.reduce(masks), return_indices=True
        )
        at = np.nonzero(new)
        shared[(owner[rows[at], columns[at]], *at)] = True
    return shared
