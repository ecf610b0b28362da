"""SAM: the encoders and the decoder put together, with its pre- and post-processing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import nn

from napari_sam.sam.resampling import resize_masks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from napari_sam.sam.image_encoder import ImageEncoderViT
    from napari_sam.sam.mask_decoder import MaskDecoder
    from napari_sam.sam.prompt_encoder import PromptEncoder
    from napari_sam.sam.tiny_vit import TinyViT

# Mean and standard deviation of RGB in ImageNet, on the scale 0 ... 255.
PIXEL_MEAN = (123.675, 116.28, 103.53)
PIXEL_STD = (58.395, 57.12, 57.375)


class Sam(nn.Module):
    """Segment Anything (Kirillov et al. 2023, section 3).

    Parameters
    ----------
    image_encoder : ImageEncoderViT or TinyViT
        Image to image embedding.
    prompt_encoder : PromptEncoder
        Prompts to embeddings.
    mask_decoder : MaskDecoder
        Embeddings to masks.
    pixel_mean, pixel_std : sequence of float
        Normalisation of RGB on the scale 0 ... 255.
    """

    mask_threshold: float = 0.0
    image_format: str = "RGB"
    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(
        self,
        image_encoder: ImageEncoderViT | TinyViT,
        prompt_encoder: PromptEncoder,
        mask_decoder: MaskDecoder,
        pixel_mean: Sequence[float] = PIXEL_MEAN,
        pixel_std: Sequence[float] = PIXEL_STD,
    ) -> None:
        super().__init__()
        self.image_encoder = image_encoder
        self.prompt_encoder = prompt_encoder
        self.mask_decoder = mask_decoder
        self.register_buffer("pixel_mean", torch.tensor(pixel_mean).view(-1, 1, 1), False)
        self.register_buffer("pixel_std", torch.tensor(pixel_std).view(-1, 1, 1), False)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.pixel_mean.device

    @torch.no_grad()
    def forward(
        self, batched_input: list[dict[str, Any]], multimask_output: bool
    ) -> list[dict[str, Tensor]]:
        """Segment prompted images from end to end.

        Parameters
        ----------
        batched_input : list of dict
            An image each: ``image`` (3, H, W) in 0 ... 255, resized so that the longer side is the
            encoder's; ``original_size`` (H, W) before that; and, optionally, ``point_coords``
            (B, N, 2) as (x, y) in pixels of the resized image with ``point_labels`` (B, N),
            ``boxes`` (B, 4), ``mask_inputs`` (B, 1, 256, 256).
        multimask_output : bool
            Three masks for an ambiguous prompt, or the single one.

        Returns
        -------
        list of dict
            An image each: ``masks`` (B, C, H, W) bool at the original size, ``iou_predictions``
            (B, C), ``low_res_logits`` (B, C, 256, 256).
        """
        images = torch.stack([self.preprocess(record["image"]) for record in batched_input])
        answers = []
        for record, embedding in zip(batched_input, self.image_encoder(images), strict=True):
            points = None
            if "point_coords" in record:
                points = (record["point_coords"], record["point_labels"])
            sparse, dense = self.prompt_encoder(
                points=points, boxes=record.get("boxes"), masks=record.get("mask_inputs")
            )
            low_res_logits, iou_predictions = self.mask_decoder(
                image_embeddings=embedding[None],
                image_pe=self.prompt_encoder.get_dense_pe(),
                sparse_prompt_embeddings=sparse,
                dense_prompt_embeddings=dense,
                multimask_output=multimask_output,
            )
            height, width = record["image"].shape[-2:]
            logits = self.postprocess_masks(
                low_res_logits, (height, width), record["original_size"]
            )
            answers.append(
                {
                    "masks": logits > self.mask_threshold,
                    "iou_predictions": iou_predictions,
                    "low_res_logits": low_res_logits,
                }
            )
        return answers

    def preprocess(self, x: Tensor) -> Tensor:
        """Normalise (..., 3, H, W) and pad with zeros, right and below, to the encoder's square."""
        x = (x - self.pixel_mean) / self.pixel_std
        side = self.image_encoder.img_size
        return F.pad(x, (0, side - x.shape[-1], 0, side - x.shape[-2]))

    def postprocess_masks(
        self, masks: Tensor, input_size: tuple[int, int], original_size: tuple[int, int]
    ) -> Tensor:
        """Bring low-resolution logits to the original image.

        Parameters
        ----------
        masks : Tensor
            (B, C, h, w) logits over the encoder's padded square.
        input_size : (int, int)
            (H, W) of the resized image, without padding.
        original_size : (int, int)
            (H, W) of the original image.

        Returns
        -------
        Tensor
            (B, C, H, W) logits at the original size.
        """
        return resize_masks(masks, self.image_encoder.img_size, input_size, original_size)
