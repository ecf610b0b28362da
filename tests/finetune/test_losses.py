"""The loss, worked by hand."""

import math

import pytest
import torch

from sam_medical.finetune.losses import SamLoss, balanced_cross_entropy, mask_iou


def by_hand(logits, target):
    """Focal (gamma 2, alpha 0.25) and dice of one mask, number by number."""
    focal, inside, predicted = 0.0, 0.0, 0.0
    for x, y in zip(logits.flatten().tolist(), target.flatten().tolist(), strict=True):
        p = 1 / (1 + math.exp(-x))
        p_true, alpha = (p, 0.25) if y else (1 - p, 0.75)
        focal += -alpha * (1 - p_true) ** 2 * math.log(p_true)
        inside += p * y
        predicted += p
    dice = 1 - (2 * inside + 1e-5) / (predicted + target.sum().item() + 1e-5)
    return focal / logits.numel(), dice


@pytest.fixture
def case():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, 4, 5, generator=generator) * 2
    target = torch.rand(2, 4, 5, generator=generator) > 0.6
    iou_predictions = torch.rand(2, 3, generator=generator)
    return logits, iou_predictions, target


def test_terms_are_those_of_the_best_mask_of_each_object(case):
    logits, iou_predictions, target = case
    terms = SamLoss()(logits, iou_predictions, target)
    for i in range(2):
        values = [by_hand(logits[i, m], target[i]) for m in range(3)]
        focal, dice = min(values, key=lambda pair: 20 * pair[0] + pair[1])
        true = [mask_iou(logits[i, m] > 0, target[i]).item() for m in range(3)]
        iou = sum((t - p) ** 2 for t, p in zip(true, iou_predictions[i].tolist(), strict=True)) / 3
        assert terms.focal[i].item() == pytest.approx(focal, rel=1e-4)
        assert terms.dice[i].item() == pytest.approx(dice, rel=1e-4)
        assert terms.iou[i].item() == pytest.approx(iou, rel=1e-4)
        assert terms.total[i].item() == pytest.approx(20 * focal + dice + iou, rel=1e-4)


def test_only_the_best_mask_gets_a_gradient(case):
    logits, iou_predictions, target = case
    logits.requires_grad_()
    SamLoss()(logits, iou_predictions, target).total.sum().backward()
    touched = logits.grad.flatten(2).abs().sum(-1) > 0
    assert touched.sum(1).tolist() == [1, 1]


def test_half_covered_cells_ask_for_a_logit_of_zero():
    target = torch.full((1, 4, 5), 0.5)
    logits = torch.zeros(1, 1, 4, 5, requires_grad=True)
    SamLoss().focal(logits, target[:, None]).sum().backward()
    assert logits.grad.abs().max() < 1e-6
    tilted = torch.full((1, 1, 4, 5), 1.0, requires_grad=True)
    SamLoss().focal(tilted, target[:, None]).sum().backward()
    assert (tilted.grad > 0).all()
    # For the IoU, half a cell is object.
    iou = torch.zeros(1, 1)
    assert SamLoss()(tilted.detach(), iou, target).iou.item() == 1


def test_an_object_counts_the_same_alone_and_in_a_batch(case):
    together = SamLoss()(*case).total
    for i in range(2):
        alone = SamLoss()(*(part[i : i + 1] for part in case)).total
        torch.testing.assert_close(together[i : i + 1], alone)


def test_balanced_cross_entropy_weighs_object_and_background_the_same():
    target = torch.zeros(1, 1, 10, 10)
    target[..., 0, 0] = 1
    assert balanced_cross_entropy(torch.zeros(1, 1, 10, 10), target).item() == pytest.approx(
        2 * math.log(2)
    )


def test_iou_of_masks():
    a = torch.tensor([[1, 1, 0, 0]], dtype=torch.bool)
    b = torch.tensor([[0, 1, 1, 0]], dtype=torch.bool)
    assert mask_iou(a, b).item() == pytest.approx(1 / 3)
    assert mask_iou(a & b & ~a, a & ~a).item() == 1
