"""One pass over the logits equals the public model's two."""

import pytest
import torch
import torch.nn.functional as F

from napari_sam.sam.resampling import resize_masks


@pytest.mark.parametrize(
    ("input_size", "original_size"),
    [
        ((64, 64), (64, 64)),
        ((43, 64), (512, 768)),
        ((64, 19), (100, 30)),
        ((64, 64), (16, 16)),
        ((40, 64), (40, 64)),
    ],
)
def test_equals_two_interpolations(input_size, original_size):
    masks = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    full = F.interpolate(masks, (64, 64), mode="bilinear", align_corners=False)
    cropped = full[..., : input_size[0], : input_size[1]]
    expected = F.interpolate(cropped, original_size, mode="bilinear", align_corners=False)
    torch.testing.assert_close(
        resize_masks(masks, 64, input_size, original_size), expected, rtol=1e-5, atol=1e-5
    )
