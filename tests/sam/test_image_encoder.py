"""Windows, positions and cancellation of the image encoder."""

import pytest
import torch

from napari_sam.sam.vit_blocks import merge, partition


@pytest.mark.parametrize("shape", [(6, 6), (7, 11), (12, 5)])
def test_merge_undoes_partition(shape):
    x = torch.randn(2, *shape, 3)
    windows = partition(x, 6, torch.tensor([7.0, 8.0, 9.0]))
    assert windows.shape[1:] == (6, 6, 3)
    assert torch.equal(merge(windows, *shape), x)
    n_padding = windows.shape[0] * 36 - x.shape[0] * shape[0] * shape[1]
    assert (windows == torch.tensor([7.0, 8.0, 9.0])).all(-1).sum() == n_padding


@torch.no_grad()
def test_whole_frame_as_a_window_is_the_whole_frame(small_sam):
    image = torch.randn(2, 3, 64, 64)
    encoder = small_sam.image_encoder
    torch.testing.assert_close(encoder(image), encoder(image, windows_at=[(0, 0), (0, 0)]))


@torch.no_grad()
def test_windows_keep_the_positions_of_their_place(small_sam):
    image = torch.randn(1, 3, 24, 24)
    encoder = small_sam.image_encoder
    both = encoder(image.repeat(2, 1, 1, 1), windows_at=[(0, 0), (10, 4)])
    assert both.shape == (2, 32, 6, 6)
    torch.testing.assert_close(both[1:], encoder(image, windows_at=[(10, 4)]))
    assert not torch.allclose(both[0], both[1], atol=1e-2)


@torch.no_grad()
def test_other_sizes_interpolate_positions(small_sam):
    assert small_sam.image_encoder(torch.randn(1, 3, 48, 96)).shape == (1, 32, 12, 24)


def test_the_callback_is_asked_within_blocks_too_and_changes_nothing(small_sam):
    """A large model's block can take seconds: between its groups of queries, and before the MLP."""
    encoder, seen = small_sam.image_encoder.eval(), []
    picture = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        watched = encoder(picture, between_blocks=lambda *at: seen.append(at))
        assert torch.equal(watched, encoder(picture))
    blocks = len(encoder.blocks)
    assert seen == sorted(seen)
    assert {done for done, _ in seen} == set(range(blocks + 1))
    assert len(seen) >= 3 * blocks


def test_a_callback_between_blocks_can_cancel(small_sam):
    seen = []

    def stop_after_two(done, total):
        seen.append((done, total))
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        small_sam.image_encoder(torch.randn(1, 3, 64, 64), between_blocks=stop_after_two)
    assert sorted(set(seen)) == [(0, 3), (1, 3), (2, 3)]
    assert seen.count((2, 3)) == 1
