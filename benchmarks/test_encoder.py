"""The image encoder of vit_b against the public package's: `set_image` at 1024 x 1024."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import compare, require
from tests.peers.public_packages import build_public_sam, drawn_weights, segment_anything

from napari_sam.inference.predictor import SamPredictor
from napari_sam.sam.build import build_sam

if TYPE_CHECKING:
    import numpy as np


def test_encoding_with_vit_b(picture: np.ndarray):
    public_sam, sam = build_public_sam("vit_b"), build_sam("vit_b")
    public_sam.load_state_dict(drawn_weights(public_sam))
    sam.load_state_dict(public_sam.state_dict())
    public, ours = segment_anything().SamPredictor(public_sam), SamPredictor(sam)
    comparison = compare(
        "vit_b, embedding of 1024 x 1024",
        lambda: public.set_image(picture),
        lambda: ours.set_image(picture),
        rounds=2,
        per_round=3,
    )
    difference = ours.features.float() - public.features
    error = float(difference.norm() / public.features.norm())
    print(f"\nvit_b, relative error of the features: {error:.4f}")
    assert error < 0.02
    require(comparison, 6)
