"""Both orders of the products, and torch's own attention, give the same."""

import pytest
import torch

from napari_sam.sam.token_attention import Attention, columns

DIM, HEADS = 32, 4


@pytest.fixture(params=[1, 3], ids=["one image", "three images"])
def case(request):
    torch.manual_seed(0)
    attention = Attention(DIM, HEADS, downsample_rate=2)
    for parameter in attention.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    image, placed = torch.randn(2, request.param, 20, DIM)
    return attention, image, placed


def attend_plainly(attention, q, k, v):
    """Attend by torch's own kernel."""
    query, key, value = (
        layer(x).unflatten(-1, (HEADS, -1)).transpose(1, 2)
        for layer, x in ((attention.q_proj, q), (attention.k_proj, k), (attention.v_proj, v))
    )
    out = torch.nn.functional.scaled_dot_product_attention(query, key, value)
    return attention.out_proj(out.transpose(1, 2).flatten(2))


@pytest.mark.parametrize("n_tokens", [3, 4, 5, 30])  # 4 tokens of 4 heads fill the inner width
@torch.no_grad()
def test_reading_is_attention(case, n_tokens):
    attention, image, placed = case
    tokens = torch.randn(len(image), n_tokens, DIM)
    expected = attend_plainly(attention, tokens, placed, image)
    torch.testing.assert_close(attention.read(tokens, placed, image), expected)
    keys, values = columns(attention.k_proj, placed), columns(attention.v_proj, image)
    torch.testing.assert_close(attention.read_columns(tokens, keys, values), expected)


@pytest.mark.parametrize("n_tokens", [3, 4, 5, 30])
@torch.no_grad()
def test_writing_is_attention(case, n_tokens):
    attention, image, placed = case
    keys, values = torch.randn(2, len(image), n_tokens, DIM)
    expected = attend_plainly(attention, placed, keys, values)
    torch.testing.assert_close(attention.write(placed, keys, values), expected)
    queries = columns(attention.q_proj, placed)
    torch.testing.assert_close(attention.write_columns(queries, keys, values), expected)


@torch.no_grad()
def test_tokens_attend_to_tokens():
    torch.manual_seed(0)
    attention = Attention(DIM, HEADS)
    q, k, v = torch.randn(3, 2, 7, DIM)
    torch.testing.assert_close(attention(q, k, v), attend_plainly(attention, q, k, v))


@torch.no_grad()
def test_one_image_serves_many_prompts(case):
    attention, image, placed = case
    tokens = torch.randn(5, 3, DIM)
    one = [x[:1] for x in (placed, image)]
    expected = attend_plainly(attention, tokens, *(x.expand(5, -1, -1) for x in one))
    keys, values = columns(attention.k_proj, one[0]), columns(attention.v_proj, one[1])
    torch.testing.assert_close(attention.read_columns(tokens, keys, values), expected)
