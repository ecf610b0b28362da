"""Which SAM a state dict belongs to."""

from __future__ import annotations

import re

import pytest
import torch

from napari_sam.sam.build import ARCHITECTURES, build_sam
from napari_sam.weights.architecture import CheckpointError, check_fits, recognise_architecture

PATCHES = "image_encoder.patch_embed.proj.weight"


def names_and_shapes(architecture: str) -> dict[str, torch.Tensor]:
    if architecture == "vit_t":
        return build_sam(architecture).state_dict()
    with torch.device("meta"):  # shapes without numbers: the large ones take gigabytes
        return build_sam(architecture).state_dict()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_is_recognised(architecture: str):
    state_dict = names_and_shapes(architecture)
    assert recognise_architecture(state_dict) == architecture
    check_fits(state_dict, state_dict)


def test_an_unknown_size_is_said():
    message = "expected an image encoder of a known (width, depth): vit_h (1280, 32), "
    with pytest.raises(CheckpointError, match=re.escape(message) + r".*; got \(512, 0\)"):
        recognise_architecture({PATCHES: torch.zeros(512, 3, 16, 16)})


@pytest.mark.parametrize(
    ("names", "found"),
    [(["a", "b"], "a, b"), (list("abcde"), "a, b, c and 2 more"), ([], "no names at all")],
)
def test_another_model_is_said(names: list[str], found: str):
    message = f"expected the weights of a SAM, with names such as {PATCHES}, got {found}"
    with pytest.raises(CheckpointError, match=f"^{re.escape(message)}$"):
        recognise_architecture(dict.fromkeys(names, torch.zeros(1)))


def test_what_does_not_fit_is_named():
    expected = {name: torch.zeros(2) for name in "abcdefg"}
    got = {name: torch.zeros(2) for name in "fgxyz"} | {"f": torch.zeros(3, 1)}
    message = (
        "expected the 7 tensors of the model, got others; missing: a, b, c and 2 more; "
        "unexpected: x, y, z; of another shape: f (3, 1) instead of (2,)"
    )
    with pytest.raises(CheckpointError, match=f"^{re.escape(message)}$"):
        check_fits(got, expected)
