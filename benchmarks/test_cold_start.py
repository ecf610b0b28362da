"""A fresh process that imports, loads a checkpoint and makes its first mask, wall-clock.

The process of the public package takes the stand-ins for torchvision, which import in no time.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from benchmarks.measure import compare, require, seconds
from tests.peers.public_packages import build_public_sam, drawn_weights

from napari_sam.sam.build import build_sam

if TYPE_CHECKING:
    from collections.abc import Callable

_PUBLIC = """
import sys
import numpy as np
from tests.peers.public_packages import segment_anything
public = segment_anything()
predictor = public.SamPredictor(public.sam_model_registry["vit_b"](checkpoint=sys.argv[1]))
"""
_OURS = """
import sys
import numpy as np
from napari_sam import SamPredictor, sam_model_registry
predictor = SamPredictor(sam_model_registry["vit_b"](checkpoint=sys.argv[1]))
"""
_EMBEDDED = """
import sys
import numpy as np
from napari_sam import SamPredictor, load_model
predictor = SamPredictor(load_model())
"""
_FIRST_MASK = """
predictor.set_image(np.load(sys.argv[2]))
predictor.predict(np.array([[512, 512]]), np.array([1]))
"""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vit_b of random weights as the public release stores it."""
    path = tmp_path_factory.mktemp("checkpoint") / "vit_b.pth"
    torch.save(drawn_weights(build_sam("vit_b")), path)
    build_public_sam("vit_b").load_state_dict(torch.load(path, weights_only=True))
    return path


@pytest.fixture(scope="module")
def picture_file(picture: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "picture.npy"
    np.save(path, picture)
    return path


def process(code: str, *arguments: object) -> Callable[[], object]:
    """A function that runs `code` in a new interpreter from the repository's root."""
    command = [sys.executable, "-c", code + _FIRST_MASK, *map(str, arguments)]
    return lambda: subprocess.run(
        command, check=True, capture_output=True, cwd=Path(__file__).parents[1]
    )


def test_first_mask_of_vit_b(checkpoint: Path, picture_file: Path):
    comparison = compare(
        "vit_b, import, load, embed and first mask",
        process(_PUBLIC, checkpoint, picture_file),
        process(_OURS, checkpoint, picture_file),
        rounds=1,
        per_round=2,
    )
    require(comparison, 2)


def test_first_mask_of_the_embedded_default(picture_file: Path):
    run = process(_EMBEDDED, "", picture_file)
    run()
    print(f"\nembedded default, import, load, embed and first mask: {seconds(run):.2f} s")
