"""The first weights: what a decoder knows of place before it has learned anything."""

import pytest
import torch

from napari_sam.sam.build import build_sam
from sam_medical.finetune.initialise import initialise


@pytest.fixture(scope="module")
def sam():
    torch.manual_seed(0)
    model = build_sam("vit_t")
    initialise(model)
    return model


@pytest.mark.parametrize(("head", "axis", "sign"), [(0, 0, 1), (1, 0, -1), (2, 1, 1), (3, 1, -1)])
@pytest.mark.parametrize("layer", [0, 1])
def test_heads_compare_positions(sam, layer, head, axis, sign):
    attention = sam.mask_decoder.transformer.layers[layer].cross_attn_image_to_token
    generator = torch.Generator().manual_seed(1)
    here, there = torch.rand(2, 500, 2, generator=generator)
    encode = sam.prompt_encoder.pe_layer.encode
    with torch.no_grad():
        queries = attention.q_proj(encode(here)).view(500, attention.num_heads, -1)[:, head]
        keys = attention.k_proj(encode(there)).view(500, attention.num_heads, -1)[:, head]
    scores = (queries * keys).sum(-1) * queries.shape[-1] ** -0.5
    distance = (here - there)[:, axis]
    # 30 pixels of the frame, and as far from where the square wave turns over.
    told = (distance.abs() > 0.03) & (distance.abs() < 0.97)
    assert told.sum() > 400
    assert (sign * distance[told] * scores[told] > 0).all()
    assert scores[told].abs().min() > 3  # enough for a softmax to choose


def test_queries_and_keys_are_alike_where_nothing_is_compared(sam):
    for layer in sam.mask_decoder.transformer.layers:
        to_image, to_token = layer.cross_attn_token_to_image, layer.cross_attn_image_to_token
        assert torch.equal(to_image.q_proj.weight, to_image.k_proj.weight)
        half = to_token.q_proj.out_features // 2
        assert torch.equal(to_token.q_proj.weight[half:], to_token.k_proj.weight[half:])
