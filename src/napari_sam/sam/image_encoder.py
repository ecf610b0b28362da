"""The ViT image encoder (Kirillov et al. 2023, Segment Anything, section 3 and appendix A).

A plain vision transformer whose blocks attend within 14 x 14 windows, but for four blocks that see
the whole grid (Li et al. 2022, ViTDet, section 3), and a neck that brings the width to 256.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn

from napari_sam.sam.layers import LayerNorm2d
from napari_sam.sam.vit_blocks import Block, PatchEmbed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor


class ImageEncoderViT(nn.Module):
    """Image encoder of SAM.

    Parameters
    ----------
    img_size, patch_size : int
        Side of the square input and of a patch, in pixels.
    embed_dim, depth, num_heads : int
        Width, number of blocks, heads a block.
    mlp_ratio : float
        Width of each block's perceptron over `embed_dim`.
    out_chans : int
        Channels of the image embedding.
    window_size : int
        Side of the attention windows, in tokens.
    global_attn_indexes : sequence of int
        Blocks that attend to the whole grid.
    """

    def __init__(
        self,
        img_size: int = 1024,
        patch_size: int = 16,
        embed_dim: int = 768,
        depth: int = 12,
        num_heads: int = 12,
        mlp_ratio: float = 4.0,
        out_chans: int = 256,
        window_size: int = 14,
        global_attn_indexes: Sequence[int] = (2, 5, 8, 11),
    ) -> None:
        super().__init__()
        self.img_size = img_size
        grid = img_size // patch_size
        self.patch_embed = PatchEmbed(patch_size, 3, embed_dim)
        self.pos_embed = nn.Parameter(torch.zeros(1, grid, grid, embed_dim))
        self.blocks = nn.ModuleList(
            Block(
                embed_dim,
                num_heads,
                mlp_ratio,
                window_size=0 if index in global_attn_indexes else window_size,
                grid_size=grid,
            )
            for index in range(depth)
        )
        self.neck = nn.Sequential(
            nn.Conv2d(embed_dim, out_chans, kernel_size=1, bias=False),
            LayerNorm2d(out_chans),
            nn.Conv2d(out_chans, out_chans, kernel_size=3, padding=1, bias=False),
            LayerNorm2d(out_chans),
        )

    def forward(
        self,
        x: Tensor,
        windows_at: Sequence[tuple[int, int]] | None = None,
        between_blocks: Callable[[int, int], None] | None = None,
    ) -> Tensor:
        """Embed an image.

        Parameters
        ----------
        x : Tensor
            (B, 3, H, W), normalised; sides are multiples of the patch size.
        windows_at : sequence of (int, int), optional
            The inputs are windows of the `img_size` frame, whose first tokens are at these (row,
            column), and keep the positions of those places. Without it each input is a whole
            picture, and positions are interpolated to its size.
        between_blocks : callable, optional
            Called with (blocks done, blocks) after each block, and with the same numbers within
            the next, as a block of a large model can take seconds; may raise to cancel.

        Returns
        -------
        Tensor
            (B, out_chans, H / patch, W / patch).
        """
        x = self.patch_embed(x)
        x = x + self._positions(x.shape[1], x.shape[2], windows_at).to(x.dtype)
        for index, block in enumerate(self.blocks):
            give_way = None
            if between_blocks is not None:
                give_way = partial(between_blocks, index, len(self.blocks))
            x = block(x, window=windows_at is not None, give_way=give_way)
            if between_blocks is not None:
                between_blocks(index + 1, len(self.blocks))
        out: Tensor = self.neck(x.permute(0, 3, 1, 2))
        return out

    def _positions(
        self, height: int, width: int, windows_at: Sequence[tuple[int, int]] | None
    ) -> Tensor:
        if windows_at is not None:
            return torch.cat(
                [self.pos_embed[:, r : r + height, c : c + width] for r, c in windows_at]
            )
        if self.pos_embed.shape[1:3] == (height, width):
            return self.pos_embed
        resized = F.interpolate(
            self.pos_embed.permute(0, 3, 1, 2),
            size=(height, width),
            mode="bicubic",
            align_corners=False,
        )
        return resized.permute(0, 2, 3, 1)
