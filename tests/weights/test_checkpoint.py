"""Checkpoint files."""

from __future__ import annotations

import datetime
import pathlib
import pickle
import re
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from napari_sam.weights.architecture import CheckpointError
from napari_sam.weights.checkpoint import read_metadata, read_state_dict, save_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

PATCHES = "image_encoder.patch_embed.proj.weight"


@pytest.fixture
def weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {
        PATCHES: torch.randn(8, 3, 16, 16),
        "image_encoder.batches": torch.tensor(7),
        "mask_decoder.bias": torch.randn(5),
    }


def assert_same(read: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert list(read) == list(expected)
    for name, tensor in expected.items():
        assert torch.equal(read[name], tensor)
        assert read[name].dtype == tensor.dtype


def flip_bit(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 0x10
    path.write_bytes(content)


@pytest.mark.parametrize("suffix", [".pth", ".pt"])
def test_a_plain_checkpoint_is_read(tmp_path: Path, weights, suffix: str):
    torch.save(weights, tmp_path / f"sam{suffix}")
    assert_same(read_state_dict(tmp_path / f"sam{suffix}"), weights)
    assert read_metadata(tmp_path / f"sam{suffix}") == {}


def test_the_old_format_of_torch_is_read(tmp_path: Path, weights):
    torch.save(weights, tmp_path / "sam.pth", _use_new_zipfile_serialization=False)
    assert_same(read_state_dict(str(tmp_path / "sam.pth")), weights)


@pytest.mark.parametrize("wrapper", ["model_state", "model_state_dict", "state_dict", "model"])
@pytest.mark.parametrize("prefix", ["", "sam.", "module.sam."])
def test_wrappers_and_prefixes_are_taken_off(tmp_path: Path, weights, wrapper: str, prefix: str):
    inner = OrderedDict((prefix + name, tensor) for name, tensor in weights.items())
    torch.save({wrapper: inner, "epoch": 3}, tmp_path / "sam.pt")
    assert_same(read_state_dict(tmp_path / "sam.pt"), weights)


class Trainer:
    """What a training framework pickles beside the weights."""

    def __init__(self):
        self.loader = {"path": pathlib.PurePosixPath("data"), "shape": (1024, 1024)}


class Trap:
    sprung = False

    def __reduce__(self):
        return spring_the_trap, ()


def spring_the_trap() -> None:
    Trap.sprung = True


@pytest.mark.parametrize("beside", [Trainer(), Trap()], ids=["trainer", "trap"])
def test_a_micro_sam_checkpoint_is_read_without_unpickling_it(tmp_path: Path, weights, beside):
    state = OrderedDict((f"sam.{name}", tensor) for name, tensor in weights.items())
    state._metadata = {"": {"version": 1}}  # as every state dict has it
    content = {
        "iteration": 250_000,
        "best_metric": np.float64(0.25),
        "train_time": datetime.timedelta(hours=3),
        "init": {"trainer": beside},
        "optimizer_state": {"state": {0: {"exp_avg": torch.ones(4)}}},
        "decoder_state": {"out.weight": torch.ones(2)},
        "model_state": state,
    }
    torch.save(content, tmp_path / "best.pt")
    with pytest.raises(pickle.UnpicklingError):  # or the test would show nothing
        torch.load(tmp_path / "best.pt", weights_only=True)
    assert_same(read_state_dict(tmp_path / "best.pt"), weights)
    assert not Trap.sprung


def test_code_in_an_old_file_is_refused(tmp_path: Path, weights):
    path = tmp_path / "sam.pth"
    torch.save({**weights, "x": Trap()}, path, _use_new_zipfile_serialization=False)
    with pytest.raises(CheckpointError, match="is truncated or damaged"):
        read_state_dict(path)
    assert not Trap.sprung


def test_code_in_the_place_of_a_tensor_is_refused(tmp_path: Path, weights):
    torch.save({**weights, "image_encoder.x": Trap()}, tmp_path / "sam.pth")
    message = "expected a tensor as image_encoder.x, got Call; this is not a file of weights"
    with pytest.raises(CheckpointError, match=message):
        read_state_dict(tmp_path / "sam.pth")
    assert not Trap.sprung


def test_what_is_saved_comes_back_with_its_metadata(tmp_path: Path, weights):
    path = tmp_path / "sam.safetensors"
    save_checkpoint(weights, path, {"architecture": "vit_s", "preprocessing": "zero_one"})
    assert_same(dict(sorted(read_state_dict(path).items())), dict(sorted(weights.items())))
    metadata = read_metadata(path)
    assert metadata["architecture"] == "vit_s"
    assert metadata["preprocessing"] == "zero_one"


def test_float16_halves_the_file_and_is_read_as_float32(tmp_path: Path):
    weights = {PATCHES: torch.randn(64, 3, 16, 16), "image_encoder.batches": torch.tensor(7)}
    save_checkpoint(weights, tmp_path / "full.safetensors")
    save_checkpoint(weights, tmp_path / "half.safetensors", half=True)
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("half", "full")]
    assert sizes[0] < 0.51 * sizes[1]
    read = read_state_dict(tmp_path / "half.safetensors")
    assert read[PATCHES].dtype == torch.float32
    assert torch.equal(read[PATCHES], weights[PATCHES].half().float())
    assert read["image_encoder.batches"].dtype == torch.int64


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_other_precisions_become_float32(tmp_path: Path, dtype: torch.dtype):
    torch.save({PATCHES: torch.ones(2, dtype=dtype)}, tmp_path / "sam.pth")
    save_file({PATCHES: torch.ones(2, dtype=dtype)}, tmp_path / "sam.safetensors")
    for name in ("sam.pth", "sam.safetensors"):
        assert read_state_dict(tmp_path / name)[PATCHES].dtype == torch.float32


def test_tensors_that_share_memory_are_saved(tmp_path: Path):
    base = torch.rand(4, 6)
    shared = {PATCHES: base, "image_encoder.same": base, "image_encoder.turned": base.T}
    save_checkpoint(shared, tmp_path / "sam.safetensors")
    read = read_state_dict(tmp_path / "sam.safetensors")
    assert all(torch.equal(read[name], tensor) for name, tensor in shared.items())


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, weights, monkeypatch):
    path = tmp_path / "sam.safetensors"
    save_checkpoint(weights, path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("napari_sam.weights.checkpoint.save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint({PATCHES: torch.ones(1)}, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_only_safetensors_are_written(tmp_path: Path, weights):
    with pytest.raises(
        ValueError, match=r"expected a file name that ends in \.safetensors, got sam\.pth"
    ):
        save_checkpoint(weights, tmp_path / "sam.pth")


def test_a_weight_too_large_for_float16_is_refused(tmp_path: Path):
    message = "expected weights up to 65504 for float16, got 7e+04 in a; save with half=False"
    with pytest.raises(ValueError, match=re.escape(message)):
        save_checkpoint({"a": torch.tensor([7e4])}, tmp_path / "x.safetensors", half=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["sam.pth", "sam.safetensors"])
def test_a_truncated_file_is_refused(tmp_path: Path, weights, name: str):
    path = tmp_path / name
    torch.save(weights, path) if name.endswith("pth") else save_checkpoint(weights, path)
    whole = path.read_bytes()
    for length in (0, 5, 1000, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        message = rf"{re.escape(str(path))} is truncated or damaged \(.+\)\. Copy or download the"
        with pytest.raises(CheckpointError, match=message):
            read_state_dict(path)


def test_a_truncated_file_of_the_old_format_is_refused(tmp_path: Path, weights):
    path = tmp_path / "sam.pth"
    torch.save(weights, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(CheckpointError, match="is truncated or damaged"):
        read_state_dict(path)


def test_a_flipped_bit_in_a_pth_is_found(tmp_path: Path, weights):
    torch.save(weights, tmp_path / "sam.pth")
    flip_bit(tmp_path / "sam.pth", 5000)
    message = r"is truncated or damaged \(the checksum of sam/data/0 is wrong\)"
    with pytest.raises(CheckpointError, match=message):
        read_state_dict(tmp_path / "sam.pth")


def test_a_flipped_bit_in_a_safetensors_of_ours_is_found(tmp_path: Path, weights):
    save_checkpoint(weights, tmp_path / "sam.safetensors")
    flip_bit(tmp_path / "sam.safetensors", -100)
    message = r"is truncated or damaged \(the weights do not fit the digest that was saved"
    with pytest.raises(CheckpointError, match=message):
        read_state_dict(tmp_path / "sam.safetensors")


def test_a_safetensors_of_others_needs_no_digest(tmp_path: Path, weights):
    save_file(weights, tmp_path / "sam.safetensors")
    assert read_state_dict(tmp_path / "sam.safetensors").keys() == weights.keys()
    assert read_metadata(tmp_path / "sam.safetensors") == {}


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_a_checkpoint_of_another_model_is_said(tmp_path: Path, name: str):
    weights = {f"layer{i}.weight": torch.ones(1) for i in range(5)}
    path = tmp_path / name
    torch.save(weights, path) if name.endswith("pth") else save_checkpoint(weights, path)
    message = (
        f"{path} is a checkpoint of another model: expected names such as {PATCHES}, "
        "got the names layer0.weight, layer1.weight, layer2.weight"
    )
    with pytest.raises(CheckpointError, match=re.escape(message)):
        read_state_dict(path)


def test_a_lone_tensor_is_no_checkpoint(tmp_path: Path):
    torch.save(torch.ones(3), tmp_path / "x.pt")
    with pytest.raises(
        CheckpointError, match=r"is a checkpoint of another model: .* got a Tensor$"
    ):
        read_state_dict(tmp_path / "x.pt")


def test_a_web_page_is_said(tmp_path: Path):
    (tmp_path / "sam.pth").write_text("\n<!DOCTYPE html><html>404</html>")
    message = "is a web page, not a checkpoint: the download was answered with a page. Fetch the"
    with pytest.raises(CheckpointError, match=message):
        read_state_dict(tmp_path / "sam.pth")


@pytest.mark.parametrize("read", [read_state_dict, read_metadata])
def test_a_missing_file_is_said(tmp_path: Path, read):
    path = tmp_path / "none.pth"
    with pytest.raises(
        FileNotFoundError, match=f"expected a checkpoint file, got no such file: {path}"
    ):
        read(path)
    with pytest.raises(
        FileNotFoundError, match=f"expected a checkpoint file, got a folder: {tmp_path}"
    ):
        read(tmp_path)


@pytest.mark.parametrize("read", [read_state_dict, read_metadata])
def test_a_file_of_another_kind_is_said(tmp_path: Path, read):
    (tmp_path / "sam.onnx").touch()
    message = r"expected a checkpoint file \(\.safetensors, \.pth, \.pt\), got sam\.onnx"
    with pytest.raises(CheckpointError, match=message):
        read(tmp_path / "sam.onnx")


def test_metadata_of_a_damaged_file_is_refused(tmp_path: Path):
    (tmp_path / "sam.safetensors").write_bytes(b"\1" * 100)
    with pytest.raises(CheckpointError, match="is truncated or damaged"):
        read_metadata(tmp_path / "sam.safetensors")
