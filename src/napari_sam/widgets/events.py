"""What the background work is asked for, and the typed events it answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from napari_sam.widgets.plane import Plane
    from napari_sam.widgets.prompts import PlanePrompts


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
    """

    data: Any
    plane: Plane
    rgb: bool
    version: int = 0

    @property
    def key(self) -> tuple[int, int, Plane]:
        """Tells two sources apart, for as long as both are held."""
        return id(self.data), self.version, self.plane


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """Everything that the background work should bring about, as the person wants it now.

    Attributes
    ----------
    model : str
        Name of the model.
    source : PlaneSource
        The picture.
    object_number : int
        Counts the objects begun. Corrections refine the mask of the same object only.
    prompts : PlanePrompts
        May be empty: then the plane is made ready and nothing predicted.
    candidate : int, optional
        Which of the earlier masks was taken, where it was ambiguous; the best by default.
    is_hover : bool
        Whether it is only about what a click under the mouse would give.
    """

    model: str
    source: PlaneSource
    object_number: int
    prompts: PlanePrompts
    candidate: int | None = None
    is_hover: bool = False

    def same_picture(self, other: Goal) -> bool:
        """Say whether model and plane are the same, so that the embedding serves both."""
        return self.model == other.model and self.source.key == other.source.key

    def asks_the_same(self, other: Goal) -> bool:
        """Say whether one answer serves both."""
        return (
            self.same_picture(other)
            and self.object_number == other.object_number
            and self.prompts == other.prompts
        )


@dataclass(frozen=True, slots=True)
class LoadingModel:
    """A model is being brought to memory; `detail` says how far, in words."""

    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EmbeddingPlane:
    """The encoder looks at a plane."""

    plane: Plane


@dataclass(frozen=True, slots=True)
class PlaneReady:
    """The plane's embedding is there; making it took `seconds`, now or earlier."""

    plane: Plane
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The masks that answer some prompts, the smallest first.

    Attributes
    ----------
    masks : ndarray of bool
        (C, rows, columns).
    iou_predictions : ndarray
        (C,) how well each fits its object, as the model thinks.
    pictures : ndarray of uint8
        (C, rows, columns), as `pictures` draws them.
    best : int
        The candidate of the highest predicted IoU.
    thumbnails : list of ndarray
        (side, side, 3) uint8 of each, where there are several.
    objects : ndarray of bool, optional
        (B, rows, columns): where each point and box is an object of its own, their masks.
    """

    masks: npt.NDArray[np.bool_]
    iou_predictions: npt.NDArray[np.floating[Any]]
    pictures: npt.NDArray[np.uint8]
    best: int
    thumbnails: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    objects: npt.NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.masks)


@dataclass(frozen=True, slots=True)
class Predicted:
    """The decoder has answered the goal's prompts."""

    candidates: Candidates = field(repr=False)
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The work ended with an error.

    Attributes
    ----------
    sentence : str
        What to tell the person.
    detail : str
        The traceback, on demand.
    """

    sentence: str
    detail: str


WorkEvent = LoadingModel | EmbeddingPlane | PlaneReady | Predicted | Failed
