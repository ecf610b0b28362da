"""State dicts load strictly from the public classes and into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from tests.peers.public_packages import build_public_sam

if TYPE_CHECKING:
    from tests.peers.conftest import Pair


def test_every_tensor_of_the_pair_is_non_zero_and_the_same(pair: Pair):
    public, ours = pair.public.state_dict(), pair.ours.state_dict()
    assert list(ours) == list(public)
    for name, tensor in public.items():
        assert torch.equal(ours[name], tensor), name
        assert (tensor != 0).all(), name


def test_ours_loads_into_the_public_class(pair: Pair):
    fresh = build_public_sam(pair.architecture)
    state = pair.ours.state_dict()
    fresh.load_state_dict(state, strict=True)
    assert all(torch.equal(tensor, state[name]) for name, tensor in fresh.state_dict().items())
