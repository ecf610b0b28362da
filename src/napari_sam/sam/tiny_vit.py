"""TinyViT as an image encoder of SAM: the encoder of MobileSAM.

Sources: Wu et al. 2022, "TinyViT: Fast Pretraining Distillation for Small Vision Transformers",
section 3.2 (the hierarchy of four stages) and its table of model sizes (TinyViT-5M); Zhang et al.
2023, "Faster Segment Anything: Towards Lightweight SAM for Mobile Applications" (MobileSAM),
section 3 (TinyViT in the place of SAM's encoder, at the same 64 x 64 x 256 output).
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import torch
from torch import nn

from napari_sam.sam.layers import LayerNorm2d
from napari_sam.sam.tiny_vit_blocks import ConvNorm, MBConv, PatchMerging, TinyViTBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor


class PatchEmbed(nn.Module):
    """The image to a quarter of its resolution, by two 3x3 convolutions of stride 2.

    Parameters
    ----------
    in_chans : int
        Channels of the image.
    dim : int
        Channels out; the first convolution makes half of them.
    """

    def __init__(self, in_chans: int, dim: int) -> None:
        super().__init__()
        self.seq = nn.Sequential(
            ConvNorm(in_chans, dim // 2, 3, 2), nn.GELU(), ConvNorm(dim // 2, dim, 3, 2)
        )

    def forward(self, image: Tensor) -> Tensor:
        """(B, in_chans, H, W) -> (B, dim, H / 4, W / 4)."""
        result: Tensor = self.seq(image)
        return result


class Stage(nn.Module):
    """Blocks at one resolution and width, then the step to the next stage, if there is one.

    Parameters
    ----------
    blocks : sequence of Module
        Run in order, each (B, C, H, W) -> (B, C, H, W).
    downsample : Module or None
        What makes the next stage's input.
    """

    def __init__(self, blocks: Sequence[nn.Module], downsample: nn.Module | None) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.downsample = downsample

    def forward(self, x: Tensor, after_block: Callable[[], None]) -> Tensor:
        """(B, C, H, W) -> (B, next C, next H, next W), calling `after_block` after each block."""
        for block in self.blocks:
            x = block(x)
            after_block()
        return x if self.downsample is None else self.downsample(x)


class TinyViT(nn.Module):
    """MobileSAM's image encoder; the defaults are its numbers (TinyViT-5M).

    Sides that are multiples of 16 give exactly a sixteenth of them; others round up at each
    halving. Any size runs, since windows are padded; the published weights expect 1024.

    Parameters
    ----------
    img_size : int
        Side in pixels of the square input the predictor prepares.
    in_chans : int
        Channels of the image.
    num_classes : int
        Outputs of the classifier that the public state dict carries; this encoder never runs it.
    embed_dims, depths, num_heads, window_sizes : sequence of int
        Width, blocks, heads and window side of each stage; the first stage is convolutional and
        reads neither of the last two.
    mlp_ratio : float
        Width of the MLPs in multiples of a stage's.
    drop_path_rate : float
        Stochastic depth of the last block; it rises linearly from 0 at the first.
    out_chans : int
        Channels of the image embedding.
    """

    def __init__(
        self,
        img_size: int = 1024,
        in_chans: int = 3,
        num_classes: int = 1000,
        embed_dims: Sequence[int] = (64, 128, 160, 320),
        depths: Sequence[int] = (2, 2, 6, 2),
        num_heads: Sequence[int] = (2, 4, 5, 10),
        window_sizes: Sequence[int] = (7, 7, 14, 7),
        mlp_ratio: float = 4.0,
        drop_path_rate: float = 0.0,
        out_chans: int = 256,
    ) -> None:
        super().__init__()
        self.img_size = img_size
        self.n_blocks = sum(depths)
        self.patch_embed = PatchEmbed(in_chans, embed_dims[0])
        rates = torch.linspace(0, drop_path_rate, self.n_blocks).tolist()
        self.layers = nn.ModuleList()
        for stage, (dim, depth) in enumerate(zip(embed_dims, depths, strict=True)):
            stage_rates = rates[sum(depths[:stage]) :][:depth]
            blocks: list[nn.Module] = [
                MBConv(dim, drop_path=rate)
                if stage == 0
                else TinyViTBlock(dim, num_heads[stage], window_sizes[stage], mlp_ratio, rate)
                for rate in stage_rates
            ]
            merging = None
            if stage + 1 < len(embed_dims):
                # The step into the last stage keeps the resolution: 1/16, not 1/32.
                stride = 1 if stage + 2 == len(embed_dims) else 2
                merging = PatchMerging(dim, embed_dims[stage + 1], stride)
            self.layers.append(Stage(blocks, merging))
        self.norm_head = nn.LayerNorm(embed_dims[-1])
        self.head = nn.Linear(embed_dims[-1], num_classes) if num_classes else nn.Identity()
        self.apply(_initialise)
        self.neck = nn.Sequential(
            nn.Conv2d(embed_dims[-1], out_chans, 1, bias=False),
            LayerNorm2d(out_chans),
            nn.Conv2d(out_chans, out_chans, 3, padding=1, bias=False),
            LayerNorm2d(out_chans),
        )

    def forward(
        self,
        x: Tensor,
        top_left: tuple[int, int] | None = None,
        between_blocks: Callable[[int, int], None] | None = None,
    ) -> Tensor:
        """Embed a batch of normalised images.

        Parameters
        ----------
        x : Tensor
            (B, in_chans, H, W), normalised.
        top_left : (int, int), optional
            As for `ImageEncoderViT`; no difference here, where positions are relative alone.
        between_blocks : callable, optional
            Called with (blocks done, blocks) after each block; may raise to cancel.

        Returns
        -------
        Tensor
            (B, out_chans, H / 16, W / 16).
        """
        done = count(1)

        def after_block() -> None:
            if between_blocks is not None:
                between_blocks(next(done), self.n_blocks)

        x = self.patch_embed(x.contiguous(memory_format=torch.channels_last))
        for layer in self.layers:
            x = layer(x, after_block)
        out: Tensor = self.neck(x)
        return out


def _initialise(module: nn.Module) -> None:
    """Linear weights from a truncated normal of deviation 0.02, biases zero."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
