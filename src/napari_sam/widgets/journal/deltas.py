"""What a change did, in numbers that can be written down: pixels, prompts, records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.journal import values
from napari_sam.widgets.journal.payload import from_steps, steps
from napari_sam.widgets.prompt_state import PromptState

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_sam.widgets.journal.payload import IntegerArray
    from napari_sam.widgets.object_record import ObjectRecord

    Part = tuple[dict[str, Any], list[IntegerArray]]


@dataclass(frozen=True, slots=True, eq=False)
class PixelDelta:
    """Pixels of a Labels layer.

    Attributes
    ----------
    layer : int
        The layer's number in the journal.
    indices : ndarray of int64
        (N,) positions in the flattened layer, in C order.
    before, after : ndarray
        (N,) their values.
    """

    layer: int
    indices: IntegerArray
    before: IntegerArray
    after: IntegerArray

    def reversed(self) -> PixelDelta:
        """Return what takes it back."""
        return PixelDelta(self.layer, self.indices, self.after, self.before)

    def packed(self) -> Part:
        """Write it down."""
        note = {"kind": "pixels", "layer": self.layer}
        return note, [steps(self.indices), self.before, self.after]

    @classmethod
    def unpacked(cls, note: dict[str, Any], arrays: list[IntegerArray]) -> PixelDelta:
        """Read what `packed` wrote."""
        indices, before, after = arrays
        return cls(note["layer"], from_steps(indices), before, after)


@dataclass(frozen=True, slots=True)
class PromptDelta:
    """All prompts of an image, before and after.

    Attributes
    ----------
    image : int
        The image's number in the journal.
    before, after : PromptState
        What there was and is.
    """

    image: int
    before: PromptState
    after: PromptState

    def reversed(self) -> PromptDelta:
        """Return what takes it back."""
        return PromptDelta(self.image, self.after, self.before)

    def packed(self, known: PromptState) -> Part:
        """Write down where it differs from its `before`, which itself is left out if known."""
        note: dict[str, Any] = {"kind": "prompts", "image": self.image}
        if self.before != known:
            note["before"] = values.state_to_json(self.before)
        start, stop, items = _splice(self.before.points, self.after.points)
        note["points"] = [start, stop, values.points_to_json(items)]
        start, stop, items = _splice(self.before.shapes, self.after.shapes)
        note["shapes"] = [start, stop, values.shapes_to_json(items)]
        start, stop, items = _splice(self.before.edits, self.after.edits)
        note["edits"] = [start, stop, values.edits_to_json(items)]
        return note, []

    @classmethod
    def unpacked(cls, note: dict[str, Any], known: PromptState) -> PromptDelta:
        """Read what `packed` wrote."""
        before = values.state_from_json(note["before"]) if "before" in note else known
        after = PromptState(
            _spliced(before.points, note["points"], values.points_from_json),
            _spliced(before.shapes, note["shapes"], values.shapes_from_json),
            _spliced(before.edits, note["edits"], values.edits_from_json),
        )
        return cls(note["image"], before, after)


@dataclass(frozen=True, slots=True)
class RecordDelta:
    """Records of objects that went and came.

    Attributes
    ----------
    layer : int
        The Labels layer's number in the journal.
    before, after : tuple of ObjectRecord
        Those that went and those that came.
    """

    layer: int
    before: tuple[ObjectRecord, ...]
    after: tuple[ObjectRecord, ...]

    def reversed(self) -> RecordDelta:
        """Return what takes it back."""
        return RecordDelta(self.layer, self.after, self.before)

    def packed(self) -> Part:
        """Write it down."""
        return {
            "kind": "records",
            "layer": self.layer,
            "before": [values.record_to_json(record) for record in self.before],
            "after": [values.record_to_json(record) for record in self.after],
        }, []

    @classmethod
    def unpacked(cls, note: dict[str, Any]) -> RecordDelta:
        """Read what `packed` wrote."""
        before, after = (
            tuple(values.record_from_json(each) for each in note[key])
            for key in ("before", "after")
        )
        return cls(note["layer"], before, after)


Delta = PixelDelta | PromptDelta | RecordDelta


def flat(indices: tuple[IntegerArray, ...], shape: tuple[int, ...]) -> IntegerArray:
    """Turn an index array an axis into positions in the flattened array, (N,) int64."""
    return np.ravel_multi_index(indices, shape).astype(np.int64)


def _splice(old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[int, int, tuple[Any, ...]]:
    """Find the only stretch of `old`, [start, stop), that differs, and what takes its place."""
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and old[start] == new[start]:
        start += 1
    same = 0
    while same < shorter - start and old[-1 - same] == new[-1 - same]:
        same += 1
    return start, len(old) - same, new[start : len(new) - same]


def _spliced(
    old: tuple[Any, ...], splice: list[Any], read: Callable[[list[Any]], tuple[Any, ...]]
) -> tuple[Any, ...]:
    start, stop, items = splice
    return (*old[:start], *read(items), *old[stop:])
