"""First weights from which SAM learns prompts in hundreds of steps instead of many thousands.

Before a decoder can cut out the object at a prompt, its attention has to find the prompt's place:
the product of the query and key projections has to become a similarity of positions. Random
projections take very long to get there. Here they begin there: query and key projections are the
same matrix, large enough that the softmax prefers what is near. And positions are encoded at
wavelengths from the whole frame down to a tenth of it, since within a training crop the public
model's single scale hardly tells two neighbouring objects apart.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn

from napari_sam.sam.two_way_transformer import Attention

if TYPE_CHECKING:
    from napari_sam.sam.model import Sam

_GAIN = 3.5
_FINEST = 10.0


@torch.no_grad()
def initialise(sam: Sam) -> None:
    """Draw a fresh model's weights for training from nothing, in place."""
    for name, parameter in sam.image_encoder.named_parameters():
        if "rel_pos" in name or name.endswith(("lin1.weight", "lin2.weight", "qkv.weight")):
            nn.init.trunc_normal_(parameter, std=0.02)
    matrix = sam.prompt_encoder.pe_layer.positional_encoding_gaussian_matrix
    matrix *= torch.linspace(0, math.log(_FINEST), matrix.shape[1]).exp()
    for module in sam.mask_decoder.modules():
        if isinstance(module, Attention):
            module.k_proj.weight *= _GAIN
            module.q_proj.weight.copy_(module.k_proj.weight)
            nn.init.zeros_(module.q_proj.bias)
            nn.init.zeros_(module.k_proj.bias)
