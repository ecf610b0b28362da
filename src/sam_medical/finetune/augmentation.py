"""Random changes to an image's looks that leave its objects where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray


def augment_intensity(image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Invert, re-colour, re-light, blur and add noise, each with some chance.

    Parameters
    ----------
    image : array
        (H, W, 3) in 0 ... 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array
        (H, W, 3) in 0 ... 1.
    """
    if rng.random() < 0.3:
        image = 1 - image
    if rng.random() < 0.2:
        image = np.repeat(image.mean(-1, keepdims=True), 3, axis=-1)
    elif rng.random() < 0.2:  # another colour for dark and for bright
        dark, bright = rng.random((2, 3)).astype(np.float32)
        image = dark * 0.4 + image * (bright * 0.6 + 0.4 - dark * 0.4)
    elif rng.random() < 0.2:
        image = image[..., rng.permutation(3)]
    if rng.random() < 0.5:
        low, high = np.percentile(image, [0.5, 99.5])
        image = np.clip((image - low) / max(high - low, 1e-3), 0, 1)
    if rng.random() < 0.6:
        image = image ** np.float32(np.exp(rng.uniform(-0.7, 0.7)))
        contrast = np.float32(rng.uniform(0.4, 1.2))
        image = image * contrast + np.float32(rng.uniform(0, 1) * (1 - contrast))
    if rng.random() < 0.15:
        sigma = rng.uniform(0.5, 3)
        image = ndimage.gaussian_filter(image, (sigma, sigma, 0))
    if rng.random() < 0.25:
        noise = rng.standard_normal((*image.shape[:2], 1), dtype=np.float32)
        image = image + noise * np.float32(rng.uniform(0.01, 0.1))
    return np.clip(image, 0, 1).astype(np.float32)


def turn(
    image: NDArray[Any], labels: NDArray[Any], rng: np.random.Generator
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Apply one of the eight flips and quarter turns to (H, W, ...) image and labels alike."""
    quarters, flip = int(rng.integers(4)), rng.random() < 0.5
    image, labels = np.rot90(image, quarters), np.rot90(labels, quarters)
    return (image[:, ::-1], labels[:, ::-1]) if flip else (image, labels)
