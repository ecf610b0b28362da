"""Between the original image's pixels and the encoder's: the public `ResizeLongestSide`."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


class ResizeLongestSide:
    """Resize images so that the longer side has a given length, and coordinates with them.

    Parameters
    ----------
    target_length : int
        The longer side after resizing, in pixels.
    """

    def __init__(self, target_length: int) -> None:
        self.target_length = target_length

    def apply_image(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Resize (H, W, 3) uint8, bilinear with antialiasing."""
        height, width = self.get_preprocess_shape(
            image.shape[0], image.shape[1], self.target_length
        )
        picture = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(picture)

    def apply_coords(
        self, coords: NDArray[np.floating], original_size: tuple[int, int]
    ) -> NDArray[np.floating]:
        """Scale (..., 2) coordinates (x, y) of an image of `original_size` (H, W)."""
        scaled = deepcopy(coords).astype(float)
        scaled[..., 0] *= self._scale(original_size)[1]
        scaled[..., 1] *= self._scale(original_size)[0]
        return scaled

    def apply_boxes(
        self, boxes: NDArray[np.floating], original_size: tuple[int, int]
    ) -> NDArray[np.floating]:
        """Scale (..., 4) boxes (x0, y0, x1, y1)."""
        return self.apply_coords(boxes.reshape(-1, 2, 2), original_size).reshape(-1, 4)

    def apply_coords_torch(self, coords: Tensor, original_size: tuple[int, int]) -> Tensor:
        """Scale (..., 2) coordinates (x, y) of an image of `original_size` (H, W)."""
        rows, columns = self._scale(original_size)
        scaled = coords.clone().float()
        scaled[..., 0] *= columns
        scaled[..., 1] *= rows
        return scaled

    def apply_boxes_torch(self, boxes: Tensor, original_size: tuple[int, int]) -> Tensor:
        """Scale (..., 4) boxes (x0, y0, x1, y1)."""
        return self.apply_coords_torch(boxes.reshape(-1, 2, 2), original_size).reshape(-1, 4)

    def _scale(self, original_size: tuple[int, int]) -> tuple[float, float]:
        height, width = self.get_preprocess_shape(*original_size, self.target_length)
        return height / original_size[0], width / original_size[1]

    @staticmethod
    def get_preprocess_shape(oldh: int, oldw: int, long_side_length: int) -> tuple[int, int]:
        """Size (H, W) after resizing; halves are rounded up."""
        scale = long_side_length / max(oldh, oldw)
        return int(oldh * scale + 0.5), int(oldw * scale + 0.5)
