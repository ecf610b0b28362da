"""A SAM small enough to run many times."""

import pytest
import torch

from napari_sam.sam.image_encoder import ImageEncoderViT
from napari_sam.sam.mask_decoder import MaskDecoder
from napari_sam.sam.model import Sam
from napari_sam.sam.prompt_encoder import PromptEncoder
from napari_sam.sam.two_way_transformer import TwoWayTransformer


@pytest.fixture(scope="module")
def small_sam():
    """64-pixel input, patch 4, 16 x 16 grid, every weight drawn."""
    torch.manual_seed(0)
    sam = Sam(
        ImageEncoderViT(
            img_size=64,
            patch_size=4,
            embed_dim=16,
            depth=3,
            num_heads=2,
            out_chans=32,
            window_size=6,
            global_attn_indexes=(1,),
        ),
        PromptEncoder(32, (16, 16), (64, 64), mask_in_chans=8),
        MaskDecoder(32, TwoWayTransformer(depth=2, embedding_dim=32, num_heads=2, mlp_dim=64)),
    )
    with torch.no_grad():
        for name, parameter in sam.named_parameters():
            if "pos" in name:
                parameter.normal_(std=0.5)
    return sam.eval()
