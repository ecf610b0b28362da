"""Fixtures that the benchmarks share: a picture and real validation images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def picture() -> np.ndarray:
    """A smooth colour picture with noise, (1024, 1024, 3) uint8."""
    rng = np.random.default_rng(0)
    rows, columns = np.indices((1024, 1024)) / 1024
    waves = np.stack(
        [np.sin(f * rows) * np.cos(g * columns) for f, g in ((9, 7), (5, 11), (13, 3))]
    )
    noisy = 128 + 90 * waves.transpose(1, 2, 0) + rng.normal(0, 12, (1024, 1024, 3))
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images with masks, which lies beside the repository and not in it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real images of ../shared/data, which is not there")
    return SHARED_DATA
