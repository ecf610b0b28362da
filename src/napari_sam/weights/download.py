"""From a name of the catalogue to a checked file on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from napari_sam.weights.cache import CACHE_VARIABLE, cached_file, has_hash
from napari_sam.weights.transfer import TransferError, discard, transfer

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from napari_sam.weights.catalogue import CatalogueEntry

_LOCK_POLL = 0.2  # seconds between two looks at another process's lock


class DownloadError(OSError):
    """A model's file could not be fetched; the message says how to get it otherwise."""


class DamagedFileError(ValueError):
    """A downloaded file is there, but is not the file of the catalogue."""


@dataclass(frozen=True, slots=True)
class Downloading:
    """Bytes have arrived.

    Attributes
    ----------
    name : str
        The model.
    bytes_done : int
        Bytes on this machine, those of an earlier attempt included.
    bytes_total : int or None
        Bytes of the whole file, where known.
    """

    name: str
    bytes_done: int
    bytes_total: int | None


@dataclass(frozen=True, slots=True)
class Verifying:
    """The file is being compared with its hash; `bytes_done` of `bytes_total` are."""

    name: str
    bytes_done: int
    bytes_total: int


@dataclass(frozen=True, slots=True)
class WaitingForOther:
    """Another process downloads the same model; this one waits for it."""

    name: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """What an earlier attempt left did not fit the file of today; all is fetched anew."""

    name: str


DownloadEvent = Downloading | Verifying | WaitingForOther | Restarted


@dataclass(frozen=True, slots=True)
class _Order:
    """What to fetch and where to put it."""

    name: str
    url: str
    hash: str
    size: int | None
    target: Path

    @property
    def part(self) -> Path:
        return self.target.with_name(self.target.name + ".part")


def fetch(
    entry: CatalogueEntry, folder: Path | None = None, *, force: bool = False
) -> Generator[DownloadEvent, None, Path]:
    """Bring a model's file to this machine, unless it is there, and check its hash.

    The generator may be stopped (closed) between any two events; a later call continues
    where it stopped. The file appears under its name only when it is complete and checked.

    Parameters
    ----------
    entry : CatalogueEntry
        A model with a url.
    folder : Path, optional
        Where the file goes; `cache_folder` by default.
    force : bool
        Fetch it again even if it is there.

    Yields
    ------
    DownloadEvent
        Downloading, Verifying, WaitingForOther or Restarted.

    Returns
    -------
    Path
        The checked file.

    Raises
    ------
    DownloadError
        If the file could not be fetched, or what came is not the file of the catalogue.
    DamagedFileError
        If the file was there and is not the file of the catalogue.
    """
    if entry.url is None or entry.hash is None:
        raise ValueError(
            f"expected a model that is downloaded, got {entry.name!r}, which ships in the package"
        )
    order = _Order(entry.name, entry.url, entry.hash, entry.size, cached_file(entry, folder))
    lock = _lock_beside(order.target)
    while True:
        try:
            lock.acquire(timeout=_LOCK_POLL)
            break
        except Timeout:
            yield WaitingForOther(order.name)
    try:
        if order.target.exists() and not force:
            yield from _check_present(order)
        else:
            yield from _download(order)
    finally:
        lock.release()
    return order.target


def _lock_beside(target: Path) -> FileLock:
    """Lock of the target, in its folder, which is made if it is missing.

    The operating system frees it when its process ends, however that happens.
    """
    path = target.with_name(target.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    except OSError as error:
        raise DownloadError(
            f"Expected a folder for models that can be written, got {path.parent} "
            f"({error.strerror}). Set {CACHE_VARIABLE} to another folder."
        ) from error
    # thread_local: the generator may be closed from another thread than it ran in.
    return FileLock(path, thread_local=False)


def _check_present(order: _Order) -> Generator[DownloadEvent, None, None]:
    if not (yield from _verify(order, order.target)):
        raise DamagedFileError(
            f"{order.target} is damaged: expected {order.hash}, got another hash. Delete it, or "
            f"fetch it again with: napari-sam models download {order.name} --force"
        )


def _download(order: _Order) -> Generator[DownloadEvent, None, None]:
    continued = yield from _receive(order)
    good = yield from _verify(order, order.part)
    if not good and continued:
        # The part came from another version of the file, which its server did not tell.
        discard(order.part)
        yield Restarted(order.name)
        yield from _receive(order)
        good = yield from _verify(order, order.part)
    if not good:
        discard(order.part)
        raise DownloadError(
            f"What {order.url} sent for {order.name!r} is not the file of the catalogue: expected "
            f"{order.hash}, got another hash. It was not kept. Try again later; if that does not "
            "help, its authors have replaced it, and a newer version of this package may know it."
        )
    order.part.replace(order.target)
    discard(order.part)


def _receive(order: _Order) -> Generator[DownloadEvent, None, bool]:
    """Fill the `.part` file; say whether an earlier attempt was continued."""
    started_at: int | None = None
    try:
        for progress in transfer(order.url, order.part, order.size):
            started_at = progress.bytes_done if started_at is None else started_at
            yield Downloading(order.name, progress.bytes_done, progress.bytes_total)
    except TransferError as error:
        raise DownloadError(
            f"Could not download {order.name!r} from {order.url}: {error}. Try again: what has "
            "arrived is kept. Without a connection here, fetch that file on another machine and "
            f"save it as {order.target.name} in {order.target.parent}"
        ) from error
    return bool(started_at)


def _verify(order: _Order, path: Path) -> Generator[DownloadEvent, None, bool]:
    total = path.stat().st_size
    check = has_hash(path, order.hash)
    while True:
        try:
            yield Verifying(order.name, next(check), total)
        except StopIteration as end:
            return bool(end.value)
