"""All prompts of an image at one moment, as plain values that can be compared and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_sam.widgets.plane_edit import PlaneEdit

Position = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PromptPoint:
    """A point.

    Attributes
    ----------
    position : tuple of float
        (ndim,) in the working grid, in the order of its axes.
    label : str
        Foreground or background.
    """

    position: Position
    label: str


@dataclass(frozen=True, slots=True)
class PromptShape:
    """A shape as napari's Shapes layer holds it.

    Attributes
    ----------
    kind : str
        napari's shape type: "rectangle", "ellipse", "polygon", "path", "line".
    vertices : tuple of tuple of float
        (N, ndim) in the working grid, in the order of its axes.
    label : str
        Foreground or background: what a scribble says of the pixels under it.
    """

    kind: str
    vertices: tuple[Position, ...]
    label: str


@dataclass(frozen=True, slots=True)
class PromptState:
    """The prompts of one image, on all its slices.

    Attributes
    ----------
    points : tuple of PromptPoint
        In the order in which they were set.
    shapes : tuple of PromptShape
        In the order in which they were drawn.
    edits : tuple of PlaneEdit
        What was painted and erased in the preview, one for each plane where anything was.
    """

    points: tuple[PromptPoint, ...] = ()
    shapes: tuple[PromptShape, ...] = ()
    edits: tuple[PlaneEdit, ...] = ()
