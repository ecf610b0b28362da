"""What a journal says when it is read: the session's last state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.journal import values
from napari_sam.widgets.journal.deltas import PixelDelta, PromptDelta, RecordDelta
from napari_sam.widgets.journal.frames import read_records
from napari_sam.widgets.journal.payload import unpack
from napari_sam.widgets.journal.stack import Stack
from napari_sam.widgets.prompt_state import PromptState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_sam.widgets.classes import ObjectClass
    from napari_sam.widgets.journal.deltas import Delta
    from napari_sam.widgets.journal.payload import IntegerArray
    from napari_sam.widgets.journal.reference import Reference
    from napari_sam.widgets.object_record import ObjectRecord


@dataclass(slots=True)
class LabelsContent:
    """A Labels layer as its journal has it.

    Attributes
    ----------
    image : int
        Number of the image that it belongs to.
    reference : Reference
        The layer when the session first changed it.
    base : {"copy", "file"}
        Where its earlier pixels are: in `slabs`, or in the file it came from.
    slabs : list of (int, ndarray)
        First position in the flattened layer, and values: earlier pixels that are not all 0.
    deltas : list of PixelDelta
        What happened to its pixels, in order.
    records : list of ObjectRecord
        What its objects were made from.
    classes : tuple of ObjectClass
        What its labels mean, where they are classes.
    """

    image: int
    reference: Reference
    base: str
    slabs: list[tuple[int, IntegerArray]] = field(default_factory=list)
    deltas: list[PixelDelta] = field(default_factory=list)
    records: list[ObjectRecord] = field(default_factory=list)
    classes: tuple[ObjectClass, ...] = ()

    def merged(self) -> PixelDelta:
        """Return one delta that does what all of them do, its indices sorted and unique."""
        if not self.deltas:
            none = np.zeros(0, np.int64)
            return PixelDelta(-1, none, none, none)
        everywhere = np.concatenate([delta.indices for delta in self.deltas])
        before = np.concatenate([delta.before for delta in self.deltas])
        after = np.concatenate([delta.after for delta in self.deltas])
        indices, first = np.unique(everywhere, return_index=True)
        last = len(everywhere) - 1 - np.unique(everywhere[::-1], return_index=True)[1]
        return PixelDelta(self.deltas[0].layer, indices, before[first], after[last])

    def pixels(self) -> IntegerArray:
        """Build the layer's last pixels, of its shape: those of a file are 0 where untouched."""
        pixels = np.zeros(int(np.prod(self.reference.shape)), np.dtype(self.reference.dtype))
        for start, slab in self.slabs:
            pixels[start : start + len(slab)] = slab
        delta = self.merged()
        pixels[delta.indices] = delta.after
        return pixels.reshape(self.reference.shape)

    @property
    def has_changes(self) -> bool:
        """Whether any pixel has another value than when the session began."""
        delta = self.merged()
        return bool((delta.before != delta.after).any())

    @property
    def labels(self) -> tuple[int, ...]:
        """The ids among the changed pixels, without 0."""
        found = np.unique(self.merged().after)
        return tuple(int(label) for label in found if label)


class JournalContent:
    """The state after the last whole record.

    Attributes
    ----------
    images : dict
        Number to the Reference of an image.
    prompts : dict
        Number of an image to its PromptState.
    labels : dict
        Number of a Labels layer to its LabelsContent.
    """

    def __init__(self) -> None:
        self.images: dict[int, Reference] = {}
        self.prompts: dict[int, PromptState] = {}
        self.labels: dict[int, LabelsContent] = {}
        self._stack: Stack[tuple[Delta, ...]] = Stack()

    @classmethod
    def of(cls, path: Path) -> JournalContent:
        """Read a journal file, up to its last whole record."""
        content = cls()
        for payload in read_records(path):
            content.feed(payload)
        return content

    def has_work_on(self, image: int) -> bool:
        """Say whether anything was made on an image that was not undone."""
        if self.prompts.get(image, PromptState()) != PromptState():
            return True
        return any(each.image == image and each.has_changes for each in self.labels.values())

    def feed(self, payload: bytes) -> None:
        """Take one more record; one of an unknown kind changes nothing."""
        note, arrays = unpack(payload)
        kind = note["kind"]
        if kind == "image":
            self.images[note["number"]] = values.reference_from_json(note["reference"])
        elif kind == "labels":
            reference = values.reference_from_json(note["reference"])
            self.labels[note["number"]] = LabelsContent(note["image"], reference, note["base"])
        elif kind == "slab":
            self.labels[note["layer"]].slabs.append((note["start"], arrays[0]))
        elif kind == "classes":
            self.labels[note["layer"]].classes = values.classes_from_json(note["classes"])
        elif kind in ("do", "apply"):
            deltas = self._take(note["parts"], arrays)
            if kind == "do":
                self._stack.do(deltas)
        elif kind == "undo":
            self._apply([d.reversed() for d in reversed(self._stack.undo() or ())])
        elif kind == "redo":
            self._apply(self._stack.redo() or ())

    def _take(self, notes: list[dict[str, Any]], arrays: list[IntegerArray]) -> tuple[Delta, ...]:
        """Read the parts of a change and make them, one after the other."""
        deltas: list[Delta] = []
        for note in notes:
            own = arrays[note["first"] : note["first"] + note["count"]]
            delta: Delta
            if note["kind"] == "pixels":
                delta = PixelDelta.unpacked(note, own)
            elif note["kind"] == "prompts":
                delta = PromptDelta.unpacked(note, self.prompts.get(note["image"], PromptState()))
            elif note["kind"] == "records":
                delta = RecordDelta.unpacked(note)
            else:
                continue
            self._apply([delta])
            deltas.append(delta)
        return tuple(deltas)

    def _apply(self, deltas: Sequence[Delta]) -> None:
        for delta in deltas:
            if isinstance(delta, PixelDelta):
                self.labels[delta.layer].deltas.append(delta)
            elif isinstance(delta, PromptDelta):
                self.prompts[delta.image] = delta.after
            else:
                gone = [values.record_to_json(record) for record in delta.before]
                records = self.labels[delta.layer].records
                stays = [values.record_to_json(record) not in gone for record in records]
                at = stays.index(False) if False in stays else len(records)
                kept = [r for r, stay in zip(records, stays, strict=True) if stay]
                records[:] = [*kept[:at], *delta.after, *kept[at:]]
