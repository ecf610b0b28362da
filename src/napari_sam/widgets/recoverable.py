"""Sessions of earlier processes that an image can be continued from. Free of Qt and napari."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.journal.content import JournalContent
from napari_sam.widgets.journal.folder import sessions
from napari_sam.widgets.journal.reference import fingerprint
from napari_sam.widgets.prompt_state import PromptState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from napari_sam.widgets.journal.content import LabelsContent
    from napari_sam.widgets.journal.folder import Header, SessionFolder
    from napari_sam.widgets.journal.payload import IntegerArray
    from napari_sam.widgets.journal.reference import Reference


_PART = 2**22  # pixels


@dataclass(frozen=True, slots=True, eq=False)
class RecoverableLabels:
    """A Labels layer to be had again, ready to be put into a viewer.

    Attributes
    ----------
    content : LabelsContent
        As the journal has it.
    indices : ndarray of int64
        (N,) sorted positions in the flattened layer that are written: of a layer that came
        from a file those that were changed, of another all that are not 0.
    before, after : ndarray
        (N,) their values when the session began, 0 without a file; and at its end.
    pixels : ndarray
        The whole layer, 0 where it is not known: what takes the place of a file that is gone.
    """

    content: LabelsContent
    indices: IntegerArray
    before: IntegerArray
    after: IntegerArray
    pixels: IntegerArray

    def misfits(self, present: IntegerArray) -> int:
        """Count the values, (N,) at `indices`, that the session never had there."""
        others = np.flatnonzero((present != self.before) & (present != self.after))
        for delta in self.content.deltas:
            if not len(others):
                break
            had = np.zeros(len(others), bool)
            wanted, values = self.indices[others], present[others]
            at = np.searchsorted(wanted, delta.indices)
            inside = at < len(wanted)
            at, after = at[inside], delta.after[inside]
            known = wanted[at] == delta.indices[inside]
            had[at[known]] = values[at[known]] == after[known]
            others = others[~had]
        return len(others)


@dataclass(frozen=True, slots=True, eq=False)
class RecoverableSession:
    """What an earlier session left for an image.

    Attributes
    ----------
    folder : SessionFolder
        Where it is kept.
    header : Header
        Who and when.
    image : int
        The image's number in its journal.
    reference : Reference
        The image as it was.
    prompts : PromptState
        Prompts that were not committed.
    labels : tuple of RecoverableLabels
        The layers that were changed.
    object_count : int
        How many ids there are among the changed pixels.
    last_change : float
        When, in seconds since 1970.
    others : int
        How many other images of the session have something to continue.
    """

    folder: SessionFolder
    header: Header
    image: int
    reference: Reference
    prompts: PromptState
    labels: tuple[RecoverableLabels, ...]
    object_count: int
    last_change: float
    others: int = field(default=0)

    def description(self, now: float) -> str:
        """Say in words what it is: "cells.tif, 12 objects, 5 minutes ago"."""
        count, prompts = self.object_count, len(self.prompts.points) + len(self.prompts.shapes)
        parts = [self.reference.name]
        if count or not prompts:
            parts.append(_counted(count, "object"))
        if prompts:
            parts.append(_counted(prompts, "prompt"))
        return ", ".join([*parts, _ago(now - self.last_change)])

    def settle(self) -> bool:
        """Forget it, because it was continued or is not wanted; False if it is in use.

        What the same session holds for other images stays.
        """
        if not self.folder.claim():
            return False
        header = self.folder.header()
        if self.others:
            self.folder.write(replace(header, settled=(*header.settled, self.image)))
            self.folder.release()
        else:
            self.folder.remove()
        return True


def recoverable_sessions(
    root: Path, image: Reference, data: Any, *, but_of_process: int | None = None
) -> Iterator[RecoverableSession | None]:
    """Find the sessions that were made on the pixels of an image and do not run any more.

    Parameters
    ----------
    root : Path
        Folder of all sessions.
    image : Reference
        The image, with or without its fingerprint.
    data : array
        Its pixels.
    but_of_process : int, optional
        A process whose sessions are left out.

    Yields
    ------
    RecoverableSession or None
        The newest first; None before each is looked at, where the search may be stopped.
        Sessions that cannot be read are passed over and left as they are.
    """
    known = image
    for folder in sessions(root):
        yield None
        try:
            header, content = _read(folder)
        except (OSError, ValueError, KeyError):
            continue
        if content is None or header.pid == but_of_process:
            continue
        wanted = [n for n in content.images if n not in header.settled and content.has_work_on(n)]
        for number in wanted:
            if known.shape == content.images[number].shape and not known.fingerprint:
                known = replace(known, fingerprint=fingerprint(data))
            if not content.images[number].differs_from(known):
                yield _recoverable(folder, header, content, number, len(wanted) - 1)
                break


def _read(folder: SessionFolder) -> tuple[Header, JournalContent | None]:
    """Read a session, None in place of one that is in use."""
    if not folder.claim():
        return folder.header(), None
    try:
        return folder.header(), JournalContent.of(folder.journal)
    finally:
        folder.release()


def _recoverable(
    folder: SessionFolder, header: Header, content: JournalContent, number: int, others: int
) -> RecoverableSession:
    labels = tuple(_labels(each) for each in content.labels.values() if each.image == number)
    return RecoverableSession(
        folder,
        header,
        number,
        content.images[number],
        content.prompts.get(number, PromptState()),
        labels,
        sum(len(each.content.labels) for each in labels),
        folder.last_change,
        others,
    )


def recoverable_copy(content: LabelsContent, pixels: IntegerArray) -> RecoverableLabels:
    """Make a layer to be had again of all its pixels, (…, y, x). Call it off the GUI thread."""
    flat = pixels.reshape(-1)
    # In parts, between which other threads get their turn.
    parts = [np.flatnonzero(flat[a : a + _PART]) + a for a in range(0, flat.size, _PART)]
    indices = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    after = flat[indices]
    return RecoverableLabels(content, indices, np.zeros_like(after), after, pixels)


def _labels(content: LabelsContent) -> RecoverableLabels:
    pixels = content.pixels()
    if content.base == "file":
        delta = content.merged()
        return RecoverableLabels(content, delta.indices, delta.before, delta.after, pixels)
    return recoverable_copy(content, pixels)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _ago(seconds: float) -> str:
    for length, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            return f"{_counted(int(seconds // length), unit)} ago"
    return "a moment ago"
