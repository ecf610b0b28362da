"""The public packages that our numbers are held against, imported without what they don't need.

PyPI's `segment-anything` imports four functions of torchvision, and `samexporter`, which carries
MobileSAM's TinyViT, four names of timm. Stand-ins of our own take the place of both while those
packages are imported; afterwards neither the stand-ins nor the packages are left in `sys.modules`.
Tests and benchmarks share this module.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

PIXEL_MEAN = [123.675, 116.28, 103.53]
PIXEL_STD = [58.395, 57.12, 57.375]

_DRAWN_AT_UNIT_SCALE = (
    "attention_biases",
    "gaussian_matrix",
    "iou_token",
    "mask_tokens",
    "no_mask_embed",
    "not_a_point_embed",
    "point_embeddings",
    "pos_embed",
)


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """torchvision's default for a PIL image: Pillow's bilinear to `size` (H, W)."""
    return image.resize(size[::-1], Image.Resampling.BILINEAR)


def to_pil_image(array: np.ndarray) -> Image.Image:
    """An (H, W, 3) uint8 array as a picture."""
    return Image.fromarray(array)


def box_area(boxes: Tensor) -> Tensor:
    """(N,) areas of (N, 4) boxes (x0, y0, x1, y1)."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def batched_nms(boxes: Tensor, scores: Tensor, idxs: Tensor, iou_threshold: float) -> Tensor:
    """Indexes that survive non-maximum suppression within each class, best score first."""
    order = torch.argsort(scores, descending=True, stable=True)
    kept: list[int] = []
    for index in order.tolist():
        rivals = torch.tensor([other for other in kept if idxs[other] == idxs[index]], dtype=int)
        box, others = boxes[index], boxes[rivals]
        overlap = torch.minimum(box[2:], others[:, 2:]) - torch.maximum(box[:2], others[:, :2])
        shared = overlap.clamp(min=0).prod(dim=1)
        union = box_area(box[None]) + box_area(others) - shared
        if not (shared / union > iou_threshold).any():
            kept.append(index)
    return torch.tensor(kept, dtype=torch.long)


class _DropPath(nn.Module):
    """Stochastic depth that is never asked for: every public size used here sets it to 0."""

    def __init__(self, drop_prob: float | None = None) -> None:
        super().__init__()
        if drop_prob:
            raise NotImplementedError(f"expected no stochastic depth, got {drop_prob}")


_STAND_INS: dict[str, dict[str, Any]] = {
    "torchvision": {},
    "torchvision.ops": {},
    "torchvision.ops.boxes": {"batched_nms": batched_nms, "box_area": box_area},
    "torchvision.transforms": {},
    "torchvision.transforms.functional": {"resize": resize, "to_pil_image": to_pil_image},
    "timm": {},
    "timm.models": {},
    "timm.models.layers": {
        "DropPath": _DropPath,
        "to_2tuple": lambda value: (value, value),
        "trunc_normal_": nn.init.trunc_normal_,
    },
    "timm.models.registry": {"register_model": lambda builder: builder},
}


@contextmanager
def stand_ins() -> Iterator[None]:
    """`sys.modules` with the stand-ins in it; on leaving, it is as it was.

    What is there already is put aside: MONAI tries to import the public package by itself, and
    leaves half of it behind where torchvision is missing.
    """
    roots = ("torchvision", "timm", "segment_anything", "samexporter")

    def ours(name: str) -> bool:
        return name.split(".")[0] in roots

    before = {name: module for name, module in sys.modules.items() if ours(name)}
    for name in before:
        del sys.modules[name]
    try:
        for name, content in _STAND_INS.items():
            module = ModuleType(name)
            vars(module).update(content)
            sys.modules[name] = module
        yield
    finally:
        for name in [name for name in sys.modules if ours(name)]:
            del sys.modules[name]
        sys.modules.update(before)


@cache
def _import(name: str) -> ModuleType:
    package = name.split(".")[0]
    if find_spec(package) is None:
        import pytest

        pytest.skip(f"needs the public package {package} (`make test` installs it)")
    with stand_ins():
        return import_module(name)


