"""TinyViT by itself: its fast paths against the plain ones, sizes, training, cancelling."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_sam.sam import tiny_vit_blocks
from napari_sam.sam.tiny_vit import TinyViT
from napari_sam.sam.tiny_vit_blocks import ConvNorm, MBConv, WindowAttention


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture
def small() -> TinyViT:
    """Few channels and blocks, all four stages."""
    return TinyViT(
        img_size=64,
        embed_dims=(8, 16, 24, 32),
        depths=(1, 1, 2, 1),
        num_heads=(1, 2, 3, 4),
        num_classes=0,
        out_chans=20,
    ).eval()


def with_statistics(module: nn.Module) -> nn.Module:
    """`module` in evaluation mode, every norm with random statistics and weights."""
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.normal_(norm.running_mean, std=0.3)
            nn.init.uniform_(norm.running_var, 0.5, 2)
            nn.init.uniform_(norm.weight, 0.5, 2)
            nn.init.normal_(norm.bias)
    return module.eval()


@pytest.mark.parametrize(
    "layer",
    [ConvNorm(5, 7), ConvNorm(5, 7, 3, 2), ConvNorm(6, 6, 3, depthwise=True)],
    ids=["1x1", "3x3 stride 2", "depthwise"],
)
def test_folded_convolution_equals_convolution_and_norm(layer: ConvNorm):
    with_statistics(layer)
    x = torch.randn(2, layer.c.in_channels, 9, 11)
    torch.testing.assert_close(layer(x), layer.bn(layer.c(x)), atol=1e-5, rtol=1e-5)


def test_folding_follows_new_weights():
    layer = with_statistics(ConvNorm(3, 4))
    x = torch.randn(1, 3, 5, 5)
    before = layer(x)
    layer.load_state_dict({name: tensor + 1 for name, tensor in layer.state_dict().items()})
    assert not torch.allclose(layer(x), before)
    torch.testing.assert_close(layer(x), layer.bn(layer.c(x)))


@pytest.mark.parametrize("elements", [1, 400, 1000, 10**9])
def test_strips_of_rows_equal_the_whole_map(elements: int, monkeypatch: pytest.MonkeyPatch):
    block = with_statistics(MBConv(4))
    x = torch.randn(2, 4, 13, 6)
    hidden = F.gelu(block.conv2(F.gelu(block.conv1(x))))
    whole = F.gelu(x + block.conv3(hidden))
    monkeypatch.setattr(tiny_vit_blocks, "_STRIP_ELEMENTS", elements)
    torch.testing.assert_close(block(x), whole)


def plain_attention(layer: WindowAttention, x: Tensor) -> Tensor:
    """The same attention of (B, H, W, C), window by window, with padding and bias written out."""
    side, heads = layer.window_size, layer.num_heads
    batch, height, width, dim = x.shape
    x = F.pad(x, (0, 0, 0, -width % side, 0, -height % side))
    out = torch.zeros_like(x)
    places = [(row, column) for row in range(side) for column in range(side)]
    bias = torch.stack(
        [
            layer.attention_biases[:, abs(r - s) * side + abs(c - d)]
            for r, c in places
            for s, d in places
        ],
        dim=-1,
    ).view(heads, side**2, side**2)
    for top in range(0, x.shape[1], side):
        for left in range(0, x.shape[2], side):
            window = x[:, top : top + side, left : left + side].reshape(batch, -1, dim)
            qkv = layer.qkv(layer.norm(window)).view(batch, side**2, heads, 3, -1)
            query, key, value = qkv.permute(3, 0, 2, 1, 4)
            scores = query @ key.transpose(2, 3) * query.shape[-1] ** -0.5 + bias
            mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, side, side, dim)
            out[:, top : top + side, left : left + side] = layer.proj(mixed)
    return out[:, :height, :width]


@pytest.mark.parametrize(("height", "width"), [(6, 6), (3, 9), (7, 4), (2, 1)])
def test_windowed_attention_equals_the_plain_one(height: int, width: int):
    layer = WindowAttention(8, 2, 3)
    nn.init.normal_(layer.attention_biases)
    nn.init.normal_(layer.norm.bias)
    x = torch.randn(2, height, width, 8)
    torch.testing.assert_close(layer(x), plain_attention(layer, x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("shape", [(64, 64), (448, 448), (96, 160), (16, 16), (100, 333)])
def test_output_is_a_sixteenth_of_any_size(small: TinyViT, shape: tuple[int, int]):
    rows, columns = (-(-side // 16) for side in shape)
    assert small(torch.randn(2, 3, *shape)).shape == (2, 20, rows, columns)


def test_a_batch_equals_one_by_one(small: TinyViT):
    images = torch.randn(3, 3, 64, 96)
    one_by_one = torch.cat([small(image[None]) for image in images])
    torch.testing.assert_close(small(images), one_by_one, atol=1e-4, rtol=1e-4)


def test_every_parameter_but_the_classifier_learns(small: TinyViT):
    small.train()
    for norm in small.modules():
        if isinstance(norm, nn.BatchNorm2d):  # some start at 0, where their branch learns nothing
            nn.init.ones_(norm.weight)
    small(torch.randn(2, 3, 64, 64)).square().mean().backward()
    idle = {name for name, p in small.named_parameters() if p.grad is None or not p.grad.any()}
    assert idle == {"norm_head.weight", "norm_head.bias"}


def test_training_updates_the_running_statistics(small: TinyViT):
    before = small.patch_embed.seq[0].bn.running_mean.clone()
    small.train()(torch.randn(2, 3, 64, 64))
    assert not torch.equal(small.patch_embed.seq[0].bn.running_mean, before)


def test_stochastic_depth_keeps_the_mean_and_sleeps_in_evaluation():
    drop = tiny_vit_blocks.DropPath(0.25)
    branch = torch.ones(4000, 2)
    assert drop(branch).mean().item() == pytest.approx(1, abs=0.05)
    assert drop(branch).unique().tolist() == pytest.approx([0, 1 / 0.75])
    assert drop.eval()(branch) is branch


def test_between_blocks_counts_and_may_cancel(small: TinyViT):
    seen: list[tuple[int, int]] = []
    small(torch.randn(1, 3, 64, 64), between_blocks=lambda *progress: seen.append(progress))
    assert seen == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]

    def cancel(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(torch.randn(1, 3, 64, 64), between_blocks=cancel)
