"""What a person says about one object: points and a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompts of one object, in pixels of the image.

    Attributes
    ----------
    points : tuple of (float, float, int)
        x, y and label of each point; label 1 is foreground, 0 background.
    box : tuple of float, optional
        x0, y0, x1, y1.
    """

    points: tuple[tuple[float, float, int], ...] = ()
    box: tuple[float, float, float, float] | None = None

    @property
    def is_ambiguous(self) -> bool:
        """Whether it is a single click, which may mean a part, an object or a group."""
        return self.box is None and len(self.points) == 1

    @property
    def point_coords(self) -> NDArray[np.float64] | None:
        """The points as (N, 2) of x, y; None without any."""
        return np.array([point[:2] for point in self.points], np.float64) if self.points else None

    @property
    def point_labels(self) -> NDArray[np.int64] | None:
        """The points' labels as (N,); None without any."""
        return np.array([point[2] for point in self.points], np.int64) if self.points else None
