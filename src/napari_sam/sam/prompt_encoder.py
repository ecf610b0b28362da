"""The prompt encoder (Kirillov et al. 2023, Segment Anything, section 3 and appendix A).

Points, boxes and text become sparse embeddings (one token each, two for a box), masks a dense one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from napari_sam.sam.layers import LayerNorm2d

if TYPE_CHECKING:
    from torch import Tensor

# Labels of points: rows of `point_embeddings`, in the order of the public checkpoints, and padding.
BACKGROUND, FOREGROUND, TOP_LEFT, BOTTOM_RIGHT = range(4)
PADDING = -1


class PositionEmbeddingRandom(nn.Module):
    """Random Fourier features of a position (Tancik et al. 2020, section 4).

    Parameters
    ----------
    num_pos_feats : int
        Number of frequencies; an embedding has twice as many channels.
    """

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self, num_pos_feats: int = 128) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, num_pos_feats))

    def encode(self, coords: Tensor) -> Tensor:
        """Embed (..., 2) positions (x, y), each in 0 ... 1, as (..., 2 * num_pos_feats)."""
        matrix = self.positional_encoding_gaussian_matrix
        x, y = (2 * coords.to(matrix.dtype) - 1).unsqueeze(-2).unbind(-1)
        # Not a matrix product: autocast would do that in bf16, which moves a point by pixels.
        phase = 2 * math.pi * (x * matrix[0] + y * matrix[1])
        return torch.cat([phase.sin(), phase.cos()], dim=-1)

    def forward(self, size: tuple[int, int]) -> Tensor:
        """Embed the centres of an H x W grid as (2 * num_pos_feats, H, W)."""
        height, width = size
        device = self.positional_encoding_gaussian_matrix.device
        y = (torch.arange(height, device=device) + 0.5) / height
        x = (torch.arange(width, device=device) + 0.5) / width
        grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)  # (H, W, 2) as (x, y)
        return self.encode(grid).permute(2, 0, 1)


class PromptEncoder(nn.Module):
    """Encode points, boxes and masks for the mask decoder.

    Parameters
    ----------
    embed_dim : int
        Channels of an embedding.
    image_embedding_size : (int, int)
        (H, W) of the image embedding.
    input_image_size : (int, int)
        (H, W) of the encoder's input, in pixels: the frame of the coordinates.
    mask_in_chans : int
        Channels inside the mask branch.
    """

    def __init__(
        self,
        embed_dim: int,
        image_embedding_size: tuple[int, int],
        input_image_size: tuple[int, int],
        mask_in_chans: int,
    ) -> None:
        super().__init__()
        self.embed_dim = embed_dim
        self.image_embedding_size = image_embedding_size
        self.input_image_size = input_image_size
        self.mask_input_size = (4 * image_embedding_size[0], 4 * image_embedding_size[1])
        self.pe_layer = PositionEmbeddingRandom(embed_dim // 2)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, embed_dim) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, embed_dim)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, mask_in_chans // 4, kernel_size=2, stride=2),
            LayerNorm2d(mask_in_chans // 4),
            nn.GELU(),
            nn.Conv2d(mask_in_chans // 4, mask_in_chans, kernel_size=2, stride=2),
            LayerNorm2d(mask_in_chans),
            nn.GELU(),
            nn.Conv2d(mask_in_chans, embed_dim, kernel_size=1),
        )
        self.no_mask_embed = nn.Embedding(1, embed_dim)

    def get_dense_pe(self) -> Tensor:
        """Positions of the image embedding's grid, (1, embed_dim, H, W)."""
        grid: Tensor = self.pe_layer(self.image_embedding_size)
        return grid[None]

    def forward(
        self,
        points: tuple[Tensor, Tensor] | None,
        boxes: Tensor | None,
        masks: Tensor | None,
        text: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Embed prompts.

        Parameters
        ----------
        points : (Tensor, Tensor), optional
            Coordinates (B, N, 2) as (x, y) in pixels of the encoder's input, and labels (B, N):
            1 foreground, 0 background, -1 padding.
        boxes : Tensor, optional
            (B, 4) as (x0, y0, x1, y1), same pixels.
        masks : Tensor, optional
            (B, 1, 4 H, 4 W) logits, with (H, W) the image embedding's size.
        text : Tensor, optional
            (B, T, embed_dim) prompt embeddings of text, taken as they are.

        Returns
        -------
        sparse_prompt_embeddings : Tensor
            (B, tokens, embed_dim); no tokens where there is neither point, box nor text.
        dense_prompt_embeddings : Tensor
            (B, embed_dim, H, W).
        """
        batch = self._batch_size(points, boxes, masks, text)
        device = self.no_mask_embed.weight.device
        sparse = torch.empty((batch, 0, self.embed_dim), device=device)
        if points is not None:
            coords, labels = points
            if boxes is None:  # padded, so that it has as many tokens as with a box
                coords = torch.cat([coords, coords.new_zeros(batch, 1, 2)], dim=1)
                labels = torch.cat([labels, labels.new_full((batch, 1), PADDING)], dim=1)
            sparse = torch.cat([sparse, self.embed_points(coords, labels)], dim=1)
        if boxes is not None:
            sparse = torch.cat([sparse, self._embed_boxes(boxes)], dim=1)
        if text is not None:
            sparse = torch.cat([sparse, text], dim=1)
        if masks is not None:
            dense = self.mask_downscaling(masks)
        else:
            dense = self.no_mask_embed.weight.view(1, -1, 1, 1).expand(
                batch, -1, *self.image_embedding_size
            )
        return sparse, dense

    def embed_points(self, coords: Tensor, labels: Tensor) -> Tensor:
        """Embed points of any kind, box corners and padding among them.

        Parameters
        ----------
        coords : Tensor
            (B, N, 2) as (x, y) in pixels of the encoder's input.
        labels : Tensor
            (B, N): `BACKGROUND`, `FOREGROUND`, `TOP_LEFT`, `BOTTOM_RIGHT` or `PADDING`.

        Returns
        -------
        Tensor
            (B, N, embed_dim).
        """
        height, width = self.input_image_size
        size = torch.tensor([width, height], device=coords.device)
        coords = (coords.float() + 0.5) / size  # pixel centres
        kind = labels[..., None]
        position = self.pe_layer.encode(coords)
        position = torch.where(kind == PADDING, torch.zeros_like(position), position)
        embeddings = [self.not_a_point_embed, *self.point_embeddings]
        for label, embedding in zip((PADDING, *range(4)), embeddings, strict=True):
            position = position + (kind == label) * cast("nn.Embedding", embedding).weight
        return position

    def _embed_boxes(self, boxes: Tensor) -> Tensor:
        corners = boxes.reshape(-1, 2, 2)
        labels = torch.tensor([TOP_LEFT, BOTTOM_RIGHT], device=boxes.device)
        return self.embed_points(corners, labels.expand(len(corners), 2))

    @staticmethod
    def _batch_size(
        points: tuple[Tensor, Tensor] | None,
        boxes: Tensor | None,
        masks: Tensor | None,
        text: Tensor | None,
    ) -> int:
        first = points[0] if points is not None else None
        given = next((x for x in (first, boxes, masks, text) if x is not None), None)
        return 1 if given is None else len(given)
