"""Low-resolution logits to the original image's pixels, in one pass.

The public model interpolates twice: to the encoder's square, then, cropped, to the original size.
Bilinear interpolation is separable and linear, so both passes together are one matrix for the rows
and one for the columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from torch import Tensor


def resize_masks(
    masks: Tensor, side: int, input_size: tuple[int, int], original_size: tuple[int, int]
) -> Tensor:
    """Resize (B, C, h, w) logits over a padded square of `side` to (B, C, *original_size).

    Equal, to rounding, to bilinear interpolation to (side, side), cropping to `input_size` and
    bilinear interpolation to `original_size`.
    """
    masks = masks.float()
    if tuple(input_size) == tuple(original_size):
        rows, columns = input_size
        full = F.interpolate(masks, (side, side), mode="bilinear", align_corners=False)
        return full[..., :rows, :columns]
    rows_matrix = _axis_matrix(masks.shape[-2], side, input_size[0], original_size[0]).to(masks)
    columns_matrix = _axis_matrix(masks.shape[-1], side, input_size[1], original_size[1]).to(masks)
    return rows_matrix @ (masks @ columns_matrix.T)


def _axis_matrix(n_low: int, side: int, n_input: int, n_original: int) -> Tensor:
    """Both interpolations of one axis as an (n_original, n_low) matrix."""
    full = F.interpolate(torch.eye(n_low)[None], side, mode="linear", align_corners=False)
    cropped = full[..., :n_input]  # (1, n_low, n_input)
    return F.interpolate(cropped, n_original, mode="linear", align_corners=False)[0].T
