"""The two-way transformer (Kirillov et al. 2023, Segment Anything, appendix A, "mask decoder").

Tokens (outputs and prompts) attend to each other, then to the image, and the image attends to the
tokens; twice. Every attention adds the positions to its queries and keys again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from torch import nn

from napari_sam.sam.layers import MLPBlock

if TYPE_CHECKING:
    from torch import Tensor


class Attention(nn.Module):
    """Multi-head attention whose inner width may be smaller than the outer one.

    Parameters
    ----------
    embedding_dim, num_heads : int
        Outer width, heads.
    downsample_rate : int
        Outer over inner width.
    """

    def __init__(self, embedding_dim: int, num_heads: int, downsample_rate: int = 1) -> None:
        super().__init__()
        internal_dim = embedding_dim // downsample_rate
        self.num_heads = num_heads
        self.q_proj = nn.Linear(embedding_dim, internal_dim)
        self.k_proj = nn.Linear(embedding_dim, internal_dim)
        self.v_proj = nn.Linear(embedding_dim, internal_dim)
        self.out_proj = nn.Linear(internal_dim, embedding_dim)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Attend from (B, M, C) to (B, N, C)."""
        return self.attend(self.q_proj(q), self.k_proj(k), self.v_proj(v))

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Attend with what is projected already; a batch of 1 is shared by the other side's."""
        batch = max(len(q), len(k))
        q, k, v = (self._split(x).expand(batch, -1, -1, -1) for x in (q, k, v))
        # One side is a handful of tokens: the scores are small, and plain products are several
        # times as fast as a fused kernel, forward and even more so backward.
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)  # (B, heads, M, N)
        mixed = scores.softmax(-1) @ v  # (B, heads, M, C / heads)
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)


class ImageProjections(NamedTuple):
    """What the first block computes from the image alone, each (1 or B, N, inner width)."""

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
            self.cross_attn_token_to_image.k_proj(placed),
            self.cross_attn_token_to_image.v_proj(image),
            self.cross_attn_image_to_token.q_proj(placed),
        )

    def forward(
        self, tokens: Tensor, image: Tensor, token_pe: Tensor, projected: ImageProjections
    ) -> tuple[Tensor, Tensor]:
        """Update tokens (B, M, C) and image (1 or B, N, C), given `project_image` of the image."""
        if self.skip_first_layer_pe:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            placed = tokens + token_pe
            tokens = tokens + self.self_attn(placed, placed, tokens)
        tokens = self.norm1(tokens)

        to_image = self.cross_attn_token_to_image
        queries = to_image.q_proj(tokens + token_pe)
        seen = to_image.attend(queries, projected.token_keys, projected.token_values)
        tokens = self.norm2(tokens + seen)
        tokens = self.norm3(tokens + self.mlp(tokens))

        to_token = self.cross_attn_image_to_token
        answer = to_token.attend(
            projected.image_queries, to_token.k_proj(tokens + token_pe), to_token.v_proj(tokens)
        )
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
        for block in self.layers:
            block = cast("TwoWayAttentionBlock", block)
            if projected is None:
                projected = block.project_image(image, image_pe)
            queries, image = block(queries, image, tokens, projected)
            projected = None
        attended = self.final_attn_token_to_image(queries + tokens, image + image_pe, image)
        return self.norm_final_attn(queries + attended), image
