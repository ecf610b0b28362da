from __future__ import annotations

import numpy as np
import pytest

from napari_sam.inference.export.labelled_image import LabelledImage
from napari_sam.inference.pixel_size import PixelSize

CLASSES = {3: "nucleus", 7: "cell body", 70000: "nucleus"}


def hard_plane():
    """Holes, pieces, corners that touch, an object on all edges, one of all rows, one pixel."""
    plane = np.zeros((40, 53), np.int32)
    plane[0], plane[-1], plane[:, 0], plane[:, -1] = 3, 3, 3, 3
    plane[5:20, 5:20] = 7
    plane[8:12, 8:12] = 0  # a hole with an island of another object
    plane[9:11, 9:11] = 8
    plane[14, 14] = plane[15, 15] = 0  # holes that touch at a corner
    plane[25:30, 5:9] = 70000
    plane[30:33, 9:12] = 70000  # a piece that touches at a corner
    plane[25:28, 30] = plane[28, 31:34] = plane[25, 30:34] = plane[26:28, 34] = 9  # almost a ring
    plane[35, 35] = 10
    plane[:, 45:47] = 11  # from head to foot
    random = np.random.default_rng(0)
    plane[22:38, 15:28][random.random((16, 13)) < 0.5] = 12  # noise
    return plane


@pytest.fixture
def flat():
    return LabelledImage(
        hard_plane(), PixelSize((0.5, 0.25), ("µm", "µm")), name="cells.tif", classes=CLASSES
    )


@pytest.fixture
def stack():
    plane = hard_plane()
    labels = np.stack([plane, np.zeros_like(plane), plane.T[:40, :40].repeat(2, axis=1)[:, :53]])
    return LabelledImage(labels, PixelSize((2.0, 0.5, 0.25), ("mm",) * 3), name="stack")


@pytest.fixture
def film():
    labels = np.stack([np.stack([hard_plane()] * 2), np.zeros((2, 40, 53), np.int32)])
    labels[1, 1, 3:6, 4:9] = 5
    return LabelledImage(labels, PixelSize((3.0, 2.0, 0.5, 0.5), ("s", "µm", "µm", "µm")))
