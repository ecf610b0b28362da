"""The stand-ins themselves: they do what their originals do, and leave nothing behind."""

from __future__ import annotations

import sys

import torch
from tests.peers.public_packages import batched_nms, drawn_weights, segment_anything, tiny_vit_class


def test_importing_the_public_packages_leaves_sys_modules_as_it_was():
    roots = ("torchvision", "timm", "segment_anything", "samexporter")

    def present():
        return {k: v for k, v in sys.modules.items() if k.split(".")[0] in roots}

    before = present()
    segment_anything()
    tiny_vit_class()
    assert present() == before


def test_suppression_keeps_the_best_of_what_overlaps_in_a_class():
    boxes = torch.tensor([[0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10], [20, 0, 30, 10.0]])
    scores = torch.tensor([0.5, 0.9, 0.3, 0.1])
    classes = torch.tensor([0, 0, 1, 0])
    assert batched_nms(boxes, scores, classes, 0.7).tolist() == [1, 2, 3]


def test_every_drawn_tensor_is_non_zero():
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    assert all((tensor != 0).all() for tensor in drawn_weights(model).values())
