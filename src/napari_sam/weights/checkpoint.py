"""Checkpoint files: `.safetensors`, and `.pth` or `.pt` as SAM's relatives publish them."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import torch
import xxhash
from safetensors.torch import load_file, save_file
from torch import Tensor

from napari_sam.atomic_files import written_beside
from napari_sam.weights.architecture import CheckpointError
from napari_sam.weights.catalogue import CHECKPOINT_SUFFIXES
from napari_sam.weights.torch_archive import ArchiveError, first_damaged_record, read_archive

# Where training frameworks put the weights among other things: micro-sam (torch_em) first.
_WRAPPERS = ("model_state", "model_state_dict", "state_dict", "model")
_ENCODER = "image_encoder."
_DIGEST = "tensors_xxh128"  # metadata of our own files: safetensors itself has no checksum
_FLOAT16_MAX = torch.finfo(torch.float16).max


def read_state_dict(path: Path | str) -> dict[str, Tensor]:
    """Read the weights of a SAM from a file. No code of the file is run.

    Parameters
    ----------
    path : Path or str
        A ``.safetensors``, ``.pth`` or ``.pt``. Weights below ``model_state``, ``state_dict``
        or ``model``, and names with a prefix (``sam.``, ``module.sam.``), are found too.

    Returns
    -------
    dict
        Names as in the public SAM; floating-point tensors as float32, on the CPU.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    CheckpointError
        If it is of another kind, truncated, damaged, or holds no SAM.
    """
    path = Path(path)
    _require_checkpoint_file(path)
    read = _read_safetensors if path.suffix == ".safetensors" else _read_torch
    chosen = _without_prefix(read(path))
    for name, tensor in chosen.items():
        if not isinstance(tensor, Tensor):
            raise CheckpointError(
                f"{path}: expected a tensor as {name}, got {type(tensor).__name__}; "
                "this is not a file of weights"
            )
    return {n: t.float() if t.is_floating_point() else t for n, t in chosen.items()}


def read_metadata(path: Path | str) -> dict[str, str]:
    """Read what `save_checkpoint` was given as metadata; empty for a ``.pth`` or ``.pt``."""
    path = Path(path)
    _require_checkpoint_file(path)
    if path.suffix != ".safetensors":
        return {}
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except safetensors.SafetensorError as error:
        raise _damaged(path, error) from error


def save_checkpoint(
    state_dict: Mapping[str, Tensor],
    path: Path | str,
    metadata: Mapping[str, str] | None = None,
    *,
    half: bool = False,
) -> None:
    """Write weights as safetensors, beside the target and renamed into place.

    A digest of the tensors goes into the file, which `read_state_dict` checks.

    Parameters
    ----------
    state_dict : mapping
        Names and tensors.
    path : Path or str
        A ``.safetensors`` file; replaced if it is there.
    metadata : mapping, optional
        Text to keep with the weights, such as ``architecture`` and ``preprocessing``.
    half : bool
        Store floating-point tensors as float16.

    Raises
    ------
    ValueError
        If the suffix is another, or a weight does not fit into float16.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise ValueError(f"expected a file name that ends in .safetensors, got {path.name}")
    tensors = {name: tensor.detach().cpu() for name, tensor in state_dict.items()}
    if half:
        tensors = {name: _as_float16(name, tensor) for name, tensor in tensors.items()}
    # A copy each: safetensors refuses tensors that share memory.
    tensors = {name: tensor.clone().contiguous() for name, tensor in tensors.items()}
    notes = {"format": "pt", **(metadata or {}), _DIGEST: _digest(tensors)}
    with written_beside(path) as temporary:
        save_file(tensors, temporary, notes)


def _require_checkpoint_file(path: Path) -> None:
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no such file"
        raise FileNotFoundError(f"expected a checkpoint file, got {what}: {path}")
    if path.suffix not in CHECKPOINT_SUFFIXES:
        raise CheckpointError(
            f"expected a checkpoint file ({', '.join(CHECKPOINT_SUFFIXES)}), got {path.name}"
        )
    with path.open("rb") as file:
        start = file.read(64)
    if start.lstrip()[:1] == b"<":
        raise CheckpointError(
            f"{path} is a web page, not a checkpoint: the download was answered with a page. "
            "Fetch the file itself."
        )


def _read_safetensors(path: Path) -> dict[str, Any]:
    try:
        tensors = load_file(path)
    except (safetensors.SafetensorError, ValueError) as error:
        raise _damaged(path, error) from error
    expected = read_metadata(path).get(_DIGEST)
    if expected is not None and _digest(tensors) != expected:
        raise _damaged(path, "the weights do not fit the digest that was saved with them")
    return _weights_in(tensors, path)


def _read_torch(path: Path) -> dict[str, Any]:
    is_archive = zipfile.is_zipfile(path)
    try:
        if is_archive and (record := first_damaged_record(path)) is not None:
            raise _damaged(path, f"the checksum of {record} is wrong")
        try:
            return _weights_in(torch.load(path, map_location="cpu", weights_only=True), path)
        except pickle.UnpicklingError:
            if not is_archive:
                raise
            return read_archive(path, lambda records: _weights_in(records, path))
    except (CheckpointError, MemoryError):
        raise
    except ArchiveError as error:
        raise _damaged(path, error) from error
    except Exception as error:  # what a damaged pickle raises has no bounds
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise _damaged(path, reason) from error


def _weights_in(loaded: Any, path: Path) -> dict[str, Any]:
    """Find the dictionary with an image encoder's weights: the whole or one below a wrapper."""
    candidates = [loaded]
    if isinstance(loaded, Mapping):
        candidates += [loaded[name] for name in _WRAPPERS if name in loaded]
    for candidate in candidates:
        if isinstance(candidate, Mapping) and any(_ENCODER in str(name) for name in candidate):
            return {str(name): value for name, value in candidate.items()}
    names = [str(name) for name in loaded] if isinstance(loaded, Mapping) else []
    found = f"the names {', '.join(names[:3])}" if names else f"a {type(loaded).__name__}"
    raise CheckpointError(
        f"{path} is a checkpoint of another model: expected names such as "
        f"{_ENCODER}patch_embed.proj.weight, got {found}"
    )


def _without_prefix(weights: Mapping[str, Any]) -> dict[str, Any]:
    first = next(name for name in weights if _ENCODER in name)
    prefix = first[: first.index(_ENCODER)]
    return {name.removeprefix(prefix): value for name, value in weights.items()}


def _as_float16(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():
        return tensor
    if tensor.numel() and tensor.abs().max() > _FLOAT16_MAX:
        raise ValueError(
            f"expected weights up to {_FLOAT16_MAX:.0f} for float16, got {tensor.abs().max():.3g} "
            f"in {name}; save with half=False"
        )
    return tensor.half()


def _digest(tensors: Mapping[str, Tensor]) -> str:
    digest = xxhash.xxh128()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _damaged(path: Path, reason: object) -> CheckpointError:
    return CheckpointError(
        f"{path} is truncated or damaged ({reason}). Copy or download the file again."
    )
