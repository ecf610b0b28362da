"""An append-only file of records, each with its length and its checksum in front.

A record goes to the file in one `write`, which a killed process leaves done, not done, or at
worst done in part; reading stops before the first record that is not whole. What the system
has taken survives the death of the process at once. Against a power cut, `sync` has to be
called, which costs milliseconds: the caller decides how often.
"""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"napari-sam journal 1\n"
_HEAD = struct.Struct("<II")  # length of the payload in bytes, its CRC-32
_MAX_PAYLOAD = 2**32 - 1


class JournalError(ValueError):
    """A file is no journal, or one of another make; the message says which."""


class AppendingFile:
    """A new journal file that records are appended to.

    Parameters
    ----------
    path : Path
        The file; it must not exist.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o600)
        self._size = 0
        self._write(MAGIC)

    @property
    def size(self) -> int:
        """How many bytes were written."""
        return self._size

    def append(self, payload: bytes) -> None:
        """Append one record. If that fails, the file ends with the record before it."""
        if len(payload) > _MAX_PAYLOAD:
            raise JournalError(
                f"expected a record of up to {_MAX_PAYLOAD:,} bytes, got {len(payload):,}; "
                "make the change in smaller parts"
            )
        self._write(_HEAD.pack(len(payload), zlib.crc32(payload)) + payload)

    def sync(self) -> None:
        """Wait until the disk has what was written."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file; nothing can be appended after it."""
        os.close(self._file)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            os.ftruncate(self._file, self._size)  # what follows a torn record is never read
            raise
        self._size += len(data)


def read_records(path: Path) -> Iterator[bytes]:
    """Read the records of a journal in their order, up to the first that is not whole.

    Raises
    ------
    JournalError
        If the file begins as no journal does.
    """
    with path.open("rb") as file:
        magic = file.read(len(MAGIC))
        if magic != MAGIC[: len(magic)]:
            raise JournalError(
                f"expected a journal that begins with {MAGIC!r}, got {magic!r} in {path}; "
                "another version of napari-sam-medical may be able to read it"
            )
        left = path.stat().st_size - len(magic)
        while left >= _HEAD.size:
            length, checksum = _HEAD.unpack(file.read(_HEAD.size))
            left -= _HEAD.size + length
            if left < 0:
                return
            payload = file.read(length)
            if zlib.crc32(payload) != checksum:
                return
            yield payload
