"""The ViT image encoder (Kirillov et al. 2023, Segment Anything, section 3 and appendix A).

A plain vision transformer whose blocks attend within 14 x 14 windows, but for four blocks that see
the whole grid (Li et al. 2022, ViTDet, section 3), and a neck that brings the width to 256.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn

from napari_sam.sam.layers import LayerNorm2d, MLPBlock
from napari_sam.sam.relative_position import attend, relative_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor


class PatchEmbed(nn.Module):
    """Cut the image into patches and project each.

    Parameters
    ----------
    patch_size, in_chans, embed_dim : int
        Side of a patch in pixels, image channels, width of a token.
    """

    def __init__(self, patch_size: int, in_chans: int, embed_dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(in_chans, embed_dim, kernel_size=patch_size, stride=patch_size)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, 3, H, W) to (B, H / patch, W / patch, C)."""
        out: Tensor = self.proj(x).permute(0, 2, 3, 1)
        return out


class Attention(nn.Module):
    """Multi-head self-attention over a grid, with decomposed relative positions.

    Parameters
    ----------
    dim, num_heads : int
        Width and number of heads.
    grid_size : int
        Side of the grid (or window) that the relative positions are learned on.
    """

    def __init__(self, dim: int, num_heads: int, grid_size: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * grid_size - 1, dim // num_heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * grid_size - 1, dim // num_heads))

    def forward(self, x: Tensor, *, window: bool = True) -> Tensor:
        """Map (B, H, W, C) to the same shape; `window` as in `relative_table`."""
        batch, height, width, _ = x.shape
        qkv = self.qkv(x).view(batch, height * width, 3, self.num_heads, -1)
        # Each (B * heads, H * W, C / heads).
        q, k, v = qkv.permute(2, 0, 3, 1, 4).flatten(1, 2).unbind(0)
        rows = relative_table(self.rel_pos_h, height, window=window).to(q.dtype)
        columns = relative_table(self.rel_pos_w, width, window=window).to(q.dtype)
        out = attend(q, k, v, rows, columns).view(batch, self.num_heads, height, width, -1)
        mixed: Tensor = self.proj(out.permute(0, 2, 3, 1, 4).flatten(3))
        return mixed


class Block(nn.Module):
    """A transformer block that attends within windows, or globally if `window_size` is 0.

    Parameters
    ----------
    dim, num_heads : int
        Width and number of heads.
    mlp_ratio : float
        Width of the perceptron over `dim`.
    window_size : int
        Side of the attention window in tokens; 0 for global attention.
    grid_size : int
        Side of the whole grid in tokens.
    """

    def __init__(
        self, dim: int, num_heads: int, mlp_ratio: float, window_size: int, grid_size: int
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, num_heads, window_size or grid_size)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = MLPBlock(dim, int(dim * mlp_ratio))
        self.window_size = window_size

    def forward(self, x: Tensor, *, window: bool = False) -> Tensor:
        """Map (B, H, W, C) to the same shape; `window` as in `relative_table`."""
        normed = self.norm1(x)
        if self.window_size:
            windows = partition(normed, self.window_size)
            mixed = merge(self.attn(windows), x.shape[1], x.shape[2])
        else:
            mixed = self.attn(normed, window=window)
        x = x + mixed
        out: Tensor = x + self.mlp(self.norm2(x))
        return out


def partition(x: Tensor, size: int) -> Tensor:
    """Cut (B, H, W, C) into (B * windows, size, size, C); the far edges are padded with zeros.

    As in the public model, padded tokens take part in the attention of their window.
    """
    batch, height, width, dim = x.shape
    x = F.pad(x, (0, 0, 0, -width % size, 0, -height % size))
    x = x.view(batch, x.shape[1] // size, size, x.shape[2] // size, size, dim)
    return x.transpose(2, 3).reshape(-1, size, size, dim)


def merge(windows: Tensor, height: int, width: int) -> Tensor:
    """Put windows back together: the inverse of `partition`, without the padding."""
    size = windows.shape[1]
    rows, columns = -(-height // size), -(-width // size)
    x = windows.view(-1, rows, columns, size, size, windows.shape[-1]).transpose(2, 3)
    x = x.reshape(-1, rows * size, columns * size, windows.shape[-1])
    return x[:, :height, :width].contiguous()


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
            Called with (blocks done, blocks) after each block; may raise to cancel.

        Returns
        -------
        Tensor
            (B, out_chans, H / patch, W / patch).
        """
        x = self.patch_embed(x)
        x = x + self._positions(x.shape[1], x.shape[2], windows_at).to(x.dtype)
        for index, block in enumerate(self.blocks):
            x = block(x, window=windows_at is not None)
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
