"""One pass over the logits equals the public model's two."""

import pytest
import torch
import torch.nn.functional as F

from napari_sam.sam.resampling import resize_above, resize_masks

SIZES = pytest.mark.parametrize(
    ("input_size", "original_size"),
    [
        ((64, 64), (64, 64)),
        ((43, 64), (512, 768)),
        ((64, 19), (100, 30)),
        ((64, 64), (16, 16)),
        ((40, 64), (40, 64)),
    ],
)


@SIZES
def test_equals_two_interpolations(input_size, original_size):
    masks = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    full = F.interpolate(masks, (64, 64), mode="bilinear", align_corners=False)
    cropped = full[..., : input_size[0], : input_size[1]]
    expected = F.interpolate(cropped, original_size, mode="bilinear", align_corners=False)
    torch.testing.assert_close(
        resize_masks(masks, 64, input_size, original_size), expected, rtol=1e-5, atol=1e-5
    )


@SIZES
@pytest.mark.parametrize("threshold", [0.0, 0.5])
@pytest.mark.parametrize(
    "window", [(0, 16, 0, 16), (3, 5, 9, 10), (0, 1, 15, 16), (15, 16, 0, 2), (6, 6, 6, 6)]
)
def test_what_is_above_is_the_same_as_with_the_whole_picture(
    input_size, original_size, threshold, window
):
    """Logits above the threshold within a window of rows and columns, and negative elsewhere."""
    y0, y1, x0, x1 = window
    generator = torch.Generator().manual_seed(2)
    masks = -torch.rand(2, 3, 16, 16, generator=generator) - 0.1
    masks[..., y0:y1, x0:x1] = torch.randn(2, 3, y1 - y0, x1 - x0, generator=generator) + 1
    whole = resize_masks(masks, 64, input_size, original_size)
    found = resize_above(masks, threshold, 64, input_size, original_size)
    sure = (whole - threshold).abs() > 1e-5  # beyond what rounding may turn
    assert found.shape == whole.shape
    assert sure.float().mean() > 0.99
    assert torch.equal(found[sure], (whole > threshold)[sure])
