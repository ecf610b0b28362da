"""SAM's loss (Kirillov et al. 2023, section 3 and appendix A): focal, dice and IoU regression."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from monai.losses import DiceLoss, FocalLoss
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

FOCAL_WEIGHT = 20.0
DICE_WEIGHT = 1.0
IOU_WEIGHT = 1.0


class LossTerms(NamedTuple):
    """Terms of the loss, (B,) each: one an object, of its chosen mask."""

    focal: Tensor
    dice: Tensor
    iou: Tensor
    total: Tensor


class SamLoss(nn.Module):
    """20 x focal + 1 x dice + 1 x squared error of the predicted IoU.

    Focal (gamma 2, alpha 0.25) and dice are reduced per mask; where an object has several masks,
    only the one with the smallest 20 focal + dice counts.

    Parameters
    ----------
    balanced : float
        Share of a cross-entropy in which object and background count the same, in the place of
        the focal loss. Not in the paper: from scratch, focal loss first collapses to empty masks.
        It is 0 but for the beginning of a training from scratch.
    """

    def __init__(self, balanced: float = 0.0) -> None:
        super().__init__()
        self.balanced = balanced
        self.focal = FocalLoss(gamma=2.0, alpha=0.25, reduction="none")
        self.dice = DiceLoss(sigmoid=True, reduction="none")

    def forward(self, logits: Tensor, iou_predictions: Tensor, target: Tensor) -> LossTerms:
        """Compare predictions with targets.

        Parameters
        ----------
        logits : Tensor
            (B, M, h, w), M masks an object.
        iou_predictions : Tensor
            (B, M).
        target : Tensor
            (B, h, w) bool, or in 0 ... 1 the share of each cell that the object covers; its mask
            is then where it covers half or more.
        """
        n_masks = logits.shape[1]
        # Each mask is a sample of its own with one channel, so that nothing is reduced over masks.
        flat = logits.float().flatten(0, 1)[:, None]
        wanted = target.float().repeat_interleave(n_masks, dim=0)[:, None]
        focal = self.focal(flat, wanted).mean(dim=(1, 2, 3)).view(-1, n_masks)
        dice = self.dice(flat, wanted).flatten(1).mean(1).view(-1, n_masks)
        with torch.no_grad():
            true_iou = mask_iou(logits > 0, target[:, None] >= 0.5)
        iou = (iou_predictions.float() - true_iou).square()
        mask_loss = (1 - self.balanced) * FOCAL_WEIGHT * focal + DICE_WEIGHT * dice
        if self.balanced:
            balanced = balanced_cross_entropy(flat, wanted).view(-1, n_masks)
            mask_loss = mask_loss + self.balanced * balanced
        best = mask_loss.argmin(dim=1, keepdim=True)
        focal, dice, mask_loss = (x.gather(1, best)[:, 0] for x in (focal, dice, mask_loss))
        iou = iou.mean(1)  # the head has to rank all masks, so each of its predictions is trained
        return LossTerms(focal, dice, iou, mask_loss + IOU_WEIGHT * iou)


def balanced_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of (B, 1, h, w) logits, averaged over object and over background, (B,)."""
    loss = nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    sides = []
    for side in (target, 1 - target):
        sides.append((loss * side).flatten(1).sum(1) / side.flatten(1).sum(1).clamp(min=1))
    return sides[0] + sides[1]


def mask_iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of (..., h, w) bool masks; 1 where both are empty."""
    union = (a | b).flatten(-2).sum(-1)
    intersection = (a & b).flatten(-2).sum(-1)
    return torch.where(union > 0, intersection / union.clamp(min=1), 1.0)
