"""The blocks of SAM's ViT encoder (Kirillov et al. 2023; Li et al. 2022, ViTDet, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from napari_sam.sam.layers import MLPBlock
from napari_sam.sam.relative_position import attend, relative_table

if TYPE_CHECKING:
    from collections.abc import Callable

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
        # Contiguous, as every block would otherwise read it across the stride of a channel.
        return self.proj(x).permute(0, 2, 3, 1).contiguous()


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

    def forward(
        self,
        x: Tensor,
        window_size: int = 0,
        *,
        window: bool = True,
        give_way: Callable[[], None] | None = None,
    ) -> Tensor:
        """Map (B, H, W, C) to the same shape, within windows unless `window_size` is 0.

        `window` as in `relative_table`, `give_way` as in `attend`. As in the public model, the far
        edges are padded with zeros, and padded tokens take part in the attention of their window.
        All that is linear in a token runs without them: of a zero, the first layer makes its bias.
        """
        height, width = x.shape[1:3]
        qkv = self.qkv(x)
        if window_size:
            qkv = partition(qkv, window_size, self.qkv.bias.to(qkv.dtype))
        batch, rows, columns, _ = qkv.shape
        qkv = qkv.view(batch, rows * columns, 3, self.num_heads, -1)
        # Each (B * heads, H * W, C / heads).
        q, k, v = qkv.permute(2, 0, 3, 1, 4).flatten(1, 2).unbind(0)
        row_table = relative_table(self.rel_pos_h, rows, window=window).to(q.dtype)
        column_table = relative_table(self.rel_pos_w, columns, window=window).to(q.dtype)
        out = attend(q, k, v, row_table, column_table, give_way)
        out = out.view(batch, self.num_heads, rows, columns, -1).permute(0, 2, 3, 1, 4).flatten(3)
        if window_size:
            out = merge(out, height, width)
        mixed: Tensor = self.proj(out)
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

    def forward(
        self, x: Tensor, *, window: bool = False, give_way: Callable[[], None] | None = None
    ) -> Tensor:
        """Map (B, H, W, C) to the same shape; `window` as in `relative_table`.

        `give_way` is called within the attention and after it, and may raise to cancel.
        """
        window = window or self.window_size > 0
        x = x + self.attn(self.norm1(x), self.window_size, window=window, give_way=give_way)
        if give_way is not None:
            give_way()
        out: Tensor = x + self.mlp(self.norm2(x))
        return out


def partition(x: Tensor, size: int, fill: Tensor) -> Tensor:
    """Cut (B, H, W, C) into (B * windows, size, size, C); the far edges are padded with `fill`."""
    batch, height, width, dim = x.shape
    bottom, right = -height % size, -width % size
    if bottom or right:
        padded = fill.expand(batch, height + bottom, width + right, dim).clone()
        padded[:, :height, :width] = x
        x = padded
    x = x.view(batch, x.shape[1] // size, size, x.shape[2] // size, size, dim)
    return x.transpose(2, 3).reshape(-1, size, size, dim)


def merge(windows: Tensor, height: int, width: int) -> Tensor:
    """Put windows back together: the inverse of `partition`, without the padding."""
    size = windows.shape[1]
    rows, columns = -(-height // size), -(-width // size)
    x = windows.view(-1, rows, columns, size, size, windows.shape[-1]).transpose(2, 3)
    x = x.reshape(-1, rows * size, columns * size, windows.shape[-1])
    return x[:, :height, :width].contiguous()
