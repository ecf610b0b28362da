"""`predict` with one point on an encoded image, against the public package's, at 1024 x 1024."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from benchmarks.measure import compare, require, seconds
from tests.peers.public_packages import build_public_sam, drawn_weights, segment_anything

from napari_sam.inference.predictor import SamPredictor
from napari_sam.sam.build import build_sam

if TYPE_CHECKING:
    from collections.abc import Callable

# A new place each time, as a user clicks; nothing of one prompt helps with the next.
_CLICKS = [np.array([[x, y]]) for x in range(100, 1000, 170) for y in range(120, 1000, 210)]


@pytest.fixture(scope="module")
def predictors(picture: np.ndarray) -> tuple[Any, SamPredictor]:
    """Both with the same picture and weights; the decoder is the same for every encoder."""
    public_sam, sam = build_public_sam("vit_s"), build_sam("vit_s")
    public_sam.load_state_dict(drawn_weights(public_sam))
    sam.load_state_dict(public_sam.state_dict())
    public, ours = segment_anything().SamPredictor(public_sam), SamPredictor(sam)
    public.set_image(picture)
    ours.set_image(picture)
    return public, ours


def clicking(predictor: Any, multimask_output: bool) -> Callable[[], object]:
    """A function that predicts for the next click each time it is called."""
    clicks = cycle(_CLICKS)
    label = np.array([1])
    return lambda: predictor.predict(next(clicks), label, multimask_output=multimask_output)


@pytest.mark.parametrize("multimask_output", [True, False], ids=["three masks", "one mask"])
def test_predicting_from_one_point(predictors: tuple[Any, SamPredictor], multimask_output: bool):
    public, ours = predictors
    comparison = compare(
        f"predict, one point at 1024 x 1024, {'three masks' if multimask_output else 'one mask'}",
        clicking(public, multimask_output),
        clicking(ours, multimask_output),
        rounds=30,
        per_round=3,
    )
    require(comparison, 3)


def test_the_first_point_on_an_image(predictors: tuple[Any, SamPredictor], picture: np.ndarray):
    """What is computed once an image falls either to `set_image` or to the first `predict`."""
    _, ours = predictors
    ours.set_image(picture)
    click = clicking(ours, True)
    first, then = seconds(click), min(seconds(click) for _ in range(20))
    print(f"\nfirst point on an image: {first * 1e3:.3g} ms, later ones {then * 1e3:.3g} ms")
