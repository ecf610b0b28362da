"""In which numbers the model computes: bf16 where the processor has it, float32 elsewhere."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from pathlib import Path
from typing import Literal, TypeVar, get_args

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)

Precision = Literal["auto", "float32", "bfloat16"]

# Processors without one of these compute bf16 in software, slower than float32.
_CPU_FLAGS = ("avx512_bf16", "amx_bf16", "bf16")


def resolve_precision(precision: Precision, device: torch.device) -> torch.dtype:
    """Choose the numbers to compute in.

    Parameters
    ----------
    precision : {"auto", "float32", "bfloat16"}
        "auto" takes bf16 where the device computes it fast.
    device : torch.device
        Where the model is.

    Raises
    ------
    ValueError
        If `precision` is none of these.
    """
    if precision not in get_args(Precision):
        expected = ", ".join(repr(name) for name in get_args(Precision))
        raise ValueError(f"expected a precision among {expected}, got {precision!r}")
    if precision == "auto":
        return torch.bfloat16 if has_fast_bfloat16(device) else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether a device computes bf16 in hardware."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        words = set(cpuinfo.read_text().split())
        return any(flag in words for flag in _CPU_FLAGS)
    return False


def in_precision(module: Module, dtype: torch.dtype) -> Module:
    """Copy a float32 module in `dtype`; float32 itself is not copied.

    For small modules that run often, where autocast would convert the weights anew each time.
    """
    return module if dtype == torch.float32 else deepcopy(module).to(dtype)


def computing_in(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[object]:
    """Context in which a float32 model computes in `dtype`; its weights stay as they are."""
    if dtype == torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype)
