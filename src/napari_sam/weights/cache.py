"""The folder of downloaded models, and the check of a file against its hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import xxhash
from platformdirs import user_cache_path

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_sam.weights.catalogue import CatalogueEntry

CACHE_VARIABLE = "NAPARI_SAM_CACHE"

_BLOCK = 8 * 2**20  # bytes between two progress points


def cache_folder() -> Path:
    """Folder of downloaded models: `NAPARI_SAM_CACHE` if set, else in the user's cache."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    return user_cache_path("napari-sam-medical", appauthor=False) / "models"


def cached_file(entry: CatalogueEntry, folder: Path | None = None) -> Path:
    """Where a model's downloaded file lies, or would lie."""
    return (cache_folder() if folder is None else folder) / entry.file


def hash_of(path: Path, algorithm: str) -> Generator[int, None, str]:
    """Hash a file.

    Parameters
    ----------
    path : Path
        The file.
    algorithm : {"sha256", "xxh128"}
        The hash function.

    Yields
    ------
    int
        Bytes done so far, every 8 MiB; may be stopped at each.

    Returns
    -------
    str
        ``algorithm:hexadecimal``, as in the catalogue.
    """
    digest = hashlib.sha256() if algorithm == "sha256" else xxhash.xxh128()
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            yield done
    return f"{algorithm}:{digest.hexdigest()}"


def has_hash(path: Path, expected: str) -> Generator[int, None, bool]:
    """Whether a file's hash is `expected` (``algorithm:hexadecimal``); yields as `hash_of`."""
    found = yield from hash_of(path, expected.partition(":")[0])
    return found == expected
