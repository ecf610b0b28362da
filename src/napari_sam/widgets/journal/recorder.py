"""Writes one session down: folder, header, introductions and changes. Used by one thread.

A record is with the system, and so survives the process, as soon as it is written. It is
flushed to the disk, against a power cut, when nothing else is to be written or 2 s have
passed: flushing may take long, and what is done meanwhile would have to wait.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.changes import DataChange, PixelChange, PromptChange, Together
from napari_sam.widgets.journal import values
from napari_sam.widgets.journal.deltas import PixelDelta, PromptDelta, RecordDelta, flat
from napari_sam.widgets.journal.encoder import Encoder
from napari_sam.widgets.journal.folder import Header, SessionFolder, prune
from napari_sam.widgets.journal.frames import AppendingFile
from napari_sam.widgets.journal.payload import pack
from napari_sam.widgets.journal.reference import Reference, fingerprint
from napari_sam.widgets.object_record import RecordChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from napari_sam.widgets.classes import ObjectClass
    from napari_sam.widgets.history import Direction
    from napari_sam.widgets.journal.deltas import Delta

SYNC_INTERVAL = 2.0
"""Seconds after which records are flushed to the disk even if there are more to write."""
_SLAB = 2**20  # pixels of a layer that are looked at together


@dataclass(frozen=True, slots=True)
class Subject:
    """What a change is about: number in the journal, and shape and type of its pixels."""

    number: int
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True, eq=False)
class Introduction:
    """A layer that the journal has not heard of.

    Attributes
    ----------
    number : int
        The layer's number in the journal.
    reference : Reference
        The layer, still without its fingerprint.
    data : array
        Its pixels.
    image : int, optional
        Number of the image that a Labels layer belongs to; None for an image itself.
    """

    number: int
    reference: Reference
    data: Any
    image: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """One report of the history.

    Attributes
    ----------
    direction : {"do", "undo", "redo"}
        What happened to the change.
    change : Change
        The change.
    subjects : mapping
        The `id` of each Labels layer and prompts' owner of the change, to what the journal
        calls the layer and the image. Whatever is missing is not written down.
    news : tuple of Introduction
        Layers that come up for the first time.
    model : str
        Name of the model in use.
    classes : mapping
        Number of a Labels layer, whose classes are others than those told last, to its classes.
    """

    direction: Direction
    change: object
    subjects: Mapping[int, Subject]
    news: tuple[Introduction, ...]
    model: str
    classes: Mapping[int, tuple[ObjectClass, ...]] = field(default_factory=dict)


class Recorder:
    """One session's journal. The folder is made with the first report.

    Parameters
    ----------
    root : Path
        Folder of all sessions.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._encoder = Encoder()
        self._folder: SessionFolder | None = None
        self._file: AppendingFile | None = None
        self._header = self._written_header = Header(os.getpid(), time.time())
        self._synced_size, self._synced_at = 0, time.monotonic()
        self._is_pruned = False
        self._unsaved: set[int] = set()  # numbers of Labels layers
        self._was_saved = False

    def write(self, report: Report) -> None:
        """Write a report of the history down."""
        names = [news.reference.name for news in report.news if news.image is None]
        images = (*self._header.images, *names)
        self._header = replace(self._header, images=images, model=report.model)
        file = self._begun()
        for news in report.news:
            for payload in _introduced(news):
                file.append(payload)
        for number, classes in report.classes.items():
            listed = values.classes_to_json(classes)
            file.append(pack({"kind": "classes", "layer": number, "classes": listed}))
        deltas = list(_deltas(report.change, report.subjects))
        self._unsaved |= {d.layer for d in deltas if not isinstance(d, PromptDelta)}
        file.append(self._encoder.encode(report.direction, report.change, deltas))
        if time.monotonic() - self._synced_at >= SYNC_INTERVAL:
            self.sync()

    def saved(self, number: int) -> None:
        """Take notice that the person has a Labels layer in a file now."""
        self._unsaved.discard(number)
        self._was_saved = True

    def idle(self) -> None:
        """Do what can wait: flush to the disk, and once remove what is too old."""
        self.sync()
        if self._file is not None and not self._is_pruned:
            self._is_pruned = True
            with suppress(OSError):  # another process may be removing the same
                prune(self._root)

    def sync(self) -> None:
        """Flush what was written to the disk."""
        if self._file is not None and self._file.size != self._synced_size:
            self._file.sync()
            self._synced_size = self._file.size
        if self._folder is not None and self._header != self._written_header:
            self._folder.write(self._header)
            self._written_header = self._header
        self._synced_at = time.monotonic()

    def close(self, *, in_order: bool) -> None:
        """End the journal.

        Parameters
        ----------
        in_order : bool
            Whether the session was closed by the person. Then nothing is left of one that
            made nothing, or whose labels were saved.
        """
        folder, file = self._folder, self._file
        if folder is None or file is None:
            return
        self._folder = self._file = None
        encoder = self._encoder
        is_wanted = (bool(self._unsaved) and encoder.has_pixels) or (
            encoder.has_prompts and not self._was_saved
        )
        if in_order and not is_wanted:
            file.close()
            folder.remove()
            return
        try:
            file.sync()
            if in_order:
                folder.write(replace(self._header, ended=time.time()))
        finally:
            file.close()
            folder.release()

    def _begun(self) -> AppendingFile:
        if self._file is None:
            self._folder = SessionFolder.begin(self._root, self._header)
            self._file = AppendingFile(self._folder.journal)
        return self._file


