"""Files and folders that are written beside their target and renamed into place.

A crash leaves the old file or the new one, never half of one.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def written_beside(target: Path) -> Iterator[Path]:
    """Lend a new file's path in the target's folder; it becomes the target on success.

    Parameters
    ----------
    target : Path
        The file to make or to replace. Its folder must exist.

    Yields
    ------
    Path
        A new, empty file with the target's suffix, to be written by the caller. When the
        block ends it is flushed to the disk and renamed to `target`; when it raises, the
        file is removed and `target` is as it was.
    """
    temporary = target.with_name(f".{target.stem}-{secrets.token_hex(6)}{target.suffix}")
    temporary.open("xb").close()
    permissions = temporary.stat().st_mode
    try:
        yield temporary
        temporary.chmod(permissions)  # some writers, as that of safetensors, keep to the owner
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def folder_written_beside(target: Path) -> Iterator[Path]:
    """Lend a new folder's path beside the target; it becomes the target on success.

    Parameters
    ----------
    target : Path
        The folder to make or to replace. The one it lies in must exist.

    Yields
    ------
    Path
        A new, empty folder. When the block ends, it is renamed to `target`, and what was
        there is removed; when it raises, the folder is removed and `target` is as it was.
        Folders cannot be exchanged in one step: a crash just between two renamings leaves
        the old one beside, under a name that ends in ``.old``.
    """
    token = secrets.token_hex(6)
    temporary = target.with_name(f".{target.stem}-{token}{target.suffix}")
    old = target.with_name(f".{target.stem}-{token}{target.suffix}.old")
    temporary.mkdir()
    try:
        yield temporary
        if target.exists():
            target.replace(old)
        try:
            temporary.replace(target)
        except BaseException:
            if old.exists():
                old.replace(target)
            raise
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)
