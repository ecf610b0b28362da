"""Our numbers against those of the public packages, with the same weights, all of them non-zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

if TYPE_CHECKING:
    from tests.peers.conftest import Encoded, Pair

# As fractions of (W, H), so that they fit every shape.
_POINT = {"point_coords": [[0.4, 0.6]], "point_labels": [1]}
_POINTS = {"point_coords": [[0.4, 0.6], [0.1, 0.2], [0.45, 0.5]], "point_labels": [1, 0, 1]}
_BOX = {"box": [0.2, 0.3, 0.7, 0.8]}
_MASK: dict[str, Any] = {"mask_input": True}

_PROMPTS = {
    "point": _POINT,
    "points": _POINTS,
    "box": _BOX,
    "mask": _MASK,
    "point+box": _POINT | _BOX,
    "points+mask": _POINTS | _MASK,
    "box+mask": _BOX | _MASK,
    "points+box+mask": _POINTS | _BOX | _MASK,
    "nothing": {},
}


def prompt_arrays(fractions: dict[str, Any], shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Arguments of `predict` for an image of `shape`."""
    size = np.array(shape[1::-1], dtype=float)  # (W, H)
    arrays: dict[str, np.ndarray] = {}
    if "point_coords" in fractions:
        arrays["point_coords"] = np.array(fractions["point_coords"]) * size
        arrays["point_labels"] = np.array(fractions["point_labels"])
    if "box" in fractions:
        arrays["box"] = np.array(fractions["box"]) * np.tile(size, 2)
    if "mask_input" in fractions:
        rows, columns = np.indices((256, 256)) / 256
        blob = 10 * np.sin(9 * rows) * np.cos(7 * columns) + 3
        arrays["mask_input"] = blob[None].astype(np.float32)
    return arrays


def assert_logits_agree(ours: np.ndarray, public: np.ndarray) -> None:
    """Within 1e-3 of the scale of the public logits."""
    assert ours.shape == public.shape
    assert np.abs(ours - public).max() <= 1e-3 * public.std()


def assert_masks_agree(ours: np.ndarray, public_logits: np.ndarray) -> None:
    """Identical to the public masks wherever the public logit is further than 1e-3 from 0."""
    sure = np.abs(public_logits) > 1e-3
    assert sure.mean() > 0.99
    np.testing.assert_array_equal(ours[sure], (public_logits > 0)[sure])


def test_encoder_features_agree(encoded: Encoded):
    ours, public = encoded.ours.features, encoded.public.features
    assert ours.shape == public.shape == (1, 256, 64, 64)
    assert (ours - public).norm() <= 1e-4 * public.norm()
    assert (ours - public).abs().max() <= 1e-3 * public.std()


def test_sizes_agree(encoded: Encoded):
    assert tuple(encoded.ours.original_size) == tuple(encoded.public.original_size)
    assert tuple(encoded.ours.input_size) == tuple(encoded.public.input_size)


@pytest.mark.parametrize("multimask_output", [False, True], ids=["single", "multi"])
@pytest.mark.parametrize("fractions", _PROMPTS.values(), ids=_PROMPTS.keys())
def test_predictions_agree(encoded: Encoded, fractions: dict[str, Any], multimask_output: bool):
    prompt = prompt_arrays(fractions, encoded.image.shape)
    public_logits, public_iou, public_low_res = encoded.public.predict(
        **prompt, multimask_output=multimask_output, return_logits=True
    )
    masks, iou_predictions, low_res_logits = encoded.ours.predict(
        **prompt, multimask_output=multimask_output
    )
    logits, _, _ = encoded.ours.predict(
        **prompt, multimask_output=multimask_output, return_logits=True
    )
    assert masks.dtype == bool
    assert_logits_agree(low_res_logits, public_low_res)
    assert_logits_agree(logits, public_logits)
    assert_masks_agree(masks, public_logits)
    np.testing.assert_allclose(iou_predictions, public_iou, atol=1e-3)


def test_several_boxes_at_once_agree(encoded: Encoded):
    height, width = encoded.image.shape[:2]
    fractions = torch.tensor([[0.1, 0.1, 0.5, 0.6], [0.3, 0.2, 0.9, 0.9], [0, 0, 1, 1]])
    boxes = fractions * torch.tensor([width, height] * 2)
    transformed = encoded.public.transform.apply_boxes_torch(boxes, (height, width))
    ours = encoded.ours.transform.apply_boxes_torch(boxes, (height, width))
    torch.testing.assert_close(ours, transformed)
    expected = encoded.public.predict_torch(None, None, transformed, return_logits=True)
    got = encoded.ours.predict_torch(None, None, transformed, return_logits=True)
    assert_logits_agree(got[0].numpy(), expected[0].numpy())
    assert_logits_agree(got[2].numpy(), expected[2].numpy())


@pytest.mark.parametrize("multimask_output", [False, True], ids=["single", "multi"])
def test_sam_forward_agrees(pair: Pair, multimask_output: bool, monkeypatch: pytest.MonkeyPatch):
    # The encoders are compared above. Here both take the same features, a stand-in for minutes.
    features = torch.randn(2, 256, 64, 64, generator=torch.Generator().manual_seed(1))
    for model in (pair.public, pair.ours):
        monkeypatch.setattr(model.image_encoder, "forward", lambda images: features[: len(images)])
    records = batched_input()
    public = pair.public(records, multimask_output)
    ours = pair.ours(records, multimask_output)
    for got, expected, record in zip(ours, public, records, strict=True):
        assert set(got) == {"masks", "iou_predictions", "low_res_logits"} == set(expected)
        assert got["masks"].dtype == expected["masks"].dtype
        assert got["masks"].shape[-2:] == record["original_size"]
        low_res = expected["low_res_logits"]
        assert_logits_agree(got["low_res_logits"].numpy(), low_res.numpy())
        full = pair.public.postprocess_masks(
            low_res, record["image"].shape[-2:], record["original_size"]
        )
        assert_masks_agree(got["masks"].numpy(), full.numpy())
        torch.testing.assert_close(
            got["iou_predictions"], expected["iou_predictions"], atol=1e-3, rtol=0
        )


def batched_input() -> list[dict[str, Any]]:
    """Two images: one with two sets of points, one with a box, points and a mask."""
    generator = torch.Generator().manual_seed(2)
    return [
        {
            "image": 255 * torch.rand(3, 683, 1024, generator=generator),
            "original_size": (400, 600),
            "point_coords": torch.tensor([[[300.0, 200], [10, 20]], [[700, 600], [900, 100]]]),
            "point_labels": torch.tensor([[1, 0], [1, 1]]),
        },
        {
            "image": 255 * torch.rand(3, 1024, 512, generator=generator),
            "original_size": (1200, 600),
            "point_coords": torch.tensor([[[100.0, 400]]]),
            "point_labels": torch.tensor([[1]]),
            "boxes": torch.tensor([[50.0, 100, 300, 800]]),
            "mask_inputs": 5 * torch.randn(1, 1, 256, 256, generator=generator),
        },
    ]


def test_preprocessing_agrees(pair: Pair):
    image = 255 * torch.rand(3, 400, 1024, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(pair.ours.preprocess(image), pair.public.preprocess(image))
