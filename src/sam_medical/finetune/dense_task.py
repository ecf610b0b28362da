"""An auxiliary task that teaches a fresh encoder what objects are, before prompts do.

From scratch the interactive loss first collapses to empty masks. Asking every position of the image
embedding for what is there (object or not, border or not, which way and how far its centre is)
gives the encoder a gradient everywhere from the first step. The head is thrown away afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

_CELLS = 4  # cells of the low-resolution grid along a side of the embedding's cell
_CENTRE_SCALE = 16.0  # cells; distances to the centre saturate around it


class DenseHead(nn.Module):
    """Predict (object, border, centre's dy and dx) at four times the embedding's resolution.

    Parameters
    ----------
    channels : int
        Channels of the image embedding.
    """

    def __init__(self, channels: int = 256) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, 4 * _CELLS**2, kernel_size=1)

    def forward(self, image_embedding: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, 4, 4 H, 4 W)."""
        return F.pixel_shuffle(self.project(image_embedding), _CELLS)


def dense_targets(labels: Tensor) -> Tensor:
    """Compute what `DenseHead` should say of (B, h, w) labels: (B, 4, h, w) float."""
    padded = F.pad(labels[:, None].float(), (1, 1, 1, 1), mode="replicate")
    neighbourhood_max = F.max_pool2d(padded, 3, stride=1)[:, 0]
    neighbourhood_min = -F.max_pool2d(-padded, 3, stride=1)[:, 0]
    border = (neighbourhood_max != neighbourhood_min).float()
    to_centre = torch.stack([_to_centre(one) for one in labels])
    return torch.cat([(labels > 0).float()[:, None], border[:, None], to_centre], dim=1)


def _to_centre(labels: Tensor) -> Tensor:
    """Offsets (2, h, w) to the centroid of each position's object, squashed to -1 ... 1."""
    ids, flat = torch.unique(labels, return_inverse=True)
    flat = flat.flatten()
    rows, columns = torch.meshgrid(
        *(torch.arange(n, dtype=torch.float32, device=labels.device) for n in labels.shape),
        indexing="ij",
    )
    places = torch.stack([rows.flatten(), columns.flatten()])  # (2, h * w)
    counts = torch.bincount(flat, minlength=len(ids)).clamp(min=1)
    sums = places.new_zeros(2, len(ids)).index_add_(1, flat, places)
    offset = (sums / counts)[:, flat] - places
    return torch.tanh(offset / _CENTRE_SCALE).view(2, *labels.shape) * (labels > 0)


def dense_loss(predicted: Tensor, labels: Tensor, inside: Tensor) -> Tensor:
    """Mean loss over the positions that show picture.

    Parameters
    ----------
    predicted : Tensor
        (B, 4, h, w) from `DenseHead`.
    labels : Tensor
        (B, h, w) integer.
    inside : Tensor
        (B, h, w) bool, picture and not padding.
    """
    predicted = predicted.float()
    target = dense_targets(labels)
    kinds = F.binary_cross_entropy_with_logits(predicted[:, :2], target[:, :2], reduction="none")
    weight = inside.float()
    covered = weight.sum().clamp(min=1)
    objects = weight * (labels > 0)
    centre = F.l1_loss(predicted[:, 2:], target[:, 2:], reduction="none").sum(1)
    return (kinds.sum(1) * weight).sum() / covered + (centre * objects).sum() / objects.sum().clamp(
        min=1
    )
