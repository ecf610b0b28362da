"""The folder of a session: where it is, who uses it, and when it goes.

Each session has a folder of its own under `sessions_folder`, with a small header, the
journal, and a lock file that is locked as long as its process lives.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from napari_sam.atomic_files import written_beside

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER_VARIABLE = "NAPARI_SAM_SESSIONS"
MAX_AGE = 30 * 24 * 3600
"""Seconds after which a session that nobody has continued is removed."""
MAX_TOTAL = 2 * 2**30
"""Bytes that all sessions may take together; beyond that the oldest are removed."""

_HEADER, _JOURNAL, _LOCK = "session.json", "journal", "lock"


@dataclass(frozen=True, slots=True)
class Header:
    """What can be known of a session without reading its journal.

    Attributes
    ----------
    pid : int
        The process.
    started : float
        When, in seconds since 1970.
    images : tuple of str
        Names of the images worked on.
    model : str
        Name of the model in use last.
    ended : float, optional
        When it was closed; None if it still runs or its process died.
    settled : tuple of int
        Numbers of the images that were continued, or are not wanted any more.
    """

    pid: int
    started: float
    images: tuple[str, ...] = ()
    model: str = ""
    ended: float | None = None
    settled: tuple[int, ...] = ()


def sessions_folder(chosen: Path | None = None) -> Path:
    """Folder of all sessions: `NAPARI_SAM_SESSIONS` if set, else as chosen or the user's data."""
    variable = os.environ.get(FOLDER_VARIABLE)
    if variable:
        return Path(variable).expanduser()
    if chosen is not None:
        return chosen
    return user_data_path("napari-sam-medical", appauthor=False) / "sessions"


class SessionFolder:
    """One session's folder.

    Parameters
    ----------
    path : Path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path / _LOCK, thread_local=False)

    @classmethod
    def begin(cls, root: Path, header: Header) -> SessionFolder:
        """Make a new folder, locked for this process."""
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{secrets.token_hex(4)}"
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = cls(root / name)
        folder.path.mkdir(mode=0o700)
        folder.claim()
        # Not flushed to the disk, which may take longer than what is done next.
        first = folder.path / f"{_HEADER}.new"
        first.write_text(_text(header), encoding="utf-8")
        first.replace(folder.path / _HEADER)
        return folder

    @property
    def journal(self) -> Path:
        """The journal file."""
        return self.path / _JOURNAL

    @property
    def last_change(self) -> float:
        """When the journal was written to last, in seconds since 1970."""
        return self.journal.stat().st_mtime

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.stat().st_size for file in self.path.iterdir() if file.is_file())

    def claim(self) -> bool:
        """Lock it for this process; False if it is in use, be it by this very process."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        """Let others claim it."""
        self._lock.release(force=True)

    def header(self) -> Header:
        """Read the header.

        Raises
        ------
        ValueError, OSError
            If there is none, or it cannot be read.
        """
        found = json.loads((self.path / _HEADER).read_text(encoding="utf-8"))
        try:
            return Header(
                pid=int(found["pid"]),
                started=float(found["started"]),
                images=tuple(map(str, found["images"])),
                model=str(found["model"]),
                ended=found["ended"],
                settled=tuple(map(int, found["settled"])),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"expected a session's header in {self.path}, got {found}") from error

    def write(self, header: Header) -> None:
        """Write the header, and flush it to the disk."""
        with written_beside(self.path / _HEADER) as temporary:
            temporary.write_text(_text(header), encoding="utf-8")

    def remove(self) -> None:
        """Delete the folder, which this process must have claimed."""
        (self.path / _HEADER).unlink(missing_ok=True)  # first: without it, it is no session
        self.release()
        shutil.rmtree(self.path, ignore_errors=True)


def _text(header: Header) -> str:
    return json.dumps(asdict(header))


def sessions(root: Path) -> list[SessionFolder]:
    """List the sessions that have begun to write, the newest first."""
    found = [SessionFolder(header.parent) for header in root.glob(f"*/{_HEADER}")]
    dated = []
    for folder in found:
        with suppress(FileNotFoundError):  # another process may be removing it
            dated.append((folder.last_change, folder))
    return [folder for _, folder in sorted(dated, key=lambda pair: pair[0], reverse=True)]


def outlived(
    found: list[SessionFolder], now: float, max_age: float = MAX_AGE, max_total: int = MAX_TOTAL
) -> Iterator[SessionFolder]:
    """Choose the sessions, given the newest first, that are too old or too much."""
    total = 0
    for rank, folder in enumerate(found):
        total += folder.size
        is_too_much = rank > 0 and total > max_total  # the newest may be as large as it likes
        if now - folder.last_change > max_age or is_too_much:
            yield folder


def prune(root: Path, now: float | None = None) -> None:
    """Remove sessions that are too old or too much; never one that is in use."""
    for folder in outlived(sessions(root), time.time() if now is None else now):
        if folder.claim():
            folder.remove()
