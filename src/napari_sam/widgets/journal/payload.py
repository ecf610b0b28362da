"""One record's payload: a small JSON object, then compressed arrays of integers."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.journal.frames import JournalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    IntegerArray = npt.NDArray[np.integer[Any]]

_LENGTH = struct.Struct("<I")
_LEVEL = 1  # the fastest: masks compress well at any
_ARRAYS = "arrays"


def pack(content: dict[str, Any], arrays: Sequence[IntegerArray] = ()) -> bytes:
    """Put a record together.

    Parameters
    ----------
    content : dict
        What JSON can hold, without the key "arrays".
    arrays : sequence of ndarray
        (N,) integers or truth values each.
    """
    packed = [zlib.compress(np.ascontiguousarray(array).data, _LEVEL) for array in arrays]
    notes = [
        [array.dtype.newbyteorder("<").str, len(array), len(data)]
        for array, data in zip(arrays, packed, strict=True)
    ]
    head = json.dumps({**content, _ARRAYS: notes}, separators=(",", ":")).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *packed])


def unpack(payload: bytes) -> tuple[dict[str, Any], list[IntegerArray]]:
    """Take a record apart again.

    Raises
    ------
    JournalError
        If an array is of another kind than integers.
    """
    (length,) = _LENGTH.unpack_from(payload)
    at = _LENGTH.size + length
    content: dict[str, Any] = json.loads(payload[_LENGTH.size : at])
    arrays: list[IntegerArray] = []
    for name, count, size in content.pop(_ARRAYS):
        kind = np.dtype(name)
        if kind.kind not in "iub":
            raise JournalError(f"expected an array of integers in the journal, got {kind}")
        data = zlib.decompress(payload[at : at + size], bufsize=max(count * kind.itemsize, 1))
        arrays.append(np.frombuffer(data, kind, count).astype(kind.newbyteorder("=")))
        at += size
    return content, arrays


def steps(indices: IntegerArray) -> IntegerArray:
    """Turn flat pixel indices, (N,), into differences, which compress far better."""
    flat = indices.astype(np.int64)
    return flat - np.concatenate([np.zeros(1, np.int64), flat])[: len(flat)]


def from_steps(differences: IntegerArray) -> npt.NDArray[np.int64]:
    """Undo `steps`."""
    return np.cumsum(differences, dtype=np.int64)
