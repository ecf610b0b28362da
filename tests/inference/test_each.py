"""Many objects together against one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_sam.inference.each import AT_ONCE, EachPredictor
from napari_sam.inference.prompts import Prompts
from napari_sam.sam.build import build_sam


@pytest.fixture(scope="module")
def predictor():
    torch.manual_seed(0)
    predictor = EachPredictor(build_sam("vit_s", img_size=256), precision="float32")
    picture = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    predictor.set_image(picture)
    return predictor


def one_by_one(predictor, prompts):
    for each in prompts:
        masks, iou_predictions, _ = predictor.predict(
            each.point_coords, each.point_labels, each.box, multimask_output=each.is_ambiguous
        )
        best = int(iou_predictions.argmax())
        yield masks[best], iou_predictions[best]


OUTSIDE = (5.0, 80.0, 0)
MIXED = [
    Prompts(points=((30.0, 40.0, 1),)),
    Prompts(box=(10.0, 10.0, 60.0, 50.0)),
    Prompts(points=((90.0, 20.0, 1), OUTSIDE)),
    Prompts(points=((70.0, 60.0, 1),)),
    Prompts(points=(OUTSIDE,), box=(50.0, 30.0, 110.0, 88.0)),
]


@pytest.mark.parametrize(
    "prompts",
    [MIXED, [Prompts(points=((float(x), 30.0, 1),)) for x in range(AT_ONCE + 3)]],
    ids=["mixed", "more than are held at once"],
)
def test_together_is_as_one_by_one(predictor, prompts):
    masks, iou_predictions = predictor.predict_each(prompts)
    assert masks.shape == (len(prompts), 90, 120)
    for mask, quality, (alone, quality_alone) in zip(
        masks, iou_predictions, one_by_one(predictor, prompts), strict=True
    ):
        assert (mask != alone).mean() < 1e-3  # sums in another order
        assert quality == pytest.approx(quality_alone, abs=1e-4)


def test_all_of_a_kind_are_one_decoder_call(predictor, monkeypatch):
    calls = []
    decode = predictor.decode

    def counted(*args, **kwargs):
        calls.append(1)
        return decode(*args, **kwargs)

    monkeypatch.setattr(predictor, "decode", counted)
    predictor.predict_each([Prompts(points=((float(x), 30.0, 1),)) for x in range(9)])
    assert len(calls) == 1


def test_nothing_asked_for_is_no_mask(predictor):
    masks, iou_predictions = predictor.predict_each([])
    assert masks.shape == (0, 90, 120)
    assert iou_predictions.shape == (0,)
