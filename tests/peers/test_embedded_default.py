"""The model in the package is one that the public classes load and run to the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.peers.conftest import picture
from tests.peers.public_packages import build_public_sam, segment_anything

from napari_sam import load_model
from napari_sam.inference.predictor import SamPredictor

if TYPE_CHECKING:
    import torch

    from napari_sam.sam.model import Sam


@pytest.fixture(scope="module")
def embedded() -> Sam:
    return load_model()


@pytest.fixture(scope="module")
def public(embedded: Sam) -> torch.nn.Module:
    sam = build_public_sam("vit_t")
    sam.load_state_dict(embedded.state_dict(), strict=True)
    return sam.eval()


def test_state_dicts_load_strictly_both_ways(embedded: Sam, public: torch.nn.Module):
    embedded.load_state_dict(public.state_dict(), strict=True)
    assert list(embedded.state_dict()) == list(public.state_dict())


def test_features_and_logits_agree(embedded: Sam, public: torch.nn.Module):
    image = picture((600, 800), "rgb")
    theirs = segment_anything().SamPredictor(public)
    ours = SamPredictor(embedded, precision="float32")
    for predictor in (theirs, ours):
        predictor.set_image(image)
    assert (ours.features - theirs.features).norm() <= 1e-4 * theirs.features.norm()
    box = np.array([200, 150, 500, 480])
    _, expected_iou, expected = theirs.predict(box=box)
    _, got_iou, got = ours.predict(box=box)
    assert abs(got - expected).max() <= 1e-3 * expected.std()
    assert abs(got_iou - expected_iou).max() <= 1e-3
