"""The blocks of TinyViT: convolutions with BatchNorm, windowed attention, and what holds them.

Source: Wu et al. 2022, "TinyViT: Fast Pretraining Distillation for Small Vision Transformers",
section 3.2 and figure 4 (architecture) and its supplement. Feature maps are (B, C, H, W) in
channels-last memory between convolutions, so that seeing them as (B, H, W, C) for the linear layers
moves no data. The names of parameters and buffers are those of the public MobileSAM release.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Elements of the widest map that a layer holds at once in evaluation mode.
_STRIP_ELEMENTS = 2**21


class ConvNorm(nn.Module):
    """A convolution without bias and the BatchNorm after it.

    While training the two run one after the other. In evaluation mode the norm, which is then a
    fixed scale and shift a channel, is folded into the kernel on each call: the kernels are small
    beside the maps, and nothing cached can go stale when a state dict is loaded or a dtype changes.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels in and out.
    kernel_size : int
        1, or 3 with a padding of one pixel.
    stride : int
        Step of the kernel in pixels.
    depthwise : bool
        One kernel a channel (``in_channels == out_channels``) where true.
    norm_weight : float
        Initial scale of the norm; 0 makes a residual branch start as the identity.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 1,
        stride: int = 1,
        depthwise: bool = False,
        norm_weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.c = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            kernel_size // 2,
            groups=in_channels if depthwise else 1,
            bias=False,
        )
        self.bn = nn.BatchNorm2d(out_channels)
        nn.init.constant_(self.bn.weight, norm_weight)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Kernel (out, in / groups, k, k) and bias (out,) that do both steps at once."""
        mean, variance = self.bn.running_mean, self.bn.running_var
        if mean is None or variance is None:
            raise RuntimeError("folding needs the norm's running statistics; it keeps none")
        scale = self.bn.weight.float() * torch.rsqrt(variance.float() + self.bn.eps)
        shift = self.bn.bias.float() - mean.float() * scale
        kernel = self.c.weight.float() * scale[:, None, None, None]
        return kernel.to(self.c.weight.dtype), shift.to(self.c.weight.dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, ceil(H / stride), ceil(W / stride))."""
        if self.training:
            result: Tensor = self.bn(self.c(x))
            return result
        kernel, bias = self.folded()
        return F.conv2d(
            x, kernel, bias, self.c.stride, self.c.padding, self.c.dilation, self.c.groups
        )


