"""The simulated user and the 11 steps (Kirillov et al. 2023, appendix A, "interactive training").

First a point drawn from the mask or a noisy box, with equal chance; then 8 points, each drawn from
the error of the last prediction; and 2 steps without a new point, one at a random place among the
8 and one at the end. Every step but the first gets the last logits back as a mask prompt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch

from napari_sam.sam.prompt_encoder import BOTTOM_RIGHT, FOREGROUND, PADDING, TOP_LEFT
from sam_medical.finetune.losses import LossTerms, mask_iou
from sam_medical.finetune.prompt_sampling import (
    BOX_NOISE,
    cells_to_pixels,
    mask_boxes,
    noisy_boxes,
    resized_masks,
    sample_corrections,
    sample_points,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from napari_sam.sam.model import Sam
    from sam_medical.finetune.losses import SamLoss

N_CORRECTIONS = 8
_LOGIT_STRIDE = 4  # pixels of the encoder's input a cell of the low-resolution logits


def schedule(n_corrections: int, generator: torch.Generator) -> list[bool]:
    """Which steps after the first bring a new point.

    With 8 corrections: 10 steps, of which one before a random correction and the last bring none.
    """
    place = int(torch.randint(n_corrections, (), generator=generator))
    steps = [True] * n_corrections
    steps.insert(place, False)
    return [*steps, False]


class Step(NamedTuple):
    """Loss of one step and how good its masks are."""

    loss: LossTerms
    iou: Tensor


@dataclass
class SamInteraction:
    """Play the simulated user on a batch of objects.

    Attributes
    ----------
    sam : Sam
        The model; its prompt encoder and mask decoder are used.
    loss : SamLoss
        Compares each step with the targets.
    n_steps : int
        Steps to play; the paper's 11, or fewer, in a curriculum.
    single_mask_first : bool
        Whether the single-mask token is trained on the first prompt too, beside the three. Not in
        the paper; it makes the single mask of a lone box or point dependable.
    box_chance : float
        Of the first prompt to be a box; the paper's 0.5.
    box_noise : float
        Standard deviation of a box's noise in shares of its side; the paper's 0.1.
    resize_chance : float
        Of an object that is prompted by a box to be grown or shrunk first. Not in the paper; a
        model that has to fill the box learns what an annotator who draws wide or tight means.
    """

    sam: Sam
    loss: SamLoss
    n_steps: int = N_CORRECTIONS + 3
    single_mask_first: bool = False
    box_chance: float = 0.5
    box_noise: float = BOX_NOISE
    resize_chance: float = 0.0

    def __call__(
        self,
        image_embedding: Tensor,
        image_pe: Tensor,
        origin: Tensor,
        target: Tensor,
        generator: torch.Generator,
        boxes: Tensor | None = None,
    ) -> Iterator[Step]:
        """Yield the steps; a caller may run each step's backward pass before asking for the next.

        Parameters
        ----------
        image_embedding : Tensor
            (I, C, H, W).
        image_pe : Tensor
            (I, C, H, W), positions of the embeddings' cells in the encoder's frame.
        origin : Tensor
            (I, 2), the frame's pixel (x, y) at each embedding's corner.
        target : Tensor
            (I, N, 4 H, 4 W), N objects an image: bool, or in 0 ... 1 the share of each cell that
            the object covers. Half or more is object; each has such a cell.
        generator : torch.Generator
            Source of randomness, on the CPU.
        boxes : Tensor, optional
            (I, N, 4) as (x0, y0, x1, y1), inclusive, in pixels from the embedding's corner; without
            them the boxes are those of the targets' cells.
        """
        shift = origin.repeat_interleave(target.shape[1], dim=0)[:, None].float()
        cover = target.flatten(0, 1).float()
        is_box = self._draw(len(cover), self.box_chance, generator).to(cover.device)
        resized = is_box & self._draw(len(cover), self.resize_chance, generator).to(cover.device)
        tight = None if boxes is None else boxes.flatten(0, 1)
        if resized.any():
            cover, tight = _resized(cover, tight, resized, generator)
        target = cover >= 0.5
        coords, labels = first_prompt(target, generator, is_box, self.box_noise, tight)
        logits, step = self._predict(
            image_embedding, image_pe, coords + shift, labels, None, cover, multimask_output=True
        )
        yield step
        for new_point in schedule(N_CORRECTIONS, generator)[: self.n_steps - 1]:
            if new_point:
                cells, label = sample_corrections(target, logits[:, 0] > 0, generator)
                point = cells_to_pixels(cells, _LOGIT_STRIDE, generator)
                coords = torch.cat([coords, point[:, None]], dim=1)
                labels = torch.cat([labels, label[:, None]], dim=1)
            logits, step = self._predict(
                image_embedding,
                image_pe,
                coords + shift,
                labels,
                logits,
                cover,
                multimask_output=False,
            )
            yield step

    @staticmethod
    def _draw(count: int, chance: float, generator: torch.Generator) -> Tensor:
        return torch.rand(count, generator=generator) < chance

    def _predict(
        self,
        image_embedding: Tensor,
        image_pe: Tensor,
        coords: Tensor,
        labels: Tensor,
        mask_input: Tensor | None,
        target: Tensor,
        *,
        multimask_output: bool,
    ) -> tuple[Tensor, Step]:
        prompts, decoder = self.sam.prompt_encoder, self.sam.mask_decoder
        if mask_input is None:
            dense = prompts.no_mask_embed.weight.view(1, -1, 1, 1)
        else:
            dense = prompts.mask_downscaling(mask_input)
        n_objects = len(target) // len(image_embedding)
        context = decoder.prepare(
            image_embedding.repeat_interleave(n_objects, dim=0),
            image_pe.repeat_interleave(n_objects, dim=0),
            dense,
            often=False,
        )
        with_single = multimask_output and self.single_mask_first
        first = 0 if with_single or not multimask_output else 1
        logits, iou_predictions = decoder.predict(
            context,
            prompts.embed_points(coords, labels),
            (image_embedding.shape[2], image_embedding.shape[3]),
            slice(first, None if multimask_output else 1),
        )
        total: LossTerms | None = None
        if with_single:
            total = self.loss(logits[:, :1], iou_predictions[:, :1], target)
            logits, iou_predictions = logits[:, 1:], iou_predictions[:, 1:]
        terms = self.loss(logits, iou_predictions, target)
        if total is not None:
            terms = LossTerms(*(a + b for a, b in zip(terms, total, strict=True)))
        best = iou_predictions.detach().argmax(1)
        chosen = logits.detach()[torch.arange(len(best)), best]
        return chosen[:, None], Step(terms, mask_iou(chosen > 0, target >= 0.5))


def _resized(
    cover: Tensor, boxes: Tensor | None, chosen: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Grow or shrink the chosen objects, and give them the boxes that they have then."""
    target = resized_masks(cover >= 0.5, chosen, generator)
    from_cells = mask_boxes(target, _LOGIT_STRIDE)
    cover = torch.where(chosen[:, None, None], target.float(), cover)
    return cover, from_cells if boxes is None else torch.where(chosen[:, None], from_cells, boxes)


