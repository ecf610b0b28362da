"""The prompts of one object, or of several, in one plane."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_sam.inference.prompts import Prompts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from napari_sam.inference.outlines import XY
    from napari_sam.widgets.plane import Plane


@dataclass(frozen=True, slots=True, eq=False)
class KnownMask:
    """A mask that is there already and is to be refined. Equal to itself only.

    Attributes
    ----------
    plane : Plane
        Where it is.
    mask : ndarray of bool
        (rows, columns) of the plane.
    """

    plane: Plane
    mask: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PlanePrompts(Prompts):
    """`Prompts` in pixels of the plane, (rows, columns), that grow while an object is made.

    Attributes
    ----------
    area : tuple of (float, float)
        (x, y) of the outline drawn around the object; empty without one. Its bounding box is
        `box` then.
    known : KnownMask, optional
        The mask to begin from.
    objects : tuple of PlanePrompts
        Where every point and every box is an object of its own: the prompts of each.
    """

    area: tuple[XY, ...] = ()
    known: KnownMask | None = None
    objects: tuple[PlanePrompts, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.points) or self.box is not None or self.known is not None

    @property
    def is_ambiguous(self) -> bool:
        """Whether it is a single click, which may mean a part, an object or a group."""
        return self.box is None and len(self.points) == 1 and self.known is None

    @property
    def says_where(self) -> bool:
        """Whether anything says where the object is, and not only where it is not."""
        marked = self.box is not None or self.known is not None
        return marked or any(label == 1 for _, _, label in self.points)

    def extends(self, earlier: Prompts) -> bool:
        """Say whether these are the earlier prompts with points added, and nothing else."""
        return (
            isinstance(earlier, PlanePrompts)
            and not self.objects
            and (self.box, self.area, self.known) == (earlier.box, earlier.area, earlier.known)
            and Counter(earlier.points) < Counter(self.points)
        )