def _introduced(news: Introduction) -> Iterator[bytes]:
    """Write down a layer: an image by its reference, labels with the pixels they had."""
    known = replace(news.reference, fingerprint=_fingerprint_if_readable(news.data))
    reference = values.reference_to_json(known)
    if news.image is None:
        yield pack({"kind": "image", "number": news.number, "reference": reference})
        return
    base = "copy" if known.path is None else "file"
    note = {"number": news.number, "image": news.image, "reference": reference, "base": base}
    yield pack({"kind": "labels", **note})
    if base == "copy":
        yield from _slabs(news)


def _fingerprint_if_readable(data: Any) -> str:
    try:
        return fingerprint(data)
    except Exception:  # a lazy array may fail in any way; the person's work is kept all the same
        return ""


def _slabs(news: Introduction) -> Iterator[bytes]:
    """Copy the pixels of a layer, without stretches of nothing but 0.

    Later changes may be in the copy already. That does no harm: each pixel that a change
    names has that change's values, whatever the copy says.
    """
    start = 0
    for part in news.data if news.data.ndim > 2 else [news.data]:
        pixels = np.asarray(part).reshape(-1)
        for first in range(0, pixels.size, _SLAB):
            slab = pixels[first : first + _SLAB]
            if slab.any():
                yield pack({"kind": "slab", "layer": news.number, "start": start + first}, [slab])
        start += pixels.size


def _deltas(change: object, subjects: Mapping[int, Subject]) -> Iterator[Delta]:
    """Say what a change does; nothing for kinds that are not known."""
    if isinstance(change, Together):
        for part in change.changes:
            yield from _deltas(part, subjects)
    elif isinstance(change, PixelChange):
        subject = subjects.get(id(change.layer))
        if subject is not None:
            indices = flat(change.indices, subject.shape)
            yield PixelDelta(subject.number, indices, change.before, change.after)
    elif isinstance(change, DataChange):
        subject = subjects.get(id(change.layer))
        if subject is not None:
            yield from _replaced(subject, np.asarray(change.before), np.asarray(change.after))
    elif isinstance(change, PromptChange):
        subject = subjects.get(id(change.layers))
        if subject is not None:
            yield PromptDelta(subject.number, change.before, change.after)
    elif isinstance(change, RecordChange):
        subject = subjects.get(id(change.layer))
        if subject is not None:
            yield RecordDelta(subject.number, change.before, change.after)


def _replaced(
    subject: Subject, before: npt.NDArray[Any], after: npt.NDArray[Any]
) -> Iterator[Delta]:
    """Say where two arrays of a layer differ.

    Arrays of other shapes or types are two layers to the journal: the later was introduced
    with its pixels.
    """
    same_kind = before.shape == after.shape and before.dtype == after.dtype
    if same_kind and after.shape == subject.shape:
        old, new = before.reshape(-1), after.reshape(-1)
        indices = np.flatnonzero(old != new)
        yield PixelDelta(subject.number, indices, old[indices], new[indices])
