"""The prompts of one object in one plane."""

from __future__ import annotations

from dataclasses import dataclass

from napari_sam.inference.prompts import Prompts


@dataclass(frozen=True, slots=True)
class PlanePrompts(Prompts):
    """`Prompts` in pixels of the plane, (rows, columns), that grow while an object is made."""

    def __bool__(self) -> bool:
        return bool(self.points) or self.box is not None

    @property
    def says_where(self) -> bool:
        """Whether anything says where the object is, and not only where it is not."""
        return self.box is not None or any(label == 1 for _, _, label in self.points)

    def extends(self, earlier: Prompts) -> bool:
        """Say whether these are the earlier prompts with points added, and no box changed."""
        count = len(earlier.points)
        return (
            self.box == earlier.box
            and len(self.points) > count
            and self.points[:count] == earlier.points
        )