def segment_anything() -> ModuleType:
    """PyPI's `segment-anything`, with its `modeling` as an attribute."""
    return _import("segment_anything")


def tiny_vit_class() -> type[nn.Module]:
    """MobileSAM's TinyViT, from `samexporter`."""
    cls: type[nn.Module] = _import("samexporter.mobile_encoder.tiny_vit_sam").TinyViT
    return cls


def build_public_sam(architecture: str) -> nn.Module:
    """The public `Sam` with the numbers of vit_b, vit_s or vit_t, in evaluation mode."""
    public = segment_anything()
    if architecture == "vit_b":
        sam: nn.Module = public.sam_model_registry["vit_b"]()
        return sam.eval()
    modeling = public.modeling
    encoder = _public_tiny_vit() if architecture == "vit_t" else _public_vit_s(modeling)
    return modeling.Sam(
        image_encoder=encoder,
        prompt_encoder=modeling.PromptEncoder(
            embed_dim=256,
            image_embedding_size=(64, 64),
            input_image_size=(1024, 1024),
            mask_in_chans=16,
        ),
        mask_decoder=modeling.MaskDecoder(
            num_multimask_outputs=3,
            transformer=modeling.TwoWayTransformer(
                depth=2, embedding_dim=256, mlp_dim=2048, num_heads=8
            ),
            transformer_dim=256,
            iou_head_depth=3,
            iou_head_hidden_dim=256,
        ),
        pixel_mean=PIXEL_MEAN,
        pixel_std=PIXEL_STD,
    ).eval()


def _public_vit_s(modeling: ModuleType) -> nn.Module:
    encoder: nn.Module = modeling.ImageEncoderViT(
        img_size=1024,
        patch_size=16,
        embed_dim=192,
        depth=12,
        num_heads=3,
        mlp_ratio=4,
        out_chans=256,
        qkv_bias=True,
        norm_layer=partial(nn.LayerNorm, eps=1e-6),
        use_rel_pos=True,
        global_attn_indexes=(2, 5, 8, 11),
        window_size=14,
    )
    return encoder


def _public_tiny_vit() -> nn.Module:
    return tiny_vit_class()(
        img_size=1024,
        in_chans=3,
        num_classes=1000,
        embed_dims=[64, 128, 160, 320],
        depths=[2, 2, 6, 2],
        num_heads=[2, 4, 5, 10],
        window_sizes=[7, 7, 14, 7],
        mlp_ratio=4.0,
        drop_rate=0.0,
        drop_path_rate=0.0,
        mbconv_expand_ratio=4.0,
        local_conv_size=3,
        layer_lr_decay=0.8,
    )


def drawn_weights(module: nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """A state dict for `module` in which every tensor is random and non-zero.

    The scales keep activations near 1 through the network and make each learnt bias of attention
    as strong as the products it is added to.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn: dict[str, Tensor] = {}
    for name, tensor in module.state_dict().items():
        noise = torch.randn(tensor.shape, generator=generator) if tensor.ndim else None
        if noise is not None:  # among 90 million float32 draws a few are exactly 0
            noise = torch.where(noise == 0, 1.0, noise)
        if noise is None:  # the number of batches a BatchNorm has seen
            drawn[name] = tensor + 7
        elif name.endswith("running_var"):
            drawn[name] = 0.5 + noise.abs()
        elif "rel_pos" in name:  # times a query of about 64 channels of unit variance
            drawn[name] = 0.15 * noise
        elif any(part in name for part in _DRAWN_AT_UNIT_SCALE):
            drawn[name] = noise
        elif name.endswith("weight") and tensor.ndim == 1:  # norms
            drawn[name] = 1 + 0.2 * noise
        elif tensor.ndim >= 2:  # linear layers and convolutions
            drawn[name] = noise * tensor[0].numel() ** -0.5
        else:  # biases, running means
            drawn[name] = 0.2 * noise
    return drawn
