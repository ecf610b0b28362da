"""First weights from which SAM learns prompts in hundreds of steps instead of many thousands.

Before a decoder can cut out the object at a prompt, its attention has to find the prompt's place
and tell the sides of a box; random projections take very long to get there. Here they begin there:

- Query and key projections are the same matrix, large enough that the softmax prefers what is near:
  their product is a similarity of positions. Positions are encoded at wavelengths from the whole
  frame down to a tenth of it, since within a training crop the public model's single scale hardly
  tells two neighbouring objects apart.
- Where the image reads the tokens, four of the heads begin as comparisons: a position attends to
  the tokens to its left, to its right, above it, below it. Some frequencies of the encoding are
  set for this to odd harmonics along one axis, whose sum is a square wave: the sign of a distance.
  With sin(a - b) = sin a cos b - cos a sin b, that sum is a product of a query and a key.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from napari_sam.sam.token_attention import Attention

if TYPE_CHECKING:
    from torch import Tensor

    from napari_sam.sam.layers import LayerNorm2d
    from napari_sam.sam.model import Sam
    from napari_sam.sam.two_way_transformer import TwoWayAttentionBlock

_GAIN = 3.5
_FINEST = 10.0
_HARMONICS = 8  # an axis
_FUNDAMENTAL = 0.25  # half a period is the frame, so that the sign is right across all of it
_COMPARISON_GAIN = 5.5
_QUIET = 0.15  # of the content of channels whose positions are compared
_COMPARISONS = ((0, 1.0), (0, -1.0), (1, 1.0), (1, -1.0))  # (axis, sign): x, then y


@torch.no_grad()
def initialise(sam: Sam) -> None:
    """Draw a fresh model's weights for training from nothing, in place."""
    initialise_encoder(sam.image_encoder)
    initialise_decoder(sam)


@torch.no_grad()
def initialise_encoder(encoder: nn.Module) -> None:
    """Give the projections of a fresh image encoder small weights."""
    for name, parameter in encoder.named_parameters():
        if "rel_pos" in name or name.endswith(("lin1.weight", "lin2.weight", "qkv.weight")):
            nn.init.trunc_normal_(parameter, std=0.02)


@torch.no_grad()
def initialise_decoder(sam: Sam) -> None:
    """Let a fresh prompt encoder and mask decoder begin with a sense of place."""
    matrix = sam.prompt_encoder.pe_layer.positional_encoding_gaussian_matrix
    matrix *= torch.linspace(0, math.log(_FINEST), matrix.shape[1]).exp()
    for module in sam.mask_decoder.modules():
        if isinstance(module, Attention):
            module.k_proj.weight *= _GAIN
            module.q_proj.weight.copy_(module.k_proj.weight)
            nn.init.zeros_(module.q_proj.bias)
            nn.init.zeros_(module.k_proj.bias)
    _set_harmonics(matrix)
    for block in sam.mask_decoder.transformer.layers:
        _compare_positions(cast("TwoWayAttentionBlock", block).cross_attn_image_to_token)
    _quieten_compared_channels(sam, matrix.shape[1])


def _orders() -> Tensor:
    return 2.0 * torch.arange(_HARMONICS) + 1


def _set_harmonics(matrix: Tensor) -> None:
    """Set the first frequencies of the (2, F) matrix to harmonics along x, the next along y."""
    matrix[:, : 2 * _HARMONICS] = 0
    for axis in range(2):
        first = axis * _HARMONICS
        matrix[axis, first : first + _HARMONICS] = _FUNDAMENTAL * _orders()


def _compare_positions(attention: Attention) -> None:
    """Make the first heads' scores the signs of the distances from key to query."""
    head_width = attention.q_proj.out_features // attention.num_heads
    n_frequencies = attention.q_proj.in_features // 2
    order = torch.arange(_HARMONICS)
    sines, cosines = 2 * order, 2 * order + 1  # within a head
    for head, (axis, sign) in enumerate(_COMPARISONS):
        first = head * head_width
        query = attention.q_proj.weight[first : first + head_width]
        key = attention.k_proj.weight[first : first + head_width]
        query.zero_()
        key.zero_()
        sine = axis * _HARMONICS + order  # the encoding's channels: sines, then cosines
        cosine = n_frequencies + sine
        amplitude = sign * _COMPARISON_GAIN / _orders()
        query[sines, sine] = _COMPARISON_GAIN
        query[cosines, cosine] = _COMPARISON_GAIN
        key[sines, cosine] = amplitude
        key[cosines, sine] = -amplitude


def _quieten_compared_channels(sam: Sam, n_frequencies: int) -> None:
    """Keep content out of the channels whose positions are compared."""
    sines = torch.arange(2 * _HARMONICS)
    channels = torch.cat([sines, n_frequencies + sines])
    prompts, decoder = sam.prompt_encoder, sam.mask_decoder
    for layer in decoder.transformer.layers:
        block = cast("TwoWayAttentionBlock", layer)
        for norm in (block.norm1, block.norm2, block.norm3, block.norm4):
            norm.weight[channels] *= _QUIET
    last_norm = cast("LayerNorm2d", sam.image_encoder.neck[-1])
    last_norm.weight[channels] *= _QUIET
    last_norm.bias[channels] *= _QUIET
    embeddings = [prompts.not_a_point_embed, *prompts.point_embeddings, prompts.no_mask_embed]
    for embedding in [*embeddings, decoder.iou_token, decoder.mask_tokens]:
        cast("nn.Embedding", embedding).weight[:, channels] *= _QUIET
