"""The model in the package: how long an embedding takes, and what bfloat16 does to its masks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from benchmarks.measure import gate, seconds
from PIL import Image

from napari_sam import load_model
from napari_sam.inference.predictor import SamPredictor

if TYPE_CHECKING:
    from pathlib import Path

    from napari_sam.sam.model import Sam

_SETS = (
    "nuclei_dsb2018",
    "em_membrane",
    "axon_sem",
    "breast_ultrasound",
    "chest_xray_lungs",
    "liver_ct",
)
_IMAGES_A_SET = 4
_OBJECTS_AN_IMAGE = 10


@pytest.fixture(scope="module")
def sam() -> Sam:
    try:
        return load_model()
    except FileNotFoundError as error:
        pytest.skip(f"needs the embedded model: {error}")


def test_embedding_takes_less_than_0_6_s(sam: Sam, picture: np.ndarray):
    predictor = SamPredictor(sam)
    predictor.set_image(picture)
    times = sorted(seconds(lambda: predictor.set_image(picture)) for _ in range(7))
    print(
        f"\nembedded default, embedding of 1024 x 1024: {times[0]:.3f} s, median {times[3]:.3f} s"
    )
    assert times[0] < 0.6 / gate()


@pytest.mark.parametrize("prompt", ["click", "box"])
def test_bfloat16_gives_the_masks_of_float32(sam: Sam, shared_data: Path, prompt: str):
    overlaps: list[float] = []
    for name in _SETS:
        of_set = [
            iou
            for image, boxes in validation_images(shared_data / name)
            for iou in overlaps_of_precisions(sam, image, boxes, prompt)
        ]
        print(f"\n{name}, {prompt}: IoU of bfloat16 and float32 {np.mean(of_set):.4f}", end="")
        overlaps += of_set
    low = np.quantile(overlaps, 0.05)
    print(f"\nall, {prompt}: mean {np.mean(overlaps):.4f}, 5th percentile {low:.4f}")
    assert np.mean(overlaps) > 0.98


def validation_images(folder: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Some of a set's validation images, each with some true boxes (N, 4) as (x0, y0, x1, y1)."""
    names = json.loads((folder / "split.json").read_text())["validation"]
    chosen = names[:: max(1, len(names) // _IMAGES_A_SET)][:_IMAGES_A_SET]
    return [(read_image(folder, name), true_boxes(folder, name)) for name in chosen]


def read_image(folder: Path, name: str) -> np.ndarray:
    (path,) = (folder / "images").glob(f"{name}.*")
    return np.asarray(Image.open(path))


def true_boxes(folder: Path, name: str) -> np.ndarray:
    labels = np.asarray(Image.open(folder / "labels" / f"{name}.png"))
    ids = np.unique(labels[labels > 0])
    ids = ids[:: max(1, len(ids) // _OBJECTS_AN_IMAGE)][:_OBJECTS_AN_IMAGE]
    boxes = []
    for index in ids:
        rows, columns = np.nonzero(labels == index)
        boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return np.array(boxes, dtype=float).reshape(-1, 4)


def overlaps_of_precisions(
    sam: Sam, image: np.ndarray, boxes: np.ndarray, prompt: str
) -> list[float]:
    """IoU of the two precisions' single masks for each box, or a click at its centre."""
    masks = {}
    for precision in ("bfloat16", "float32"):
        predictor = SamPredictor(sam, precision=precision)
        predictor.set_image(image)
        masks[precision] = [predict(predictor, box, prompt) for box in boxes]
    return [
        float((half & full).sum() / (half | full).sum())
        for half, full in zip(masks["bfloat16"], masks["float32"], strict=True)
        if (half | full).any()
    ]


def predict(predictor: SamPredictor, box: np.ndarray, prompt: str) -> np.ndarray:
    """The single mask (H, W) for a box, or for a click at its centre."""
    centre = (box[:2] + box[2:]) / 2
    if prompt == "box":
        masks, _, _ = predictor.predict(box=box, multimask_output=False)
    else:
        masks, _, _ = predictor.predict(centre[None], np.array([1]), multimask_output=False)
    return masks[0]
