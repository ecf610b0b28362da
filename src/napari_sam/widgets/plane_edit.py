"""What a brush and an eraser did to the preview of a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from napari_sam.widgets.plane import Plane


@dataclass(frozen=True, slots=True, eq=False)
class PlaneEdit:
    """Pixels that belong to the object, or do not, whatever the model says.

    Never changed once made, and equal to itself only.

    Attributes
    ----------
    plane : Plane
        Where.
    pixels : ndarray of int
        (N,) sorted positions in the flattened plane (rows, columns).
    added : ndarray of bool
        (N,) whether each belongs to the object.
    """

    plane: Plane
    pixels: npt.NDArray[np.intp]
    added: npt.NDArray[np.bool_]

    @classmethod
    def nothing(cls, plane: Plane) -> PlaneEdit:
        """Begin with no pixel."""
        return cls(plane, np.zeros(0, np.intp), np.zeros(0, bool))

    def with_stroke(self, pixels: npt.NDArray[np.intp], added: npt.NDArray[np.bool_]) -> PlaneEdit:
        """Add a stroke, which counts more than what was there before it."""
        stays = ~np.isin(self.pixels, pixels)
        both = np.concatenate([self.pixels[stays], pixels])
        signs = np.concatenate([self.added[stays], added])
        order = np.argsort(both, kind="stable")
        return PlaneEdit(self.plane, both[order], signs[order])

    def applied(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return a copy of a mask, (rows, columns), with the edit in it."""
        edited = np.array(mask, order="C")
        edited.reshape(-1)[self.pixels] = self.added
        return edited
