"""The kinds of change that a session's history holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from napari.layers import Labels

    from napari_sam.widgets.history import Change
    from napari_sam.widgets.prompt_state import PromptState


class TakesPrompts(Protocol):
    """What a change of prompts is made to."""

    def restore(self, state: PromptState) -> None:
        """Hold these prompts instead of the present ones."""


@dataclass(frozen=True, slots=True, eq=False)
class PixelChange:
    """Pixels of a Labels layer that got other values.

    Attributes
    ----------
    description : str
        What was done.
    layer : Labels
        The layer.
    indices : tuple of ndarray
        Which pixels: an index array for each axis of the layer's data.
    before, after : ndarray
        (N,) their values.
    """

    description: str
    layer: Labels
    indices: tuple[npt.NDArray[np.intp], ...]
    before: npt.NDArray[np.integer]
    after: npt.NDArray[np.integer]

    @classmethod
    def of(
        cls,
        description: str,
        layer: Labels,
        indices: tuple[npt.NDArray[np.intp], ...],
        value: int | npt.NDArray[np.integer],
    ) -> PixelChange:
        """Plan to give pixels a value; those that have it already are left out."""
        before = np.asarray(layer.data[indices])
        after = np.broadcast_to(np.asarray(value, dtype=before.dtype), before.shape)
        differs = before != after
        kept = tuple(axis[differs] for axis in indices)
        return cls(description, layer, kept, before[differs], after[differs].copy())

    @property
    def size(self) -> int:
        """How many pixels change."""
        return len(self.before)

    def undo(self) -> None:
        """Give the pixels the values they had."""
        self._write(self.before)

    def redo(self) -> None:
        """Give the pixels the new values."""
        self._write(self.after)

    def _write(self, values: npt.NDArray[np.integer]) -> None:
        if self.size:
            self.layer.data_setitem(self.indices, values)


@dataclass(frozen=True, slots=True)
class PromptChange:
    """Prompts of an image that were added, moved, changed or deleted.

    Attributes
    ----------
    description : str
        What was done.
    layers : TakesPrompts
        The prompt layers of the image.
    before, after : PromptState
        All that they held and hold.
    """

    description: str
    layers: TakesPrompts
    before: PromptState
    after: PromptState

    def undo(self) -> None:
        """Bring the earlier prompts back."""
        self.layers.restore(self.before)

    def redo(self) -> None:
        """Bring the later prompts back."""
        self.layers.restore(self.after)


@dataclass(frozen=True, slots=True)
class Together:
    """Several changes that are one to the person.

    Attributes
    ----------
    description : str
        What was done.
    changes : tuple of Change
        In the order in which they are made.
    """

    description: str
    changes: tuple[Change, ...]

    def undo(self) -> None:
        """Take all back, the last first."""
        for change in reversed(self.changes):
            change.undo()

    def redo(self) -> None:
        """Make all again."""
        for change in self.changes:
            change.redo()


@dataclass(frozen=True, slots=True, eq=False)
class DataChange:
    """A Labels layer that was given another array.

    Attributes
    ----------
    description : str
        What was done.
    layer : Labels
        The layer.
    before, after : array
        The arrays themselves. While one is not in the layer nothing changes it, so that no copy
        is needed.
    """

    description: str
    layer: Labels
    before: Any
    after: Any

    def undo(self) -> None:
        """Give the earlier array back."""
        self.layer.data = self.before

    def redo(self) -> None:
        """Give the later array again."""
        self.layer.data = self.after


@dataclass(frozen=True, slots=True, eq=False)
class AttributeChange:
    """Something that belongs to a change and is no layer: the next free id, the current object.

    Attributes
    ----------
    description : str
        What was done.
    put : callable
        Takes one of the values and makes it so.
    before, after : object
        The values; what they hold is not changed by anybody.
    """

    description: str
    put: Callable[[Any], None]
    before: Any
    after: Any

    def undo(self) -> None:
        """Put the earlier value."""
        self.put(self.before)

    def redo(self) -> None:
        """Put the later value."""
        self.put(self.after)
