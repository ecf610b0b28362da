"""Tensors read from torch's archives without unpickling."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import torch

from napari_sam.weights.torch_archive import ArchiveError, first_damaged_record, read_archive

if TYPE_CHECKING:
    from pathlib import Path


def everything(records: Any) -> dict[str, Any]:
    return records


def saved(value: object, folder: Path) -> Path:
    path = folder / "file.pt"
    torch.save(value, path)
    return path


def rewritten(path: Path, changes: dict[str, bytes | None]) -> Path:
    """The same archive with some records replaced, or left out."""
    target = path.with_name("rewritten.pt")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = changes.get(name.partition("/")[2], old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


@pytest.mark.parametrize(
    "dtype",
    [
        torch.float64,
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.bool,
    ],
)
def test_tensors_come_back_as_torch_reads_them(tmp_path: Path, dtype: torch.dtype):
    base = torch.arange(24).to(dtype)
    value = {
        "plain": base.reshape(2, 3, 4),
        "transposed": base.reshape(4, 6).T,
        "a part": base[5:11],
        "scalar": base[3],
        "empty": base[:0],
    }
    path = saved(value, tmp_path)
    read = read_archive(path, everything)
    for name, expected in torch.load(path, weights_only=True).items():
        assert read[name].dtype == dtype
        assert torch.equal(read[name], expected)


def test_a_parameter_is_its_tensor(tmp_path: Path):
    parameter = torch.nn.Parameter(torch.rand(3))
    read = read_archive(saved({"weight": parameter}, tmp_path), everything)
    assert torch.equal(read["weight"], parameter)
    assert not read["weight"].requires_grad


def test_only_what_is_chosen_is_read(tmp_path: Path):
    path = saved({"wanted": {"a": torch.ones(2)}, "other": torch.ones(5)}, tmp_path)
    without = rewritten(path, {"data/1": None})
    assert torch.equal(read_archive(without, lambda r: r["wanted"])["a"], torch.ones(2))
    with pytest.raises(ArchiveError, match="There is no item named 'file/data/1' in the archive"):
        read_archive(without, everything)


def test_a_whole_archive_has_no_damaged_record(tmp_path: Path):
    assert first_damaged_record(saved({"a": torch.ones(2)}, tmp_path)) is None


def test_a_flipped_bit_is_found(tmp_path: Path):
    path = saved({"a": torch.full((1000,), 3.0)}, tmp_path)
    content = bytearray(path.read_bytes())
    content[content.index(torch.full((4,), 3.0).numpy().tobytes()) + 100] ^= 1
    path.write_bytes(content)
    assert first_damaged_record(path) == "file/data/0"
    with pytest.raises(ArchiveError, match="Bad CRC-32 for file 'file/data/0'"):
        read_archive(path, everything)


def test_a_truncated_archive_is_refused(tmp_path: Path):
    path = saved({"a": torch.ones(1000)}, tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    for read in (first_damaged_record, lambda p: read_archive(p, everything)):
        with pytest.raises(ArchiveError, match="File is not a zip file"):
            read(path)


def test_an_archive_of_something_else_is_refused(tmp_path: Path):
    path = tmp_path / "file.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("picture.png", b"")
    with pytest.raises(ArchiveError, match=r"expected one data\.pkl in it, got 0"):
        read_archive(path, everything)


def test_numbers_in_another_order_are_refused(tmp_path: Path):
    path = rewritten(saved({"a": torch.ones(4)}, tmp_path), {"byteorder": b"big"})
    with pytest.raises(ArchiveError, match="expected little-endian numbers, got others"):
        read_archive(path, everything)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (b"\0" * 8, "8 bytes for 4 numbers of torch.float32"),
        (b"", "0 bytes for 4 numbers of torch.float32"),
    ],
)
def test_a_storage_that_is_too_short_is_refused(tmp_path: Path, stored: bytes, message: str):
    path = rewritten(saved({"a": torch.ones(4)}, tmp_path), {"data/0": stored})
    with pytest.raises(ArchiveError, match=f"a tensor does not fit its storage .{message}."):
        read_archive(path, everything)


def test_a_tensor_larger_than_its_storage_is_refused(tmp_path: Path):
    path = saved({"a": torch.ones(1).expand(1000, 1000)}, tmp_path)
    with pytest.raises(ArchiveError, match=r"does not fit its storage \(1000000 numbers out of 1"):
        read_archive(path, everything)
