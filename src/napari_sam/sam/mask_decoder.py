"""The mask decoder (Kirillov et al. 2023, Segment Anything, section 3 and appendix A).

Output tokens join the prompt tokens in a two-way transformer; the image embedding is upscaled four
times; each mask token becomes, through its own perceptron (a hypernetwork), the weights of a
linear classifier at every position: the dynamic mask head. One more token predicts the IoUs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import torch
from torch import nn

from napari_sam.sam.layers import MLP, LayerNorm2d

if TYPE_CHECKING:
    from torch import Tensor

    from napari_sam.sam.two_way_transformer import (
        ImageProjections,
        TwoWayAttentionBlock,
        TwoWayTransformer,
    )


class ImageContext(NamedTuple):
    """What the decoder needs of an image and can compute before any prompt.

    `embedding` and `position` are (B, N, C), `projected` is for the first block.
    """

    embedding: Tensor
    position: Tensor
    projected: ImageProjections | None


class MaskDecoder(nn.Module):
    """Predict masks and their quality from an image embedding and prompt embeddings.

    Parameters
    ----------
    transformer_dim : int
        Channels of the embeddings.
    transformer : TwoWayTransformer
        Lets tokens and image read each other.
    num_multimask_outputs : int
        Masks for an ambiguous prompt, beside the single one.
    iou_head_depth, iou_head_hidden_dim : int
        Shape of the IoU head.
    """

    def __init__(
        self,
        transformer_dim: int,
        transformer: TwoWayTransformer,
        num_multimask_outputs: int = 3,
        iou_head_depth: int = 3,
        iou_head_hidden_dim: int = 256,
    ) -> None:
        super().__init__()
        self.transformer_dim = transformer_dim
        self.transformer = transformer
        self.num_multimask_outputs = num_multimask_outputs
        self.num_mask_tokens = num_multimask_outputs + 1
        self.iou_token = nn.Embedding(1, transformer_dim)
        self.mask_tokens = nn.Embedding(self.num_mask_tokens, transformer_dim)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(transformer_dim, transformer_dim // 4, kernel_size=2, stride=2),
            LayerNorm2d(transformer_dim // 4),
            nn.GELU(),
            nn.ConvTranspose2d(transformer_dim // 4, transformer_dim // 8, kernel_size=2, stride=2),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(
            MLP(transformer_dim, transformer_dim, transformer_dim // 8, 3)
            for _ in range(self.num_mask_tokens)
        )
        self.iou_prediction_head = MLP(
            transformer_dim, iou_head_hidden_dim, self.num_mask_tokens, iou_head_depth
        )

    def prepare(
        self,
        image_embeddings: Tensor,
        image_pe: Tensor,
        dense_prompt_embeddings: Tensor,
        *,
        often: bool = True,
    ) -> ImageContext:
        """Compute what depends on the image (and a dense prompt) alone.

        Parameters
        ----------
        image_embeddings, image_pe, dense_prompt_embeddings : Tensor
            (B, C, H, W) each; a batch of 1 is shared.
        often : bool
            Whether many prompts will be answered from it, which then are the cheaper.
        """
        embedding = (image_embeddings + dense_prompt_embeddings).flatten(2).transpose(1, 2)
        position = image_pe.flatten(2).transpose(1, 2)
        first_block = cast("TwoWayAttentionBlock", self.transformer.layers[0])
        projected = first_block.project_image(embedding, position) if often else None
        return ImageContext(embedding, position, projected)

    def forward(
        self,
        image_embeddings: Tensor,
        image_pe: Tensor,
        sparse_prompt_embeddings: Tensor,
        dense_prompt_embeddings: Tensor,
        multimask_output: bool,
    ) -> tuple[Tensor, Tensor]:
        """Predict masks.

        Parameters
        ----------
        image_embeddings : Tensor
            (I, C, H, W); the prompts of each image follow each other in the batch.
        image_pe : Tensor
            (1 or I, C, H, W).
        sparse_prompt_embeddings : Tensor
            (B, tokens, C), B a multiple of I.
        dense_prompt_embeddings : Tensor
            (B, C, H, W), or (1, C, H, W) where all are the same.
        multimask_output : bool
            Three masks for an ambiguous prompt, or the single one.

        Returns
        -------
        low_res_logits : Tensor
            (B, 3 or 1, 4 H, 4 W).
        iou_predictions : Tensor
            (B, 3 or 1).
        """
        per_image = len(sparse_prompt_embeddings) // len(image_embeddings)
        if len(image_embeddings) > 1:
            image_embeddings = image_embeddings.repeat_interleave(per_image, dim=0)
            if len(image_pe) > 1:
                image_pe = image_pe.repeat_interleave(per_image, dim=0)
        if dense_prompt_embeddings.stride(0) == 0:
            dense_prompt_embeddings = dense_prompt_embeddings[:1]  # expanded, not computed
        context = self.prepare(image_embeddings, image_pe, dense_prompt_embeddings, often=False)
        size = (image_embeddings.shape[2], image_embeddings.shape[3])
        wanted = slice(1, None) if multimask_output else slice(0, 1)
        return self.predict(context, sparse_prompt_embeddings, size, wanted)

    def predict(
        self,
        context: ImageContext,
        sparse_prompt_embeddings: Tensor,
        size: tuple[int, int],
        wanted: slice,
    ) -> tuple[Tensor, Tensor]:
        """Predict masks from a prepared image.

        Parameters
        ----------
        context : ImageContext
            From `prepare`.
        sparse_prompt_embeddings : Tensor
            (B, tokens, C).
        size : (int, int)
            (H, W) of the image embedding.
        wanted : slice
            Which of the masks: 0 is the single one, the others are those of an ambiguous prompt.

        Returns
        -------
        low_res_logits, iou_predictions : Tensor
            As `forward`.
        """
        batch = len(sparse_prompt_embeddings)
        output_tokens = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat(
            [output_tokens.expand(batch, -1, -1), sparse_prompt_embeddings], dim=1
        ).to(context.embedding.dtype)
        tokens, image = self.transformer(
            context.embedding, context.position, tokens, context.projected
        )
        mask_tokens = tokens[:, 1 : 1 + self.num_mask_tokens][:, wanted].unbind(1)
        heads = list(self.output_hypernetworks_mlps)[wanted]
        classifiers = torch.stack(
            [head(token) for head, token in zip(heads, mask_tokens, strict=True)], dim=1
        )
        iou_predictions = self.iou_prediction_head(tokens[:, 0])[:, wanted]
        return self._classify(image, classifiers, size), iou_predictions

    def _classify(self, image: Tensor, classifiers: Tensor, size: tuple[int, int]) -> Tensor:
        """Upscale (B, N, C) and apply (B, M, C / 8) linear classifiers: (B, M, 4 H, 4 W).

        A transposed convolution of stride and size 2 is a linear map from a position to its four
        children. Children are kept behind their parent, channels last, and only the logits are
        put in image order at the end.
        """
        first, norm, gelu, second = cast(
            "tuple[nn.ConvTranspose2d, LayerNorm2d, nn.GELU, nn.ConvTranspose2d]",
            tuple(self.output_upscaling)[:4],
        )
        height, width = size
        x = gelu(norm_last(norm, to_children(first, image)))  # (B, N * 4, C / 4)
        x = gelu(to_children(second, x))  # (B, N * 4 * 4, C / 8)
        logits = torch.bmm(x, classifiers.transpose(1, 2))  # (B, N * 4 * 4, M)
        logits = logits.unflatten(1, (height, width, 2, 2, 2, 2))
        logits = logits.permute(0, 7, 1, 3, 5, 2, 4, 6)  # (B, M, H, 2, 2, W, 2, 2)
        return logits.reshape(*logits.shape[:2], 4 * height, 4 * width)


def to_children(layer: nn.ConvTranspose2d, x: Tensor) -> Tensor:
    """Apply a 2 x 2 transposed convolution of stride 2 to (B, N, C_in), giving (B, 4 N, C_out)."""
    weight = layer.weight.permute(2, 3, 1, 0).flatten(0, 2)  # (2 * 2 * C_out, C_in)
    bias = None if layer.bias is None else layer.bias.repeat(4)
    out = nn.functional.linear(x, weight, bias)
    return out.view(len(x), -1, layer.out_channels)


def norm_last(norm: LayerNorm2d, x: Tensor) -> Tensor:
    """Apply `LayerNorm2d` to channels that are last already."""
    return nn.functional.layer_norm(x, norm.weight.shape, norm.weight, norm.bias, norm.eps)
