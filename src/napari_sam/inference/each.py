"""Many objects of one image, each with prompts of its own, in few decoder calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from napari_sam.inference.predictor import SamPredictor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from napari_sam.inference.prompts import Prompts

AT_ONCE: Final = 16
"""Objects whose masks are held in the image's size as floats at a time."""


class EachPredictor(SamPredictor):
    """A `SamPredictor` that also answers for many objects together."""

    @torch.inference_mode()
    def predict_each(
        self, prompts: Sequence[Prompts]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Predict one mask for each object.

        All objects with a box go through the decoder together, and so do all without: the
        model marks the end of points in another way where there is no box. Of the three
        masks of an ambiguous click the one with the highest predicted IoU is taken.

        Parameters
        ----------
        prompts : sequence of Prompts
            One an object, each with the same number of points as the others of its kind.

        Returns
        -------
        masks : ndarray of bool
            (B, H, W), in the order of the prompts.
        iou_predictions : ndarray
            (B,) predicted quality.

        Raises
        ------
        RuntimeError
            If no image is set.
        """
        masks = np.zeros((len(prompts), *self.original_size), dtype=bool)
        iou_predictions = np.zeros(len(prompts), np.float32)
        for group in _alike(prompts):
            for start in range(0, len(group), AT_ONCE):
                part = group[start : start + AT_ONCE]
                low_res_logits, quality = self._decode_part([prompts[i] for i in part])
                full = self.model.postprocess_masks(
                    low_res_logits[:, None], self.input_size, self.original_size
                )
                masks[part] = (full[:, 0] > self.model.mask_threshold).cpu().numpy()
                iou_predictions[part] = quality.cpu().numpy()
        return masks, iou_predictions

    def _decode_part(self, prompts: Sequence[Prompts]) -> tuple[Tensor, Tensor]:
        """Return the best low_res_logits, (B, 256, 256), and their quality, (B,)."""
        coords = labels = boxes = None
        if prompts[0].points:
            positions = np.array([[point[:2] for point in each.points] for each in prompts])
            scaled = self.transform.apply_coords(positions, self.original_size)
            coords = torch.as_tensor(scaled, dtype=torch.float, device=self.device)
            kinds = np.array([[point[2] for point in each.points] for each in prompts])
            labels = torch.as_tensor(kinds, dtype=torch.int, device=self.device)
        if prompts[0].box is not None:
            corners = np.array([each.box for each in prompts], dtype=float)
            scaled = self.transform.apply_boxes(corners, self.original_size)
            boxes = torch.as_tensor(scaled, dtype=torch.float, device=self.device)
        low_res_logits, quality = self.decode(
            coords, labels, boxes, None, multimask_output=prompts[0].is_ambiguous
        )
        best = quality.argmax(dim=1)
        every = torch.arange(len(prompts), device=self.device)
        return low_res_logits[every, best], quality[every, best]


def _alike(prompts: Sequence[Prompts]) -> list[list[int]]:
    """Group the prompts that the decoder takes together."""
    groups: dict[tuple[bool, int], list[int]] = {}
    for index, each in enumerate(prompts):
        groups.setdefault((each.box is not None, len(each.points)), []).append(index)
    return list(groups.values())
