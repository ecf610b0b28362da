"""What a simulated user points at (Kirillov et al. 2023, appendix A, "interactive training").

Masks are sampled where they are compared, on the grid of the low-resolution logits; a drawn cell
becomes a uniformly drawn position within it, in pixels of the encoder's input.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

BOX_NOISE = 0.1
MAX_BOX_NOISE = 20.0


def sample_points(region: Tensor, generator: torch.Generator) -> Tensor:
    """Draw one cell uniformly from each region.

    Parameters
    ----------
    region : Tensor
        (B, h, w) bool; where none is set, any cell may be drawn.
    generator : torch.Generator
        Source of randomness.

    Returns
    -------
    Tensor
        (B, 2) integer cells as (x, y).
    """
    noise = torch.rand(region.shape, generator=generator).to(region.device)
    winner = (noise + region).flatten(1).argmax(1)  # a set cell always exceeds an unset one
    return torch.stack([winner % region.shape[2], winner // region.shape[2]], dim=1)


def cells_to_pixels(cells: Tensor, stride: int, generator: torch.Generator) -> Tensor:
    """Draw a position within each cell (B, 2), in pixels of the encoder's input."""
    within = torch.rand(cells.shape, generator=generator).to(cells.device)
    return (cells + within) * stride - 0.5


def noisy_boxes(boxes: Tensor, generator: torch.Generator, noise: float = BOX_NOISE) -> Tensor:
    """Add Gaussian noise to boxes, at most 20 pixels.

    Parameters
    ----------
    boxes : Tensor
        (B, 4) as (x0, y0, x1, y1), inclusive, in pixels of the encoder's input.
    generator : torch.Generator
        Source of randomness.
    noise : float
        Its standard deviation in shares of the side.
    """
    sides = (boxes[:, 2:] - boxes[:, :2] + 1).repeat(1, 2)  # (w, h, w, h)
    shift = torch.randn(boxes.shape, generator=generator).to(boxes.device) * noise * sides
    return boxes + shift.clamp(-MAX_BOX_NOISE, MAX_BOX_NOISE)


def resized_masks(
    masks: Tensor, chosen: Tensor, generator: torch.Generator, most: float = 0.15
) -> Tensor:
    """Grow or shrink some masks, as annotators differ in where they see the border.

    Parameters
    ----------
    masks : Tensor
        (B, h, w) bool.
    chosen : Tensor
        (B,) bool, which ones; one that would vanish stays as it is.
    generator : torch.Generator
        Source of randomness.
    most : float
        Largest radius in shares of the square root of the area.
    """
    out = masks.clone()
    for row in torch.nonzero(chosen).flatten().tolist():
        largest = most * float(masks[row].sum()) ** 0.5
        radius = round(float(torch.rand((), generator=generator)) * largest)
        shrink = bool(torch.rand((), generator=generator) < 0.3)
        if radius == 0:
            continue
        field = (masks[row] ^ shrink).float()[None, None]
        for step in range(radius):  # a square and a cross in turn: nearly a disc
            if step % 2:
                field = F.max_pool2d(field, 3, stride=1, padding=1)
            else:
                field = torch.maximum(
                    F.max_pool2d(field, (3, 1), stride=1, padding=(1, 0)),
                    F.max_pool2d(field, (1, 3), stride=1, padding=(0, 1)),
                )
        changed = (field[0, 0] > 0) ^ shrink
        if changed.sum() >= masks[row].sum() / 3:
            out[row] = changed
    return out


def mask_boxes(masks: Tensor, stride: int) -> Tensor:
    """Tight boxes (B, 4) of masks (B, h, w), inclusive, in pixels of the encoder's input."""
    sides = []
    for axis in (1, 2):  # columns, then rows
        hit = masks.any(axis)
        first = hit.int().argmax(1)
        last = hit.shape[1] - 1 - hit.flip(1).int().argmax(1)
        sides.append((first * stride, (last + 1) * stride - 1))
    (x0, x1), (y0, y1) = sides
    return torch.stack([x0, y0, x1, y1], dim=1).float()


def sample_corrections(
    target: Tensor, predicted: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw the next point uniformly from the error region.

    Parameters
    ----------
    target, predicted : Tensor
        (B, h, w) bool.
    generator : torch.Generator
        Source of randomness.

    Returns
    -------
    cells : Tensor
        (B, 2) as (x, y); where the prediction is perfect, drawn from the target.
    labels : Tensor
        (B,) 1 where the target is missed, 0 where the prediction is too much.
    """
    error = target ^ predicted
    perfect = ~error.flatten(1).any(1)
    cells = sample_points(torch.where(perfect[:, None, None], target, error), generator)
    rows = torch.arange(len(target), device=target.device)
    labels = target[rows, cells[:, 1], cells[:, 0]].long()
    return cells, labels
