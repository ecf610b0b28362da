"""The chunked attention is the plain one with a bias tensor."""

import pytest
import torch

from napari_sam.sam import relative_position
from napari_sam.sam.relative_position import attend, relative_table


def plain_attention(q, k, v, rows, columns):
    batch, n_tokens, channels = q.shape
    height, width = len(rows), len(columns)
    grid = q.view(batch, height, width, channels)
    bias = torch.einsum("bhwc,hkc->bhwk", grid, rows)[..., :, None]
    bias = bias + torch.einsum("bhwc,wkc->bhwk", grid, columns)[..., None, :]
    scores = q @ k.transpose(1, 2) * channels**-0.5 + bias.reshape(batch, n_tokens, n_tokens)
    return scores.softmax(-1) @ v


@pytest.mark.parametrize("limit", [1, 7, 100, 2**20])
@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (2, 3)])  # only the last is folded
def test_chunks_of_any_size_give_the_plain_attention(monkeypatch, limit, shape):
    monkeypatch.setattr(relative_position, "_CPU_SCORES", limit)
    generator = torch.Generator().manual_seed(0)
    height, width = shape
    q, k, v = torch.randn(3, 4, height * width, 8, generator=generator)
    rows = torch.randn(height, height, 8, generator=generator)
    columns = torch.randn(width, width, 8, generator=generator)
    torch.testing.assert_close(
        attend(q, k, v, rows, columns), plain_attention(q, k, v, rows, columns)
    )


def test_gradients_are_those_of_the_plain_attention():
    tensors = [torch.randn(2, 6, 4, dtype=torch.double) for _ in range(3)]
    tables = [torch.randn(2, 2, 4, dtype=torch.double), torch.randn(3, 3, 4, dtype=torch.double)]
    gradients = []
    for function in (attend, plain_attention):
        leaves = [t.clone().requires_grad_() for t in (*tensors, *tables)]
        function(*leaves).square().sum().backward()
        gradients.append([leaf.grad for leaf in leaves])
    torch.testing.assert_close(*gradients)


def test_table_entry_belongs_to_the_distance():
    table = torch.arange(9.0)[:, None]  # distances -4 ... 4
    found = relative_table(table, 5, window=True)[..., 0]
    for query in range(5):
        for key in range(5):
            assert found[query, key] == query - key + 4


def test_window_keeps_distances_and_other_resolutions_interpolate():
    table = torch.arange(-4.0, 5)[:, None]  # each entry is its distance
    window = relative_table(table, 3, window=True)[..., 0]
    assert window[2, 0] == 2
    coarser = relative_table(table, 3, window=False)[..., 0]
    assert coarser[2, 0] == pytest.approx(3.6)  # two of three steps span what four of nine did