def first_prompt(
    target: Tensor,
    generator: torch.Generator,
    is_box: Tensor,
    box_noise: float = BOX_NOISE,
    boxes: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Draw a point from each mask or make its box noisy.

    Parameters
    ----------
    target : Tensor
        (B, h, w) bool.
    generator : torch.Generator
        Source of randomness.
    is_box : Tensor
        (B,) bool, which masks get a box.
    box_noise : float
        As in `SamInteraction`.
    boxes : Tensor, optional
        (B, 4), the true boxes; those of the masks' cells otherwise.

    Returns
    -------
    coords : Tensor
        (B, 2, 2) as (x, y): the point and padding, or the box's corners.
    labels : Tensor
        (B, 2), labels of `PromptEncoder.embed_points`.
    """
    point = cells_to_pixels(sample_points(target, generator), _LOGIT_STRIDE, generator)
    point_coords = torch.stack([point, torch.zeros_like(point)], dim=1)
    true_boxes = mask_boxes(target, _LOGIT_STRIDE) if boxes is None else boxes
    box_coords = noisy_boxes(true_boxes, generator, box_noise).view(-1, 2, 2)
    point_labels = torch.tensor([FOREGROUND, PADDING], device=target.device)
    box_labels = torch.tensor([TOP_LEFT, BOTTOM_RIGHT], device=target.device)
    coords = torch.where(is_box[:, None, None], box_coords, point_coords)
    return coords, torch.where(is_box[:, None], box_labels, point_labels)
