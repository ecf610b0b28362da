"""One builder for every size of SAM."""

from __future__ import annotations

from typing import Any

from napari_sam.sam.image_encoder import ImageEncoderViT
from napari_sam.sam.mask_decoder import MaskDecoder
from napari_sam.sam.model import Sam
from napari_sam.sam.prompt_encoder import PromptEncoder
from napari_sam.sam.tiny_vit import TinyViT
from napari_sam.sam.two_way_transformer import TwoWayTransformer

_PROMPT_EMBED_DIM = 256
_PATCH_SIZE = 16

# Kirillov et al. 2023, appendix A, for b, l and h; s is this project's small one.
_VIT_SIZES: dict[str, dict[str, Any]] = {
    "vit_h": {
        "embed_dim": 1280,
        "depth": 32,
        "num_heads": 16,
        "global_attn_indexes": (7, 15, 23, 31),
    },
    "vit_l": {
        "embed_dim": 1024,
        "depth": 24,
        "num_heads": 16,
        "global_attn_indexes": (5, 11, 17, 23),
    },
    "vit_b": {"embed_dim": 768, "depth": 12, "num_heads": 12, "global_attn_indexes": (2, 5, 8, 11)},
    "vit_s": {"embed_dim": 192, "depth": 12, "num_heads": 3, "global_attn_indexes": (2, 5, 8, 11)},
}

ARCHITECTURES = (*_VIT_SIZES, "vit_t")


def build_sam(architecture: str, img_size: int = 1024) -> Sam:
    """Build a SAM with random weights, in evaluation mode.

    Parameters
    ----------
    architecture : str
        One of `ARCHITECTURES`; "vit_t" is MobileSAM's TinyViT.
    img_size : int
        Side of the encoder's square input in pixels. 1024 for every published checkpoint.

    Raises
    ------
    ValueError
        If the architecture is not known.
    """
    encoder: ImageEncoderViT | TinyViT
    if architecture in _VIT_SIZES:
        encoder = ImageEncoderViT(
            img_size=img_size, patch_size=_PATCH_SIZE, **_VIT_SIZES[architecture]
        )
    elif architecture == "vit_t":
        encoder = TinyViT(img_size=img_size)
    else:
        msg = f"expected an architecture among {', '.join(ARCHITECTURES)}, got {architecture!r}"
        raise ValueError(msg)
    grid = img_size // _PATCH_SIZE
    sam = Sam(
        image_encoder=encoder,
        prompt_encoder=PromptEncoder(
            embed_dim=_PROMPT_EMBED_DIM,
            image_embedding_size=(grid, grid),
            input_image_size=(img_size, img_size),
            mask_in_chans=16,
        ),
        mask_decoder=MaskDecoder(
            transformer_dim=_PROMPT_EMBED_DIM,
            transformer=TwoWayTransformer(
                depth=2, embedding_dim=_PROMPT_EMBED_DIM, num_heads=8, mlp_dim=2048
            ),
        ),
    )
    return sam.eval()
