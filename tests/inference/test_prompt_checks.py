"""Prompts are checked before any work."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from napari_sam.inference.prompt_checks import validate_prompts

SIZE = (30, 40)  # height, width


def check(points=None, labels=None, box=None, mask=None, mask_size=(256, 256)):
    return validate_prompts(points, labels, box, mask, image_size=SIZE, mask_size=mask_size)


def test_no_prompt_is_no_error():
    assert check() == (None, None, None, None)


@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_prompts_come_back_in_one_form(kind):
    checked = check(
        kind([[3, 4], [40, 30]]), kind([1, 0]), kind([0, 0, 40, 30]), np.ones((256, 256), "f2")
    )
    coords, labels, box, mask = checked
    assert coords.tolist() == [[3, 4], [40, 30]]
    assert labels.tolist() == [1, 0]
    assert box.tolist() == [0, 0, 40, 30]
    assert mask.shape == (1, 256, 256)
    dtypes = [array.dtype for array in checked]
    assert dtypes == [np.float64, np.int64, np.float64, np.float32]


def test_the_forms_of_the_public_notebooks_are_taken():
    assert check(box=np.array([[1, 2, 3, 4]])).box.shape == (4,)
    assert check(mask=np.zeros((1, 256, 256), np.float32)).mask_input.shape == (1, 256, 256)
    assert check(points=np.zeros((0, 2)), labels=np.zeros(0)).point_coords.shape == (0, 2)
    assert check(points=[[1, 1]], labels=[True]).point_labels.tolist() == [1]


def test_masks_have_the_size_of_their_model():
    assert check(mask=np.zeros((64, 64)), mask_size=(64, 64)).mask_input.shape == (1, 64, 64)


def test_what_is_passed_is_left_alone():
    box = np.array([1.0, 2.0, 3.0, 4.0])
    check(box=box).box[0] = 9
    assert box[0] == 1


INSIDE = "expected points inside the image, x in 0 … 40 and y in 0 … 30, got (x, y) = "


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        (
            {"points": [[1, 1]]},
            "expected point_coords and point_labels together, got point_coords alone; "
            "pass point_labels too",
        ),
        (
            {"labels": [1]},
            "expected point_coords and point_labels together, got point_labels alone; "
            "pass point_coords too",
        ),
        (
            {"points": [3, 4], "labels": [1]},
            "expected point_coords of shape (N, 2), one (x, y) a point, got (2,); "
            "a single point is [[x, y]]",
        ),
        ({"points": [[1, 2, 3]], "labels": [1]}, "expected point_coords of shape (N, 2)"),
        (
            {"points": [[1, 1], [2, 2]], "labels": [1]},
            "expected one label a point, shape (2,), got point_labels of shape (1,) for 2 points",
        ),
        ({"points": [[1, 1]], "labels": 1}, "got point_labels of shape () for 1 points"),
        (
            {"points": [[1, 1]], "labels": [2]},
            "expected point_labels of 1 (foreground) or 0 (background), got 2",
        ),
        ({"points": [[1, 1]], "labels": [-1]}, "or 0 (background), got -1"),
        ({"points": [[1, 1]], "labels": [0.5]}, "or 0 (background), got 0.5"),
        (
            {"points": [[1, np.nan]], "labels": [1]},
            "expected finite numbers in point_coords, got NaN or infinity",
        ),
        ({"points": [[1, 1]], "labels": [np.nan]}, "expected finite numbers in point_labels"),
        (
            {"points": [[1, 1], [35, 31]], "labels": [1, 1]},
            INSIDE + "(35, 31) as point 1; points are (x, y), not (row, column)",
        ),
        ({"points": [[-0.5, 1]], "labels": [1]}, INSIDE + "(-0.5, 1) as point 0"),
        ({"points": [[40.01, 1]], "labels": [1]}, INSIDE + "(40.01, 1) as point 0"),
        (
            {"points": [["a", "b"]], "labels": [1]},
            "expected point_coords as an array of numbers, got dtype <U1",
        ),
        ({"points": [[1, 1], [2]], "labels": [1, 1]}, "expected point_coords as an array of"),
        ({"points": [[1j, 1]], "labels": [1]}, "an array of numbers, got dtype complex128"),
        (
            {"box": [[1, 2, 3, 4], [1, 2, 3, 4]]},
            "expected one box (x0, y0, x1, y1) of shape (4,), got shape (2, 4); "
            "segment several boxes one by one",
        ),
        ({"box": [1, 2, 3]}, "of shape (4,), got shape (3,)"),
        ({"box": [1, 2, np.inf, 4]}, "expected finite numbers in box, got NaN or infinity"),
        (
            {"box": [10, 4, 3, 20]},
            "expected a box (x0, y0, x1, y1) with x0 < x1 and y0 < y1, got (10, 4, 3, 20); "
            "did you mean (3, 4, 10, 20)?",
        ),
        ({"box": [3, 4, 3, 20]}, "got (3, 4, 3, 20); a side of it has no length"),
        (
            {"box": [3, 4, 41, 20]},
            "expected a box inside the image, x in 0 … 40 and y in 0 … 30, got (3, 4, 41, 20); "
            "clip it to the image",
        ),
        ({"box": [-1, 4, 10, 20]}, "expected a box inside the image"),
        (
            {"mask": np.zeros((1, 128, 128))},
            "expected mask_input of shape (1, 256, 256), got (1, 128, 128); pass one of the "
            "low_res_logits of an earlier prediction, such as low_res_logits[:1]",
        ),
        ({"mask": np.zeros((3, 256, 256))}, "of shape (1, 256, 256), got (3, 256, 256)"),
        (
            {"mask": np.ones((256, 256), bool)},
            "expected mask_input as logits, got a mask of booleans; pass one of the low_res_logits",
        ),
        (
            {"mask": np.full((256, 256), np.nan)},
            "expected finite numbers in mask_input, got NaN or infinity",
        ),
    ],
)
def test_what_is_no_prompt_is_refused(prompts, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        check(**prompts)
