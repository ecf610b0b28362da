"""Sparse and dense prompt embeddings."""

import torch

from napari_sam.sam.prompt_encoder import BOTTOM_RIGHT, PADDING, TOP_LEFT


@torch.no_grad()
def test_a_box_is_its_two_corners(small_sam):
    encoder = small_sam.prompt_encoder
    box = torch.tensor([[3.0, 4, 30, 41]])
    sparse, _ = encoder(None, box, None)
    corners = encoder.embed_points(box.view(1, 2, 2), torch.tensor([[TOP_LEFT, BOTTOM_RIGHT]]))
    assert torch.equal(sparse, corners)


@torch.no_grad()
def test_points_without_a_box_are_padded(small_sam):
    encoder = small_sam.prompt_encoder
    coords, labels = torch.tensor([[[5.0, 6]]]), torch.tensor([[1]])
    sparse, dense = encoder((coords, labels), None, None)
    assert sparse.shape == (1, 2, 32)
    assert torch.equal(sparse[0, 1], encoder.not_a_point_embed.weight[0])
    assert torch.equal(dense[0, :, 0, 0], encoder.no_mask_embed.weight[0])
    with_box, _ = encoder((coords, labels), torch.tensor([[1.0, 2, 9, 9]]), None)
    assert with_box.shape == (1, 3, 32)


@torch.no_grad()
def test_padding_has_no_position(small_sam):
    encoder = small_sam.prompt_encoder
    labels = torch.full((1, 2), PADDING)
    a, b = encoder.embed_points(torch.tensor([[[0.0, 0], [60, 33]]]), labels)[0]
    assert torch.equal(a, b)


@torch.no_grad()
def test_text_joins_the_sparse_embeddings(small_sam):
    text = torch.randn(2, 1, 32)
    sparse, dense = small_sam.prompt_encoder(None, None, None, text)
    assert torch.equal(sparse, text)
    assert dense.shape == (2, 32, 16, 16)


@torch.no_grad()
def test_nothing_is_one_prompt_without_tokens(small_sam):
    sparse, dense = small_sam.prompt_encoder(None, None, None)
    assert sparse.shape == (1, 0, 32)
    assert dense.shape == (1, 32, 16, 16)
