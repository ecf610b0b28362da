"""Tensors of a `.pt` archive that holds other pickled objects too, without unpickling."""

from __future__ import annotations

import math
import zipfile
from typing import TYPE_CHECKING, Any

import torch

from napari_sam.weights.pickled_records import Call, PickleSyntaxError, read_records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

_STORAGES = {
    "torch.DoubleStorage": torch.float64,
    "torch.FloatStorage": torch.float32,
    "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16,
    "torch.LongStorage": torch.int64,
    "torch.IntStorage": torch.int32,
    "torch.ShortStorage": torch.int16,
    "torch.CharStorage": torch.int8,
    "torch.ByteStorage": torch.uint8,
    "torch.BoolStorage": torch.bool,
}
_TENSOR = "torch._utils._rebuild_tensor_v2"
_PARAMETER = "torch._utils._rebuild_parameter"


class ArchiveError(ValueError):
    """The archive is truncated, damaged or not torch's."""


def first_damaged_record(path: Path) -> str | None:
    """Name the first record of a zip archive whose checksum is wrong; None if there is none.

    Raises
    ------
    ArchiveError
        If the archive itself cannot be read, as when it is truncated.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip()
    except (zipfile.BadZipFile, EOFError) as error:
        raise ArchiveError(str(error)) from error


def read_archive(path: Path, choose: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Read the tensors of one dictionary of what ``torch.save`` wrote.

    Parameters
    ----------
    path : Path
        A zip archive of torch.
    choose : callable
        Is given all of it, as plain data and records of `pickled_records`; returns the
        dictionary whose tensors are wanted. No other tensor is read.

    Returns
    -------
    dict
        That dictionary with `Tensor` in the tensors' places.

    Raises
    ------
    ArchiveError
        If the archive is truncated, damaged or not torch's.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            reader = _Reader(archive)
            chosen = choose(reader.records())
            return {name: reader.restore(value) for name, value in chosen.items()}
    except (zipfile.BadZipFile, EOFError, KeyError, PickleSyntaxError) as error:
        raise ArchiveError(str(error)) from error


class _Reader:
    """An open archive and the storages read from it so far."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        pickles = [name for name in archive.namelist() if name.endswith("data.pkl")]
        if len(pickles) != 1:
            raise ArchiveError(f"expected one data.pkl in it, got {len(pickles)}")
        self._prefix = pickles[0].removesuffix("data.pkl")
        order = f"{self._prefix}byteorder"
        if order in archive.namelist() and archive.read(order) != b"little":
            raise ArchiveError("expected little-endian numbers, got others")
        self._storages: dict[tuple[str, torch.dtype], Tensor] = {}

    def records(self) -> Any:
        return read_records(self._archive.read(f"{self._prefix}data.pkl"))

    def restore(self, item: Any) -> Any:
        """Put a tensor in the place of the call that would build it."""
        if isinstance(item, Call) and item.name == _PARAMETER:
            item = item.arguments[0]
        if isinstance(item, Call) and item.name == _TENSOR:
            return self._tensor(*item.arguments[:4])
        return item

    def _tensor(self, storage: Any, offset: Any, size: Any, stride: Any) -> Tensor:
        try:
            flat = self._storage(storage.key)
            if math.prod(size) > flat.numel():
                raise ValueError(f"{math.prod(size)} numbers out of {flat.numel()}")
            return flat.as_strided(size, stride, offset).clone()
        except (AttributeError, TypeError, ValueError, RuntimeError) as error:
            raise ArchiveError(f"a tensor does not fit its storage ({error})") from error

    def _storage(self, key: Any) -> Tensor:
        """Read the (n,) numbers of a storage; `key` is torch's (_, type, record, place, n)."""
        _, kind, record, _, count = key
        dtype = _STORAGES[kind.name]
        if (record, dtype) not in self._storages:
            content = bytearray(self._archive.read(f"{self._prefix}data/{record}"))
            if len(content) < count * dtype.itemsize:
                raise ValueError(f"{len(content)} bytes for {count} numbers of {dtype}")
            self._storages[record, dtype] = (
                torch.frombuffer(content, dtype=dtype) if content else torch.empty(0, dtype=dtype)
            )
        return self._storages[record, dtype]
