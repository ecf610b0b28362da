"""One file over HTTP into a `.part` file that a later attempt continues."""

from __future__ import annotations

import errno
import json
import re
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

import requests

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_CHUNK = 128 * 2**10  # bytes between two progress points
_TIMEOUT = (10.0, 30.0)  # seconds to connect, and between two packets


class TransferError(OSError):
    """The file did not arrive in full. What has arrived is kept where it can be continued."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """Progress of a transfer: bytes in the `.part` file, and of the whole where known."""

    bytes_done: int
    bytes_total: int | None


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a `.part` file is part of, kept beside it in a `.part.json`."""

    url: str
    validator: str | None  # strong ETag or Last-Modified, for If-Range
    total: int | None  # bytes

    @classmethod
    def read(cls, part: Path) -> Self | None:
        try:
            return cls(**json.loads(_note(part).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, part: Path) -> None:
        _note(part).write_text(json.dumps(asdict(self)), "utf-8")


def transfer(url: str, part: Path, size: int | None = None) -> Generator[Transferred, None, None]:
    """Fetch `url` into `part`, continuing what an earlier attempt left there.

    The rest is asked for with ``Range`` and ``If-Range``; a server that ignores them, or
    whose file has changed since, sends the whole, and the transfer starts over.

    Parameters
    ----------
    url : str
        What to fetch.
    part : Path
        The file to fill. Stopping between two events, or a crash, leaves it for next time.
    size : int, optional
        Bytes of the whole, for a server that does not say.

    Yields
    ------
    Transferred
        Once at the start and then every 128 KiB.

    Raises
    ------
    TransferError
        If the server cannot be reached or refuses, the connection ends early, or the disk
        is full.
    """
    origin = _Origin.read(part)
    present = part.stat().st_size if origin and origin.url == url and part.exists() else 0
    if origin and present and present == origin.total:
        yield Transferred(present, present)
        return
    try:
        with _open(url, present, origin.validator if origin else None) as response:
            start = _resumed_at(response)
            total = _total_bytes(response, start) or size
            _require_space(part, (total or 0) - start)
            _Origin(url, _validator(response), total).write(part)
            yield Transferred(start, total)
            yield from _write(response, part, start, total)
    except requests.RequestException as error:
        raise TransferError(_reason(error)) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise TransferError(f"the disk of {part.parent} is full; make room there") from error
        raise


def discard(part: Path) -> None:
    """Remove a `.part` file and what is noted about it."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _open(url: str, present: int, validator: str | None) -> requests.Response:
    """Ask for what follows the first `present` bytes, else for the whole."""
    headers = {"Accept-Encoding": "identity"}  # byte positions are those of the file itself
    if present:
        rest = headers | {"Range": f"bytes={present}-"}
        if validator is not None:
            rest["If-Range"] = validator
        response = requests.get(url, headers=rest, stream=True, timeout=_TIMEOUT)
        if response.status_code == requests.codes.ok or _resumed_at(response) == present:
            return response
        response.close()  # a refusal of the range: what is there is of no use
    response = requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT)
    if response.status_code != requests.codes.ok:
        response.close()
        raise TransferError(f"the server answered {response.status_code} {response.reason}")
    return response


def _resumed_at(response: requests.Response) -> int:
    """First byte that the response holds: 0 unless it is a proper partial answer."""
    if response.status_code != requests.codes.partial_content:
        return 0
    span = re.fullmatch(r"bytes (\d+)-\d+/(?:\d+|\*)", response.headers.get("Content-Range", ""))
    return int(span[1]) if span else 0


def _total_bytes(response: requests.Response, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _validator(response: requests.Response) -> str | None:
    etag = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):  # a weak one may not be used for ranges
        return etag
    return response.headers.get("Last-Modified")


def _require_space(part: Path, missing: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if missing > free:
        raise TransferError(
            f"expected {missing / 1e6:.1f} MB of free space in {part.parent}, "
            f"got {free / 1e6:.1f} MB; make room there"
        )


def _write(
    response: requests.Response, part: Path, start: int, total: int | None
) -> Generator[Transferred, None, None]:
    done = start
    with part.open("ab" if start else "wb") as file:
        try:
            for chunk in response.iter_content(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                yield Transferred(done, total)
        except requests.exceptions.ChunkedEncodingError as error:
            raise _ended_early(done, total) from error
    if total is not None and done < total:
        raise _ended_early(done, total)


def _ended_early(done: int, total: int | None) -> TransferError:
    whole = "an unknown number of" if total is None else total
    return TransferError(f"the connection ended after {done} of {whole} bytes")


def _reason(error: BaseException) -> str:
    """Say the innermost cause in words: the outer ones name the library's objects."""
    cause = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
