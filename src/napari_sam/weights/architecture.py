"""Which SAM a state dict belongs to, and whether it fits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

_VIT_PATCHES = "image_encoder.patch_embed.proj.weight"
_TINY_VIT_PATCHES = "image_encoder.patch_embed.seq.0.c.weight"
_VIT_SIZES = {  # (width, depth) of the image encoder
    (1280, 32): "vit_h",
    (1024, 24): "vit_l",
    (768, 12): "vit_b",
    (192, 12): "vit_s",
}
_SHOWN = 3  # names in a message


class CheckpointError(ValueError):
    """A checkpoint file cannot be read, or is not of the model that was asked for."""


def recognise_architecture(state_dict: Mapping[str, Tensor]) -> str:
    """Tell the architecture from the names and shapes of a state dict.

    Parameters
    ----------
    state_dict : mapping
        Names as in the public SAM or MobileSAM.

    Returns
    -------
    str
        "vit_h", "vit_l", "vit_b", "vit_s" or "vit_t" (MobileSAM's TinyViT).

    Raises
    ------
    CheckpointError
        If it is none of them.
    """
    if _TINY_VIT_PATCHES in state_dict:
        return "vit_t"
    if _VIT_PATCHES not in state_dict:
        raise CheckpointError(
            "expected the weights of a SAM, with names such as "
            f"{_VIT_PATCHES}, got {_some(list(state_dict)) or 'no names at all'}"
        )
    width = state_dict[_VIT_PATCHES].shape[0]
    blocks = (re.match(r"image_encoder\.blocks\.(\d+)\.", name) for name in state_dict)
    depth = len({block[1] for block in blocks if block})
    if (width, depth) not in _VIT_SIZES:
        known = ", ".join(f"{name} ({w}, {d})" for (w, d), name in _VIT_SIZES.items())
        raise CheckpointError(
            f"expected an image encoder of a known (width, depth): {known}; got ({width}, {depth})"
        )
    return _VIT_SIZES[width, depth]


def check_fits(state_dict: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Check names and shapes of a state dict against those of a model.

    Raises
    ------
    CheckpointError
        If a name is missing or unexpected or a shape differs; the message names the first.
    """
    missing = [name for name in expected if name not in state_dict]
    unexpected = [name for name in state_dict if name not in expected]
    reshaped = [
        f"{name} {tuple(tensor.shape)} instead of {tuple(expected[name].shape)}"
        for name, tensor in state_dict.items()
        if name in expected and tensor.shape != expected[name].shape
    ]
    faults = [
        f"{what}: {_some(names)}"
        for what, names in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("of another shape", reshaped),
        )
        if names
    ]
    if faults:
        raise CheckpointError(
            f"expected the {len(expected)} tensors of the model, got others; {'; '.join(faults)}"
        )


def _some(names: list[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
