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


def resize_above(
    masks: Tensor,
    threshold: float,
    side: int,
    input_size: tuple[int, int],
    original_size: tuple[int, int],
) -> Tensor:
    """Return ``resize_masks(…) > threshold``, computed only where that can be true.

    A bilinear value lies between those that it is made of: around the logits above the
    threshold nothing else can be. For an object that is small in its picture, that is most of
    the picture.

    Parameters
    ----------
    masks : Tensor
        (B, C, h, w) logits over a padded square of `side`.
    threshold : float
        What counts as inside is above it.
    side, input_size, original_size
        As in `resize_masks`.

    Returns
    -------
    Tensor
        (B, C, *original_size) bool.
    """
    masks = masks.float()
    inside = torch.zeros(*masks.shape[:2], *original_size, dtype=torch.bool, device=masks.device)
    above = (masks > threshold).flatten(0, 1).any(dim=0)  # (h, w)
    if not above.any():
        return inside
    if tuple(input_size) == tuple(original_size):
        if side % masks.shape[-2] or side % masks.shape[-1]:
            return resize_masks(masks, side, input_size, original_size) > threshold
        _fill_enlarged(inside, masks, above, threshold, side)
        return inside
    matrices = [
        _axis_matrix(low, side, n_input, n_original)
        for low, n_input, n_original in zip(
            masks.shape[-2:], input_size, original_size, strict=True
        )
    ]
    (rows, low_rows), (columns, low_columns) = (
        _reach(matrix, above.any(dim=other).cpu())
        for matrix, other in zip(matrices, (1, 0), strict=True)
    )
    part = masks[..., low_rows, low_columns]
    rows_matrix = matrices[0][rows, low_rows].to(masks)
    columns_matrix = matrices[1][columns, low_columns].to(masks)
    inside[..., rows, columns] = rows_matrix @ (part @ columns_matrix.T) > threshold
    return inside


def _fill_enlarged(
    inside: Tensor, masks: Tensor, above: Tensor, threshold: float, side: int
) -> None:
    """Set `inside` where logits, enlarged by whole numbers, are above the threshold.

    An entry reaches one entry further, and what it gives there is made of one more: by these two
    the part that is enlarged is wider, so that its own edges do not count.
    """
    took, wrote, kept = [], [], []
    for axis, entries in ((-2, _span(above.any(dim=1))), (-1, _span(above.any(dim=0)))):
        factor, low = side // masks.shape[axis], masks.shape[axis]
        wider = slice(max(entries.start - 2, 0), min(entries.stop + 2, low))
        begin = max(entries.start - 1, 0) * factor
        end = min((entries.stop + 1) * factor, inside.shape[axis])
        took.append(wider)
        wrote.append(slice(begin, max(begin, end)))
        kept.append(slice(begin - wider.start * factor, max(begin, end) - wider.start * factor))
    part = masks[..., took[0], took[1]]
    factors = side // masks.shape[-2], side // masks.shape[-1]
    size = [n * factor for n, factor in zip(part.shape[-2:], factors, strict=True)]
    enlarged = F.interpolate(part, size, mode="bilinear", align_corners=False)
    inside[..., wrote[0], wrote[1]] = enlarged[..., kept[0], kept[1]] > threshold


def _reach(matrix: Tensor, above: Tensor) -> tuple[slice, slice]:
    """Find which of an axis' pixels use an entry that is above, and all entries they use.

    Parameters
    ----------
    matrix : Tensor
        (n_original, n_low), what each pixel is made of.
    above : Tensor
        (n_low,) bool.
    """
    pixels = _span((matrix[:, above] > 0).any(dim=1))
    return pixels, _span((matrix[pixels] > 0).any(dim=0))


def _span(true: Tensor) -> slice:
    """Return the shortest slice that holds all true entries of (n,) bool."""
    at = torch.nonzero(true)
    return slice(int(at[0]), int(at[-1]) + 1) if len(at) else slice(0, 0)


def _axis_matrix(n_low: int, side: int, n_input: int, n_original: int) -> Tensor:
    """Both interpolations of one axis as an (n_original, n_low) matrix."""
    full = F.interpolate(torch.eye(n_low)[None], side, mode="linear", align_corners=False)
    cropped = full[..., :n_input]  # (1, n_low, n_input)
    return F.interpolate(cropped, n_original, mode="linear", align_corners=False)[0].T
