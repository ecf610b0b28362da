"""SamPredictor beyond its equality with the public one: states, errors, precision."""

import numpy as np
import pytest
import torch

from napari_sam.inference.precision import has_fast_bfloat16, resolve_precision
from napari_sam.inference.predictor import SamPredictor
from napari_sam.sam.build import build_sam


@pytest.fixture(scope="module")
def sam():
    torch.manual_seed(0)
    return build_sam("vit_s", img_size=256)


@pytest.fixture
def predictor(sam):
    return SamPredictor(sam, precision="float32")


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)


def test_an_image_sets_what_scripts_read(predictor, picture):
    assert not predictor.is_image_set
    predictor.set_image(picture)
    assert predictor.is_image_set
    assert predictor.original_size == (90, 120)
    assert predictor.input_size == (192, 256)
    assert predictor.features.shape == (1, 256, 16, 16)
    assert torch.equal(predictor.get_image_embedding(), predictor.features)
    predictor.reset_image()
    assert not predictor.is_image_set
    assert predictor.features is None


def test_predictions_have_the_public_shapes_and_types(predictor, picture):
    predictor.set_image(picture)
    masks, quality, logits = predictor.predict([[30, 40]], [1])
    assert masks.shape == (3, 90, 120)
    assert masks.dtype == bool
    assert quality.shape == (3,)
    assert logits.shape == (3, 64, 64)
    full, _, _ = predictor.predict(
        box=[10, 10, 60, 50], mask_input=logits[:1], multimask_output=False, return_logits=True
    )
    assert full.shape == (1, 90, 120)
    assert full.dtype == np.float32


def test_grey_is_the_stacked_picture_and_bgr_the_turned_one(predictor, picture):
    grey = picture[..., 0]
    predictor.set_image(grey)
    alone = predictor.features
    predictor.set_image(np.stack([grey] * 3, axis=-1))
    assert torch.equal(alone, predictor.features)
    predictor.set_image(picture)
    rgb = predictor.features
    predictor.set_image(picture[..., ::-1], image_format="BGR")
    assert torch.equal(rgb, predictor.features)


def test_a_batch_is_one_by_one(predictor, picture):
    predictor.set_image(picture)
    coords = torch.tensor([[[20.0, 30]], [[100, 50]], [[200, 180]]])
    labels = torch.ones(3, 1, dtype=torch.int)
    together = predictor.predict_torch(coords, labels, return_logits=True)
    for i in range(3):
        alone = predictor.predict_torch(coords[i : i + 1], labels[i : i + 1], return_logits=True)
        for a, b in zip(together, alone, strict=True):
            torch.testing.assert_close(a[i : i + 1], b, rtol=1e-4, atol=1e-4)


def test_cancelling_leaves_the_last_image_set(predictor, picture):
    predictor.set_image(picture)
    before = predictor.features

    def cancel(done, total):
        assert total == 12
        if done == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        predictor.set_image(255 - picture, between_blocks=cancel)
    assert predictor.features is before
    assert predictor.is_image_set


def test_predictions_follow_the_weights_of_the_next_image(picture):
    sam = build_sam("vit_s", img_size=256)
    predictor = SamPredictor(sam, precision="bfloat16")
    predictor.set_image(picture)
    _, before, _ = predictor.predict([[30, 40]], [1])
    with torch.no_grad():
        sam.mask_decoder.iou_prediction_head.layers[-1].bias += 1
    predictor.set_image(picture)
    _, after, _ = predictor.predict([[30, 40]], [1])
    np.testing.assert_allclose(after, before + 1, atol=0.03)


def test_bfloat16_is_close_to_float32(sam, picture):
    answers = []
    for precision in ("float32", "bfloat16"):
        predictor = SamPredictor(sam, precision=precision)
        predictor.set_image(picture)
        answers.append(predictor.predict([[30, 40]], [1])[2])
    exact, rounded = answers
    assert exact.dtype == rounded.dtype == np.float32
    assert np.linalg.norm(exact - rounded) < 0.05 * np.linalg.norm(exact)
    assert not np.array_equal(exact, rounded)


def test_auto_is_bfloat16_only_where_it_is_fast():
    cpu = torch.device("cpu")
    expected = torch.bfloat16 if has_fast_bfloat16(cpu) else torch.float32
    assert resolve_precision("auto", cpu) == expected
    assert resolve_precision("float32", cpu) == torch.float32


def test_an_unknown_precision_is_named(sam):
    with pytest.raises(ValueError, match=r"expected a precision among 'auto', .* got 'float16'"):
        SamPredictor(sam, precision="float16")


def test_predicting_without_an_image_says_what_to_do(predictor):
    for call in (lambda: predictor.predict([[1, 1]], [1]), predictor.get_image_embedding):
        with pytest.raises(RuntimeError, match="call set_image before predicting"):
            call()


def test_an_unknown_image_format_is_named(predictor, picture):
    with pytest.raises(ValueError, match="expected image_format 'RGB' or 'BGR', got 'HSV'"):
        predictor.set_image(picture, image_format="HSV")


def test_a_torch_image_of_another_size_is_refused(predictor):
    with pytest.raises(ValueError, match=r"longer side of 256, got \(1, 3, 100, 100\)"):
        predictor.set_torch_image(torch.zeros(1, 3, 100, 100), (100, 100))


def test_prompts_are_checked(predictor, picture):
    predictor.set_image(picture)
    with pytest.raises(ValueError, match="expected points inside the image"):
        predictor.predict([[500, 10]], [1])
