"""The public model and ours with the same weights, and pictures that both have encoded.

Encoding takes nearly all of the time here (the public vit_b alone 15 s an image on two cores), so
each picture is encoded once by either side for all the tests of a module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.peers.public_packages import build_public_sam, drawn_weights, segment_anything

from napari_sam.inference.predictor import SamPredictor
from napari_sam.sam.build import build_sam

if TYPE_CHECKING:
    from torch import nn

    from napari_sam.sam.model import Sam


@dataclass(frozen=True)
class Pair:
    """The public `Sam` and ours, of one architecture and with the same weights."""

    architecture: str
    public: nn.Module
    ours: Sam


@dataclass(frozen=True)
class Encoded:
    """Predictors that have both encoded `image`, (H, W) or (H, W, 3) uint8."""

    image: np.ndarray
    public: Any
    ours: SamPredictor


def picture(shape: tuple[int, int], colour: str, seed: int = 0) -> np.ndarray:
    """Overlapping discs of random brightness with noise: (H, W, 3) or, grey, (H, W), uint8."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices(shape)
    image = np.full((*shape, 3), 60.0)
    for _ in range(25):
        y, x, radius = rng.uniform(0, shape[0]), rng.uniform(0, shape[1]), rng.uniform(15, 90)
        image[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] = rng.uniform(0, 255, 3)
    image = np.clip(image + rng.normal(0, 12, image.shape), 0, 255).astype(np.uint8)
    return image if colour == "rgb" else image[..., 0]


@pytest.fixture(scope="session")
def pairs() -> dict[str, Pair]:
    """Pairs by architecture, filled by `pair` so that one is built at most once."""
    return {}


def make_pair(architecture: str, pairs: dict[str, Pair]) -> Pair:
    """Build the two models of a pair, or take those built before."""
    if architecture not in pairs:
        public, ours = build_public_sam(architecture), build_sam(architecture)
        public.load_state_dict(drawn_weights(public))
        public.eval()  # again: the public TinyViT gathers its attention biases on this call
        ours.load_state_dict(public.state_dict())
        pairs[architecture] = Pair(architecture, public, ours)
    return pairs[architecture]


@pytest.fixture(scope="module", params=["vit_s", "vit_t", "vit_b"])
def pair(request: pytest.FixtureRequest, pairs: dict[str, Pair]) -> Pair:
    """Every architecture in turn."""
    return make_pair(request.param, pairs)


_SHAPES = [(1024, 1024), (768, 512), (300, 1000)]
_QUICK_FOR_VIT_B = {((1024, 1024), "rgb"), ((768, 512), "grey"), ((300, 1000), "rgb")}


def _cases() -> list[Any]:
    return [
        pytest.param(
            (architecture, shape, colour),
            id=f"{architecture}-{shape[0]}x{shape[1]}-{colour}",
            marks=[pytest.mark.slow]
            if architecture == "vit_b" and (shape, colour) not in _QUICK_FOR_VIT_B
            else [],
        )
        for architecture in ("vit_s", "vit_t", "vit_b")
        for shape in _SHAPES
        for colour in ("rgb", "grey")
    ]


@pytest.fixture(scope="module", params=_cases())
def encoded(request: pytest.FixtureRequest, pairs: dict[str, Pair]) -> Encoded:
    """Every architecture, shape and colour in turn, encoded by both."""
    architecture, shape, colour = request.param
    pair = make_pair(architecture, pairs)
    image = picture(shape, colour)
    public = segment_anything().SamPredictor(pair.public)
    public.set_image(image if colour == "rgb" else np.stack([image] * 3, axis=-1))
    ours = SamPredictor(pair.ours, precision="float32")
    ours.set_image(image)
    return Encoded(image, public, ours)
