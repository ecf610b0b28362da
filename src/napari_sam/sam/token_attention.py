"""Attention between a handful of tokens and an image, in whichever order of products is cheaper.

Scores are ``q Wq (x Wk)'``. With fewer rows of tokens and heads than the inner width has channels,
``(q Wq Wk') x'`` takes less work: the image's projection, the dearest product of the decoder, is
never made. The same holds for values and outputs. Many tokens, or an image whose projections are
at hand already, take the usual order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


class Attention(nn.Module):
    """Multi-head attention whose inner width may be smaller than the outer one.

    Tokens are (B, M, C), images (1 or B, N, C). An image's projections are its `columns`.

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
        """Attend from tokens to tokens."""
        query, key = self._split(self.q_proj(q)), self._split(self.k_proj(k))
        scores = self._scaled(query) @ key.transpose(-2, -1)
        return self._join(scores.softmax(-1) @ self._split(self.v_proj(v)))

    def read(self, tokens: Tensor, placed: Tensor, image: Tensor) -> Tensor:
        """Attend from tokens to an image, (B, M, C); keys are of `placed`, values of `image`."""
        if not self._is_few(tokens):
            return self.read_columns(
                tokens, columns(self.k_proj, placed), columns(self.v_proj, image)
            )
        # The keys' bias is the same for all positions, and the softmax does not see it.
        query = self._scaled(self._split(self.q_proj(tokens)))
        rows = self._rows(query @ self._heads(self.k_proj.weight))
        # `bmm`, where `@` would copy an image that is the only one of its batch.
        shares = torch.bmm(rows, placed.transpose(1, 2)).softmax(-1)  # (B, heads * M, N)
        seen = torch.bmm(shares, image).unflatten(1, (self.num_heads, -1))  # (B, heads, M, C)
        values = seen @ self._heads(self.v_proj.weight).transpose(1, 2)
        return self._join(values + self.v_proj.bias.view(self.num_heads, 1, -1))

    def read_columns(self, tokens: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Attend from tokens to an image's `columns` of keys and values, (B, M, C)."""
        query = self._scaled(self._split(self.q_proj(tokens)))
        shares = (query @ self._split_columns(keys)).softmax(-1)  # (B, heads, M, N)
        return self._join(shares @ self._split_columns(values).transpose(-2, -1))

    def write(self, placed: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Attend from an image to tokens, (B, N, C); the image's queries are of `placed`."""
        if not self._is_few(keys):
            return self.write_columns(columns(self.q_proj, placed), keys, values)
        key = self._scaled(self._split(self.k_proj(keys)))
        rows = self._rows(key @ self._heads(self.q_proj.weight))
        offset = self._rows(key @ self.q_proj.bias.view(self.num_heads, -1, 1))
        return self._mix(torch.baddbmm(offset, rows, placed.transpose(1, 2)), values)

    def write_columns(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Attend from an image's `columns` of queries to tokens, (B, N, C)."""
        key = self._scaled(self._split(self.k_proj(keys)))
        return self._mix(self._rows(key @ self._split_columns(queries)), values)

    def _mix(self, scores: Tensor, values: Tensor) -> Tensor:
        """Give each position of the image its share of the tokens' values.

        `scores` are (B, heads * M, N); each head chooses among its M tokens.
        """
        shares = scores.unflatten(1, (self.num_heads, -1)).softmax(2).flatten(1, 2)
        value = self._split(self.v_proj(values))
        weight = self.out_proj.weight.unflatten(1, (self.num_heads, -1))  # (C, heads, C / heads)
        outputs = self._rows(value @ weight.permute(1, 2, 0))  # (B, heads * M, C)
        return torch.baddbmm(self.out_proj.bias, shares.transpose(1, 2), outputs)

    def _is_few(self, tokens: Tensor) -> bool:
        return tokens.shape[1] * self.num_heads <= self.k_proj.out_features

    def _scaled(self, x: Tensor) -> Tensor:
        return x * x.shape[-1] ** -0.5

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def _split_columns(self, x: Tensor) -> Tensor:
        return x.unflatten(1, (self.num_heads, -1))

    def _heads(self, weight: Tensor) -> Tensor:
        return weight.unflatten(0, (self.num_heads, -1))  # (heads, inner / heads, C)

    def _rows(self, x: Tensor) -> Tensor:
        return x.flatten(1, 2)

    def _join(self, mixed: Tensor) -> Tensor:
        out: Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return out


def columns(layer: nn.Linear, x: Tensor) -> Tensor:
    """Apply a layer to an image's positions (B, N, C), each a column of the result (B, C', N).

    This way round, the products with tokens need no copies.
    """
    if len(x) == 1:
        return torch.addmm(layer.bias[:, None], layer.weight, x[0].T)[None]
    out: Tensor = layer(x)
    return out.transpose(1, 2)
