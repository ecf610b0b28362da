"""Pictures of random blobs: an endless set that teaches what a prompt means."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from sam_medical.finetune.image_sets import LabelledImage


def generate_image(rng: np.random.Generator, size: int = 256) -> LabelledImage:
    """Draw blobs of one random family on a random ground, with some light, blur and noise.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    size : int
        Side of the square picture in pixels.
    """
    labels = np.zeros((size, size), np.int32)
    image = _texture(rng, size, rng.random(3), 0.1)
    colour = rng.random(3)
    radius = size * np.exp(rng.uniform(np.log(0.03), np.log(0.25)))
    n_blobs = int(np.clip((0.5 * size / radius) ** 2 * rng.uniform(0.2, 1), 1, 60))
    for label in range(1, n_blobs + 1):
        mask = _blob(rng, size, radius * rng.uniform(0.6, 1.5))
        labels[mask] = label
        own = np.clip(colour + rng.normal(0, 0.1, 3), 0, 1)
        image[mask] = _texture(rng, size, own, rng.uniform(0, 0.1))[mask]
        if rng.random() < 0.3:  # a rim, as of a membrane
            rim = mask & ~ndimage.binary_erosion(mask, iterations=2)
            image[rim] = rng.random(3)
    image = ndimage.gaussian_filter(image, (s := rng.uniform(0.3, 1.5), s, 0))
    image = image + rng.normal(0, rng.uniform(0, 0.08), image.shape)
    pixels = (np.clip(image, 0, 1) * 255).astype(np.uint8)
    return LabelledImage.from_arrays("generated", pixels, labels)


def _texture(
    rng: np.random.Generator, size: int, colour: np.ndarray, strength: float
) -> np.ndarray:
    coarse = rng.normal(0, 1, (rng.integers(3, 24),) * 2)
    smooth = ndimage.zoom(coarse, size / len(coarse), order=1, grid_mode=True, mode="nearest")
    return np.clip(colour + strength * smooth[:size, :size, None], 0, 1)


def _blob(rng: np.random.Generator, size: int, radius: float) -> np.ndarray:
    """Draw a star-shaped region whose radius is a few random harmonics of the angle."""
    centre = rng.uniform(0, size, 2)
    y, x = np.mgrid[:size, :size]
    turn, squeeze = rng.uniform(0, np.pi), rng.uniform(0.5, 1)
    dy, dx = y - centre[0], x - centre[1]
    u = dx * np.cos(turn) + dy * np.sin(turn)
    v = (dy * np.cos(turn) - dx * np.sin(turn)) / squeeze
    angle = np.arctan2(v, u)
    waviness = rng.uniform(0, 0.2)
    outline = 1 + waviness * sum(
        np.sin(k * angle + rng.uniform(0, 2 * np.pi)) / k for k in range(2, 6)
    )
    inside: np.ndarray = u**2 + v**2 < (radius * outline) ** 2
    return inside