class DropPath(nn.Module):
    """Stochastic depth (Huang et al. 2016): a residual branch left out for some samples.

    Parameters
    ----------
    probability : float
        Chance of leaving the branch out, in [0, 1). What stays is scaled up to keep the mean.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, branch: Tensor) -> Tensor:
        """(B, ...) -> (B, ...)."""
        if not self.training or self.probability == 0.0:
            return branch
        keep = 1.0 - self.probability
        draw = torch.rand(len(branch), *[1] * (branch.ndim - 1), device=branch.device) < keep
        return branch * (draw.to(branch.dtype) / keep)


class MBConv(nn.Module):
    """Inverted bottleneck of the first stage: widen, depthwise 3x3, narrow, add, GELU.

    The widened map of a 1024-pixel image is 64 MB in float32. On a CPU in evaluation mode the block
    runs in strips of rows whose widened part stays in the processor's cache, to the same numbers.

    Parameters
    ----------
    dim : int
        Channels in and out.
    expansion : float
        Factor by which the middle is wider.
    drop_path : float
        Chance of dropping the branch while training.
    """

    def __init__(self, dim: int, expansion: float = 4.0, drop_path: float = 0.0) -> None:
        super().__init__()
        self.hidden = hidden = int(dim * expansion)
        self.conv1 = ConvNorm(dim, hidden)
        self.conv2 = ConvNorm(hidden, hidden, 3, depthwise=True)
        self.conv3 = ConvNorm(hidden, dim, norm_weight=0.0)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """(B, dim, H, W) -> the same shape."""
        height = x.shape[2]
        if self.training or x.device.type != "cpu":  # norms in training need the whole map
            return self._rows(x, 0, height)
        rows = max(1, _STRIP_ELEMENTS // (len(x) * x.shape[3] * self.hidden))
        strips = [self._rows(x, top, min(top + rows, height)) for top in range(0, height, rows)]
        return strips[0] if len(strips) == 1 else torch.cat(strips, dim=2)

    def _rows(self, x: Tensor, top: int, bottom: int) -> Tensor:
        """Rows `top` to `bottom` of the output; the 3x3 kernel sees one row more on each side."""
        above, below = max(top - 1, 0), min(bottom + 1, x.shape[2])
        hidden = F.gelu(self.conv1(x[:, :, above:below]))
        hidden = F.gelu(self.conv2(hidden)[:, :, top - above : bottom - above])
        return F.gelu(x[:, :, top:bottom] + self.drop_path(self.conv3(hidden)))


class PatchMerging(nn.Module):
    """Between two stages: to the next width, and to half the resolution unless stride is 1.

    Parameters
    ----------
    dim, out_dim : int
        Channels in and out.
    stride : int
        2; MobileSAM takes 1 before its last stage, to end at a sixteenth of the input.
    """

    def __init__(self, dim: int, out_dim: int, stride: int = 2) -> None:
        super().__init__()
        self.conv1 = ConvNorm(dim, out_dim)
        self.conv2 = ConvNorm(out_dim, out_dim, 3, stride, depthwise=True)
        self.conv3 = ConvNorm(out_dim, out_dim)

    def forward(self, x: Tensor) -> Tensor:
        """(B, dim, H, W) -> (B, out_dim, ceil(H / stride), ceil(W / stride))."""
        result: Tensor = self.conv3(F.gelu(self.conv2(F.gelu(self.conv1(x)))))
        return result


class WindowAttention(nn.Module):
    """Multi-head attention inside square windows, with a learnt bias for each offset.

    The bias depends on (|dy|, |dx|) between query and key (Graham et al. 2021, LeViT, section 4.2).
    A map that does not fill its last windows is padded at the bottom and right with zeros before
    the norm; padded positions take part in the attention, as in the public release. All that is
    linear a token runs on the unpadded map: a padded token's query, key and value are constants.

    Parameters
    ----------
    dim : int
        Channels in and out.
    num_heads : int
        Heads; ``dim`` is a multiple of it.
    window_size : int
        Side of a window in positions.
    """

    attention_bias_idxs: Tensor

    def __init__(self, dim: int, num_heads: int, window_size: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.window_size = window_size
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.attention_biases = nn.Parameter(torch.zeros(num_heads, window_size**2))
        y, x = torch.meshgrid(torch.arange(window_size), torch.arange(window_size), indexing="ij")
        y, x = y.flatten(), x.flatten()  # (N,), N positions in a window
        offsets = (y[:, None] - y).abs() * window_size + (x[:, None] - x).abs()  # (N, N)
        self.register_buffer("attention_bias_idxs", offsets, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, dim) -> the same shape."""
        batch, height, width, dim = x.shape
        side, heads = self.window_size, self.num_heads
        qkv = self.qkv(self.norm(x))  # (B, H, W, 3 dim)
        bottom, right = -height % side, -width % side
        if bottom or right:
            qkv = self._pad(qkv, bottom, right)
        rows, columns = (height + bottom) // side, (width + right) // side
        # (B, rows, side, columns, side, 3 dim) -> (windows, N, heads, 3, d)
        qkv = qkv.view(batch, rows, side, columns, side, 3 * dim).transpose(2, 3)
        qkv = qkv.reshape(-1, side * side, heads, 3, dim // heads)
        query, key, value = qkv.permute(3, 0, 2, 1, 4)  # each (windows, heads, N, d)
        bias = self.attention_biases[:, self.attention_bias_idxs]  # (heads, N, N)
        out = F.scaled_dot_product_attention(query, key, value, attn_mask=bias[None])
        out = out.transpose(1, 2).reshape(batch, rows, columns, side, side, dim).transpose(2, 3)
        out = out.reshape(batch, rows * side, columns * side, dim)[:, :height, :width]
        result: Tensor = self.proj(out.contiguous())
        return result

    def _pad(self, qkv: Tensor, bottom: int, right: int) -> Tensor:
        """Append what a zero token becomes: norm's bias through the linear layer."""
        batch, height, width, channels = qkv.shape
        constant = self.qkv(self.norm.bias)  # (3 dim,)
        padded = constant.expand(batch, height + bottom, width + right, channels).clone()
        padded[:, :height, :width] = qkv
        return padded


class Mlp(nn.Module):
    """LayerNorm and two linear layers with a GELU between.

    Parameters
    ----------
    dim : int
        Channels in and out.
    hidden : int
        Channels between the two layers.
    """

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        """(..., dim) -> (..., dim)."""
        result: Tensor = self.fc2(F.gelu(self.fc1(self.norm(x))))
        return result


class TinyViTBlock(nn.Module):
    """Windowed attention, a depthwise 3x3 convolution across window borders, and an MLP.

    Parameters
    ----------
    dim, num_heads, window_size : int
        As for `WindowAttention`.
    mlp_ratio : float
        Width of the MLP in multiples of ``dim``.
    drop_path : float
        Chance of dropping each branch while training.
    """

    def __init__(
        self, dim: int, num_heads: int, window_size: int, mlp_ratio: float, drop_path: float
    ) -> None:
        super().__init__()
        self.attn = WindowAttention(dim, num_heads, window_size)
        self.mlp = Mlp(dim, int(dim * mlp_ratio))
        self.local_conv = ConvNorm(dim, dim, 3, depthwise=True)
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """(B, dim, H, W) -> the same shape."""
        tokens = x.permute(0, 2, 3, 1)  # (B, H, W, dim)
        tokens = tokens + self.drop_path(self.attn(tokens))
        tokens = self.local_conv(tokens.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        tokens = tokens + self.drop_path(self.mlp(tokens))
        result: Tensor = tokens.permute(0, 3, 1, 2)
        return result
