"""The comparison sees every learnt position: without any one block's, the features differ.

The public initialisation leaves them at zero, where a missing or transposed table goes unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from tests.peers.conftest import make_pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.peers.conftest import Pair
    from torch import Tensor, nn

# What `test_encoder_features_agree` allows, and a margin.
_SEEN = 10 * 1e-4


def effects_of_blocks(
    encoder: nn.Module, modules: list[nn.Module], without: Callable[[nn.Module], None]
) -> list[float]:
    """The relative change of the features when `without` is done to each of `modules`.

    `modules` run one after the other in `encoder`. Only what comes after the changed one is run
    again: the others are replaced by what they gave the first time.
    """
    given: dict[nn.Module, Tensor] = {}

    def keep(module: nn.Module, _: object, output: Tensor) -> None:
        given[module] = output

    image = torch.randn(1, 3, 1024, 1024, generator=torch.Generator().manual_seed(0))
    hooks = [module.register_forward_hook(keep) for module in modules]
    features = encoder(image)
    for hook in hooks:
        hook.remove()
    effects = []
    for index, module in enumerate(modules):
        state = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        with pytest.MonkeyPatch.context() as patch:
            for earlier in modules[:index]:
                patch.setattr(earlier, "forward", lambda *_, m=earlier, **__: given[m])
            without(module)
            changed = encoder(image)
        module.load_state_dict(state)
        effects.append(float((changed - features).norm() / features.norm()))
    return effects


@torch.no_grad()
@pytest.mark.parametrize("architecture", ["vit_s", pytest.param("vit_b", marks=pytest.mark.slow)])
@pytest.mark.parametrize("table", ["rel_pos_h", "rel_pos_w"])
def test_features_show_the_relative_positions_of_every_block(
    architecture: str, table: str, pairs: dict[str, Pair]
):
    encoder = make_pair(architecture, pairs).ours.image_encoder

    def without(block: nn.Module) -> None:
        getattr(block.attn, table).zero_()

    effects = effects_of_blocks(encoder, list(encoder.blocks), without)
    assert len(effects) == 12
    assert min(effects) > _SEEN, effects


@torch.no_grad()
def test_features_show_the_attention_biases_of_every_block_of_tiny_vit(pairs: dict[str, Pair]):
    encoder = make_pair("vit_t", pairs).ours.image_encoder
    blocks = [block for layer in list(encoder.layers)[1:] for block in layer.blocks]

    def without(block: nn.Module) -> None:
        block.attn.attention_biases.zero_()

    effects = effects_of_blocks(encoder, blocks, without)
    assert len(effects) == 10
    assert min(effects) > _SEEN, effects


@torch.no_grad()
def test_features_show_the_absolute_positions(pairs: dict[str, Pair]):
    encoder = make_pair("vit_s", pairs).ours.image_encoder
    image = torch.randn(1, 3, 1024, 1024, generator=torch.Generator().manual_seed(0))
    positions = encoder.pos_embed.clone()
    features = encoder(image)
    encoder.pos_embed.zero_()
    changed = encoder(image)
    encoder.pos_embed.copy_(positions)
    assert (changed - features).norm() > _SEEN * features.norm()
