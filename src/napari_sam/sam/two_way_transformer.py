"""The two-way transformer (Kirillov et al. 2023, Segment Anything, appendix A, "mask decoder").

Tokens (outputs and prompts) attend to each other, then to the image, and the image attends to the
tokens; twice. Every attention adds the positions to its queries and keys again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from torch import nn

from napari_sam.sam.layers import MLPBlock
from napari_sam.sam.token_attention import Attention, columns

if TYPE_CHECKING:
    from torch import Tensor


class ImageProjections(NamedTuple):
    """What the first block computes from the image alone, each (1 or B, inner width, N)."""

    token_keys: Tensor
    token_values: Tensor
    image_queries: Tensor


class TwoWayAttentionBlock(nn.Module):
    """Self-attention of tokens, tokens to image, perceptron, image to tokens.

    Parameters
    ----------
    embedding_dim, num_heads, mlp_dim : int
        Width, heads, width inside the perceptron.
    attention_downsample_rate : int
        Outer over inner width of the two cross-attentions.
    skip_first_layer_pe : bool
        Whether the self-attention leaves out the positions (and its residual): the first block,
        where tokens and their positions are the same.
    """

    def __init__(
        self,
        embedding_dim: int,
        num_heads: int,
        mlp_dim: int,
        attention_downsample_rate: int = 2,
        *,
        skip_first_layer_pe: bool = False,
    ) -> None:
        super().__init__()
        self.self_attn = Attention(embedding_dim, num_heads)
        self.norm1 = nn.LayerNorm(embedding_dim)
        self.cross_attn_token_to_image = Attention(
            embedding_dim, num_heads, attention_downsample_rate
        )
        self.norm2 = nn.LayerNorm(embedding_dim)
        self.mlp = MLPBlock(embedding_dim, mlp_dim, nn.ReLU)
        self.norm3 = nn.LayerNorm(embedding_dim)
        self.norm4 = nn.LayerNorm(embedding_dim)
        self.cross_attn_image_to_token = Attention(
            embedding_dim, num_heads, attention_downsample_rate
        )
        self.skip_first_layer_pe = skip_first_layer_pe

    def project_image(self, image: Tensor, image_pe: Tensor) -> ImageProjections:
        """Project the image's side of both cross-attentions; (B, N, C) and (1, N, C)."""
        placed = image + image_pe
        return ImageProjections(
            columns(self.cross_attn_token_to_image.k_proj, placed),
            columns(self.cross_attn_token_to_image.v_proj, image),
            columns(self.cross_attn_image_to_token.q_proj, placed),
        )

    def forward(
        self,
        tokens: Tensor,
        image: Tensor,
        positions: tuple[Tensor, Tensor],
        projected: ImageProjections | None,
    ) -> tuple[Tensor, Tensor]:
        """Update tokens (B, M, C) and image (1 or B, N, C).

        `positions` are the tokens' and the image's; `projected` is the image's `project_image`,
        if it is at hand.
        """
        token_pe, image_pe = positions
        if self.skip_first_layer_pe:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            placed_tokens = tokens + token_pe
            tokens = tokens + self.self_attn(placed_tokens, placed_tokens, tokens)
        tokens = self.norm1(tokens)

        to_image, to_token = self.cross_attn_token_to_image, self.cross_attn_image_to_token
        if projected is None:
            placed = image + image_pe
            seen = to_image.read(tokens + token_pe, placed, image)
        else:
            keys, values = projected.token_keys, projected.token_values
            seen = to_image.read_columns(tokens + token_pe, keys, values)
        tokens = self.norm2(tokens + seen)
        tokens = self.norm3(tokens + self.mlp(tokens))

        if projected is None:
            answer = to_token.write(placed, tokens + token_pe, tokens)
        else:
            answer = to_token.write_columns(projected.image_queries, tokens + token_pe, tokens)
        return tokens, self.norm4(image + answer)


class TwoWayTransformer(nn.Module):
    """The decoder's transformer.

    Parameters
    ----------
    depth, embedding_dim, num_heads, mlp_dim : int
        Blocks, width, heads, width inside the perceptrons.
    """

    def __init__(self, depth: int, embedding_dim: int, num_heads: int, mlp_dim: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            TwoWayAttentionBlock(embedding_dim, num_heads, mlp_dim, skip_first_layer_pe=index == 0)
            for index in range(depth)
        )
        self.final_attn_token_to_image = Attention(embedding_dim, num_heads, 2)
        self.norm_final_attn = nn.LayerNorm(embedding_dim)

    def forward(
        self,
        image: Tensor,
        image_pe: Tensor,
        tokens: Tensor,
        projected: ImageProjections | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Let tokens and image read each other.

        Parameters
        ----------
        image, image_pe : Tensor
            (1 or B, N, C) and (1 or B, N, C), N positions of the image embedding.
        tokens : Tensor
            (B, M, C), which are their own positions.
        projected : ImageProjections, optional
            The first block's `project_image` of this image, if it is at hand.

        Returns
        -------
        tokens, image : Tensor
            (B, M, C) and (B, N, C).
        """
        queries = tokens
        if projected is None:
            image, image_pe = (x.expand(len(tokens), -1, -1) for x in (image, image_pe))
        for block in self.layers:
            block = cast("TwoWayAttentionBlock", block)
            queries, image = block(queries, image, (tokens, image_pe), projected)
            projected = None
        attended = self.final_attn_token_to_image.read(queries + tokens, image + image_pe, image)
        return self.norm_final_attn(queries + attended), image
