"""One image, many prompts: the public `SamPredictor`, with what an image needs computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_sam.inference.precision import computing_in, in_precision, resolve_precision
from napari_sam.inference.preprocessing import to_rgb_uint8
from napari_sam.inference.prompt_checks import validate_prompts
from napari_sam.inference.transforms import ResizeLongestSide
from napari_sam.sam.resampling import resize_above

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray
    from torch import Tensor

    from napari_sam.inference.precision import Precision
    from napari_sam.sam.mask_decoder import ImageContext, MaskDecoder
    from napari_sam.sam.model import Sam


class SamPredictor:
    """Embed an image once, then predict masks for prompts.

    Names, signatures and results are those of the public package (Kirillov et al. 2023, Segment
    Anything, and its code release).

    Parameters
    ----------
    sam_model : Sam
        The model, in evaluation mode.
    precision : {"auto", "float32", "bfloat16"}
        Numbers to compute in; "auto" is bf16 where the processor has it.

    Attributes
    ----------
    features : Tensor or None
        Image embedding (1, 256, 64, 64), float32.
    original_size, input_size : (int, int)
        (H, W) of the image, and of the encoder's input without its padding.
    is_image_set : bool
        Whether there is an image to predict on.
    """

    def __init__(self, sam_model: Sam, precision: Precision = "auto") -> None:
        self.model = sam_model
        self.transform = ResizeLongestSide(sam_model.image_encoder.img_size)
        self.dtype = resolve_precision(precision, sam_model.device)
        self.reset_image()

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.model.device

    def reset_image(self) -> None:
        """Forget the image."""
        self.is_image_set = False
        self.features: Tensor | None = None
        self.original_size: tuple[int, int] = (0, 0)
        self.input_size: tuple[int, int] = (0, 0)
        self._context: ImageContext | None = None
        self._decoder = self.model.mask_decoder

    def set_image(
        self,
        image: ArrayLike,
        image_format: str = "RGB",
        *,
        channel_axis: int | None = None,
        between_blocks: Callable[[int, int], None] | None = None,
    ) -> None:
        """Embed an image.

        Parameters
        ----------
        image : array_like
            (H, W), (H, W, C) or (C, H, W) of any numbers; uint8 is taken as it is, everything else
            as `preprocessing` says.
        image_format : {"RGB", "BGR"}
            Order of the channels.
        channel_axis : int, optional
            Which axis is the channels, where it is not plain.
        between_blocks : callable, optional
            Called with (blocks done, blocks) as the encoder goes on; may raise to cancel, which
            leaves the predictor as it was.

        Raises
        ------
        ValueError, TypeError
            If the image cannot be used; the message says what was expected.
        """
        if image_format not in {"RGB", "BGR"}:
            raise ValueError(f"expected image_format 'RGB' or 'BGR', got {image_format!r}")
        picture = to_rgb_uint8(image, channel_axis)
        if image_format != self.model.image_format:
            picture = picture[..., ::-1]
        resized = self.transform.apply_image(np.ascontiguousarray(picture))
        pixels = torch.as_tensor(resized.copy(), device=self.device).permute(2, 0, 1)[None]
        self.set_torch_image(pixels, picture.shape[:2], between_blocks=between_blocks)

    def set_torch_image(
        self,
        transformed_image: Tensor,
        original_image_size: tuple[int, int],
        *,
        between_blocks: Callable[[int, int], None] | None = None,
    ) -> None:
        """Embed an image that is resized already.

        Parameters
        ----------
        transformed_image : Tensor
            (1, 3, H, W) in 0 ... 255, its longer side that of the encoder's input.
        original_image_size : (int, int)
            (H, W) before resizing.
        between_blocks : callable, optional
            As in `set_image`.

        Raises
        ------
        ValueError
            If the shape is another.
        """
        side = self.model.image_encoder.img_size
        shape = tuple(transformed_image.shape)
        if len(shape) != 4 or shape[:2] != (1, 3) or max(shape[2:]) != side:
            raise ValueError(
                f"expected an image of shape (1, 3, H, W) with a longer side of {side}, got "
                f"{shape}; resize it with predictor.transform"
            )
        with torch.inference_mode(), computing_in(self.dtype, self.device):
            pixels = self.model.preprocess(transformed_image)
            features = self.model.image_encoder(pixels, between_blocks=between_blocks).float()
        # A copy for each image, so that it is never older than the model's weights.
        self._decoder = in_precision(self.model.mask_decoder, self.dtype)
        no_mask = self.model.prompt_encoder.no_mask_embed.weight.view(1, -1, 1, 1)
        self.features, self._context = features, self._prepare(features, no_mask, often=True)
        self.original_size = (int(original_image_size[0]), int(original_image_size[1]))
        self.input_size = (shape[2], shape[3])
        self.is_image_set = True

    def predict(
        self,
        point_coords: ArrayLike | None = None,
        point_labels: ArrayLike | None = None,
        box: ArrayLike | None = None,
        mask_input: ArrayLike | None = None,
        multimask_output: bool = True,
        return_logits: bool = False,
    ) -> tuple[NDArray[Any], NDArray[np.float32], NDArray[np.float32]]:
        """Predict masks for the prompts of one object.

        Parameters
        ----------
        point_coords : array_like, optional
            (N, 2) as (x, y) in pixels of the image.
        point_labels : array_like, optional
            (N,), 1 foreground and 0 background.
        box : array_like, optional
            (4,) as (x0, y0, x1, y1) in pixels of the image.
        mask_input : array_like, optional
            (1, 256, 256) logits of an earlier prediction.
        multimask_output : bool
            Three masks for an ambiguous prompt, or the single one.
        return_logits : bool
            Logits instead of masks.

        Returns
        -------
        masks : ndarray
            (C, H, W) bool, or float32 logits.
        iou_predictions : ndarray
            (C,) predicted quality.
        low_res_logits : ndarray
            (C, 256, 256), to be fed back as `mask_input`.

        Raises
        ------
        RuntimeError
            If no image is set.
        ValueError
            If a prompt is not what it must be.
        """
        self._require_image()
        prompts = validate_prompts(
            point_coords,
            point_labels,
            box,
            mask_input,
            image_size=self.original_size,
            mask_size=self.model.prompt_encoder.mask_input_size,
        )
        coords = labels = boxes = masks = None
        if prompts.point_coords is not None:
            scaled = self.transform.apply_coords(prompts.point_coords, self.original_size)
            coords = torch.as_tensor(scaled, dtype=torch.float, device=self.device)[None]
            labels = torch.as_tensor(prompts.point_labels, dtype=torch.int, device=self.device)[
                None
            ]
        if prompts.box is not None:
            scaled = self.transform.apply_boxes(prompts.box, self.original_size)
            boxes = torch.as_tensor(scaled, dtype=torch.float, device=self.device)
        if prompts.mask_input is not None:
            masks = torch.as_tensor(prompts.mask_input, dtype=torch.float, device=self.device)[None]
        answer = self.predict_torch(coords, labels, boxes, masks, multimask_output, return_logits)
        full, iou_predictions, low_res_logits = (x[0].cpu().numpy() for x in answer)
        return full, iou_predictions, low_res_logits

    @torch.inference_mode()
    def predict_torch(
        self,
        point_coords: Tensor | None,
        point_labels: Tensor | None,
        boxes: Tensor | None = None,
        mask_input: Tensor | None = None,
        multimask_output: bool = True,
        return_logits: bool = False,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Predict masks for a batch of objects; coordinates are in the encoder's frame.

        Parameters
        ----------
        point_coords, point_labels : Tensor, optional
            (B, N, 2) as (x, y) and (B, N), after `transform`.
        boxes : Tensor, optional
            (B, 4), after `transform`.
        mask_input : Tensor, optional
            (B, 1, 256, 256) logits.
        multimask_output, return_logits : bool
            As in `predict`.

        Returns
        -------
        masks, iou_predictions, low_res_logits : Tensor
            (B, C, H, W), (B, C) and (B, C, 256, 256).

        Raises
        ------
        RuntimeError
            If no image is set.
        """
        low_res_logits, iou_predictions = self.decode(
            point_coords, point_labels, boxes, mask_input, multimask_output
        )
        sizes = self.input_size, self.original_size
        if return_logits:
            masks = self.model.postprocess_masks(low_res_logits, *sizes)
        else:
            masks = resize_above(
                low_res_logits,
                self.model.mask_threshold,
                self.model.image_encoder.img_size,
                *sizes,
            )
        return masks, iou_predictions, low_res_logits

    @torch.inference_mode()
    def decode(
        self,
        point_coords: Tensor | None,
        point_labels: Tensor | None,
        boxes: Tensor | None,
        mask_input: Tensor | None,
        multimask_output: bool,
    ) -> tuple[Tensor, Tensor]:
        """As `predict_torch`, but only ``low_res_logits`` and ``iou_predictions``, float32."""
        features, decoder, context = self._require_image()
        points = None
        if point_coords is not None and point_labels is not None:
            points = (point_coords, point_labels)
        sparse, dense = self.model.prompt_encoder(points=points, boxes=boxes, masks=mask_input)
        if mask_input is not None:
            context = self._prepare(features, dense, often=False)
        size = (features.shape[2], features.shape[3])
        wanted = slice(1, None) if multimask_output else slice(0, 1)
        low_res_logits, iou_predictions = decoder.predict(context, sparse, size, wanted)
        return low_res_logits.float(), iou_predictions.float()

    def get_image_embedding(self) -> Tensor:
        """Return the image embedding, (1, 256, 64, 64).

        Raises
        ------
        RuntimeError
            If no image is set.
        """
        return self._require_image()[0]

    @torch.inference_mode()
    def _prepare(self, features: Tensor, dense: Tensor, *, often: bool) -> ImageContext:
        positions = self.model.prompt_encoder.get_dense_pe()
        parts = (x.to(self.dtype) for x in (features, positions, dense))
        return self._decoder.prepare(*parts, often=often)

    def _require_image(self) -> tuple[Tensor, MaskDecoder, ImageContext]:
        if self.features is None or self._context is None:
            raise RuntimeError("expected an image, got none; call set_image before predicting")
        return self.features, self._decoder, self._context
