from __future__ import annotations

import numpy as np
import pytest

from napari_sam.inference.mask_prompt import INSIDE, LOW_RES, OUTSIDE, mask_logits


def by_hand(mask):
    """Cover each cell by a fine grid of samples, and count those that the mask holds."""
    side, fine = max(mask.shape), 16
    at = (np.arange(LOW_RES * fine) + 0.5) * side / (LOW_RES * fine)
    pixel = np.floor(at).astype(int)
    padded = np.zeros((side, side))
    padded[: mask.shape[0], : mask.shape[1]] = mask
    sampled = padded[np.ix_(pixel, pixel)]
    coverage = sampled.reshape(LOW_RES, fine, LOW_RES, fine).mean(axis=(1, 3))
    return np.interp(coverage, [0, 0.5, 1], [OUTSIDE, 0, INSIDE])


@pytest.mark.parametrize("shape", [(512, 512), (300, 200), (100, 256), (64, 40), (1500, 1024)])
def test_each_cell_follows_how_much_of_it_is_covered(shape):
    y, x = np.indices(shape)
    mask = (y / shape[0] - 0.4) ** 2 + (x / shape[1] - 0.55) ** 2 < 0.07
    logits = mask_logits(mask)
    assert logits.shape == (1, 256, 256)
    assert logits.dtype == np.float32
    off = np.abs(logits[0] - by_hand(mask))
    assert off.max() < 2 * 2.1 * -OUTSIDE / 16  # two rows of samples on the wrong side
    assert off.mean() < 0.05


def test_whole_cells_are_exact_and_the_padding_is_outside():
    mask = np.zeros((512, 256), dtype=bool)
    mask[100:200, 40:256] = True
    logits = mask_logits(mask)[0]
    assert (logits[50:100, 20:128] == INSIDE).all()
    assert (logits[:, 128:] == OUTSIDE).all()
    assert (logits[:50] == OUTSIDE).all()
    mask[100] = False  # half of a row of cells
    assert (mask_logits(mask)[0, 50, 20:128] == 0).all()


def test_an_empty_mask_is_outside_everywhere():
    assert (mask_logits(np.zeros((30, 20), dtype=bool)) == OUTSIDE).all()


@pytest.mark.parametrize("shape", [(3, 30, 20), (0, 5)])
def test_what_is_no_mask_of_an_image(shape):
    with pytest.raises(ValueError, match=r"expected a mask of shape \(H, W\), got"):
        mask_logits(np.zeros(shape, dtype=bool))
