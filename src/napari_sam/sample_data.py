"""Pictures to try the widget on: shipped with scikit-image or made up, never downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    SampleLayer = tuple[npt.NDArray[Any], dict[str, Any], str]


def coins() -> list[SampleLayer]:
    """Greek coins from Pompeii, grey (303, 384)."""
    from skimage import data

    return [(data.coins(), {"name": "coins"}, "image")]


def cells() -> list[SampleLayer]:
    """Colon tissue, immunohistochemical staining, RGB (512, 512, 3)."""
    from skimage import data

    return [(data.immunohistochemistry(), {"name": "stained tissue", "rgb": True}, "image")]


def nuclei_stack() -> list[SampleLayer]:
    """Bright ellipsoids in noise, made up: uint16 (24, 256, 256), 1.0 × 0.4 × 0.4 µm."""
    settings = {"name": "nuclei stack", "scale": (1.0, 0.4, 0.4), "units": "um"}
    return [(make_nuclei(), settings, "image")]


def make_nuclei(
    shape: tuple[int, int, int] = (24, 256, 256), count: int = 40, seed: int = 7
) -> npt.NDArray[np.uint16]:
    """Make up a stack of nuclei that do not overlap.

    Parameters
    ----------
    shape : (int, int, int)
        z, y, x.
    count : int
        How many are tried; those that would touch another are left out.
    seed : int
        The same seed gives the same stack.

    Returns
    -------
    ndarray of uint16
        The stack, (z, y, x).
    """
    rng = np.random.default_rng(seed)
    stack = np.zeros(shape, dtype=np.float32)
    occupied = np.zeros(shape, dtype=bool)
    for _ in range(count):
        radii = rng.uniform((3.0, 11.0, 11.0), (5.0, 18.0, 18.0))
        centre = rng.uniform(radii, np.asarray(shape) - radii)
        low = np.maximum(np.floor(centre - radii).astype(int), 0)
        high = np.minimum(np.ceil(centre + radii).astype(int) + 1, shape)
        window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        axes = np.ogrid[window]
        distance = sum(((a - c) / r) ** 2 for a, c, r in zip(axes, centre, radii, strict=True))
        inside = distance <= 1
        if occupied[window][distance <= 1.4].any():
            continue
        occupied[window] |= inside
        stack[window] += inside * (1.3 - 0.6 * distance) * rng.uniform(0.6, 1.0)
    noisy = 400 + 3000 * stack + rng.normal(0, 120, shape)
    return np.clip(noisy, 0, np.iinfo(np.uint16).max).astype(np.uint16)
