"""The simulated user points where the paper's does."""

import pytest
import torch

from sam_medical.finetune.prompt_sampling import (
    cells_to_pixels,
    mask_boxes,
    noisy_boxes,
    resized_masks,
    sample_corrections,
    sample_points,
)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def test_points_are_uniform_over_the_region(generator):
    region = torch.zeros(1, 6, 7, dtype=torch.bool)
    region[0, 1, 2] = region[0, 4, 5] = region[0, 5, 0] = True
    cells = sample_points(region.expand(6000, 6, 7), generator)
    found, counts = torch.unique(cells, dim=0, return_counts=True)
    assert found.tolist() == [[0, 5], [2, 1], [5, 4]]  # (x, y)
    # Three standard deviations of a binomial with p = 1/3.
    assert all(abs(count - 2000) < 3 * (6000 * 2 / 9) ** 0.5 for count in counts.tolist())


def test_positions_are_within_their_cell(generator):
    cells = torch.tensor([[3, 5]]).expand(2000, 2)
    pixels = cells_to_pixels(cells, 4, generator) - torch.tensor([12.0, 20])
    assert pixels.min() >= -0.5
    assert pixels.max() < 3.5
    torch.testing.assert_close(pixels.mean(0), torch.tensor([1.5, 1.5]), atol=0.1, rtol=0)


def test_boxes_span_the_first_and_last_pixels():
    mask = torch.zeros(1, 8, 8, dtype=torch.bool)
    mask[0, 2:5, 1:7] = True
    assert mask_boxes(mask, 4).tolist() == [[4, 8, 27, 19]]


def test_box_noise_is_a_tenth_of_the_side_and_at_most_20_pixels(generator):
    mask = torch.zeros(1, 256, 256, dtype=torch.bool)
    mask[0, 10:20, 5:255] = True  # 40 pixels high, 1000 wide
    masks = mask.expand(4000, -1, -1)
    noise = noisy_boxes(mask_boxes(masks, 4), generator) - mask_boxes(mask, 4)
    vertical, horizontal = noise[:, [1, 3]], noise[:, [0, 2]]
    assert vertical.std().item() == pytest.approx(4, rel=0.05)
    assert abs(vertical.mean().item()) < 0.2
    assert horizontal.abs().max() == 20
    # A standard deviation of 100 puts 84 % of the draws beyond the cap.
    assert (horizontal.abs() == 20).float().mean().item() == pytest.approx(0.84, abs=0.02)


def test_box_noise_can_be_less(generator):
    mask = torch.zeros(1, 64, 64, dtype=torch.bool)
    mask[0, 10:20, 10:20] = True
    masks = mask.expand(4000, -1, -1)
    noise = noisy_boxes(mask_boxes(masks, 4), generator, noise=0.05) - mask_boxes(mask, 4)
    assert noise.std().item() == pytest.approx(2, rel=0.05)
    assert torch.equal(noisy_boxes(mask_boxes(mask, 4), generator, noise=0), mask_boxes(mask, 4))


def test_corrections_fall_in_the_error_with_its_label(generator):
    target = torch.zeros(1, 8, 8, dtype=torch.bool)
    target[0, :4] = True
    predicted = torch.zeros(1, 8, 8, dtype=torch.bool)
    predicted[0, 2:6] = True  # rows 0, 1 are missed; rows 4, 5 too much
    cells, labels = sample_corrections(
        target.expand(4000, 8, 8), predicted.expand(4000, 8, 8), generator
    )
    rows = cells[:, 1]
    assert set(rows.tolist()) == {0, 1, 4, 5}
    assert torch.equal(labels, (rows < 2).long())
    assert labels.float().mean().item() == pytest.approx(0.5, abs=0.03)


def test_a_perfect_prediction_gets_a_point_of_the_target(generator):
    target = torch.zeros(50, 8, 8, dtype=torch.bool)
    target[:, 3, 4] = True
    cells, labels = sample_corrections(target, target, generator)
    assert cells.unique(dim=0).tolist() == [[4, 3]]
    assert labels.eq(1).all()


def test_chosen_masks_grow_or_shrink_about_their_place(generator):
    masks = torch.zeros(400, 40, 40, dtype=torch.bool)
    masks[:, 12:28, 12:28] = True
    chosen = torch.arange(400) % 2 == 0
    resized = resized_masks(masks, chosen, generator)
    areas = resized.flatten(1).sum(1)
    assert (areas[~chosen] == 256).all()
    grown, shrunken = (areas[chosen] > 256).sum().item(), (areas[chosen] < 256).sum().item()
    assert grown > shrunken > 20
    # At most 0.15 of 16 cells on either side, and symmetric: the centre stays.
    assert areas.max() <= 20 * 20
    assert areas.min() >= 12 * 12
    assert torch.equal(resized, resized.flip(1).flip(2))


def test_a_small_mask_does_not_vanish(generator):
    masks = torch.zeros(100, 16, 16, dtype=torch.bool)
    masks[:, 5, 2:14] = True
    resized = resized_masks(masks, torch.ones(100, dtype=torch.bool), generator, most=0.6)
    assert resized.flatten(1).any(1).all()
