"""Attention with decomposed relative positions.

The bias of a query at (h, w) for a key at (h', w') is ``q . R_h[h - h'] + q . R_w[w - w']`` (Li et
al. 2022, MViTv2, section 4.1; used by Li et al. 2022, ViTDet). It is the sum of a number for the
key's row and one for its column, so the (queries x keys) bias is never built:

- On a small grid, a window, queries get the H + W numbers as further channels, and keys channels
  that are 1 at their row and column: the product of both is the whole score.
- On a large grid that would multiply the cost of the product. There both numbers are added, by
  broadcasting, to the scores of as many queries as fit the processor's cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

# Scores held at once. On a CPU they should stay in the cache from their product to the softmax; an
# accelerator wants few, large kernels.
_CPU_SCORES = 2**21
_CPU_QUERIES = 256
_ACCELERATOR_SCORES = 2**28


def relative_table(table: Tensor, size: int, *, window: bool) -> Tensor:
    """Look up the embedding of every distance between two positions of an axis.

    Parameters
    ----------
    table : Tensor
        (2 L - 1, C), embeddings of the distances -(L - 1) ... L - 1.
    size : int
        Number of positions on the axis.
    window : bool
        Whether the axis is a window of the axis the table was learned on (distances keep their
        meaning) or the same axis at another resolution (the table is interpolated).

    Returns
    -------
    Tensor
        (size, size, C): entry [i, j] belongs to query i and key j.
    """
    wanted = 2 * size - 1
    if len(table) != wanted:
        if window and wanted < len(table):
            start = (len(table) - wanted) // 2
            table = table[start : start + wanted]
        else:
            table = F.interpolate(table.T[None], size=wanted, mode="linear")[0].T
    positions = torch.arange(size, device=table.device)
    return table[positions[:, None] - positions[None, :] + size - 1]


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    rows: Tensor,
    columns: Tensor,
    give_way: Callable[[], None] | None = None,
) -> Tensor:
    """Attention over an H x W grid with decomposed relative positions.

    Parameters
    ----------
    q, k, v : Tensor
        (B, H * W, C); B counts images, windows and heads alike.
    rows : Tensor
        (H, H, C), from `relative_table`.
    columns : Tensor
        (W, W, C).
    give_way : callable, optional
        Called before every group of queries; may raise to cancel.

    Returns
    -------
    Tensor
        (B, H * W, C).
    """
    batch, n_tokens, channels = q.shape
    height, width = len(rows), len(columns)
    grid = q.view(batch, height, width, channels)
    row_bias = (grid @ rows.transpose(1, 2)).flatten(1, 2)  # (B, H * W, H)
    column_bias = (grid.transpose(1, 2) @ columns.transpose(1, 2)).transpose(1, 2).flatten(1, 2)
    q = q * channels**-0.5
    # Contiguous, as the matrix product would otherwise copy them for each group of queries.
    keys = k.transpose(1, 2).contiguous()
    folded = height + width < channels
    if folded:
        q = torch.cat([q, row_bias, column_bias], dim=-1)
        keys = torch.cat([keys, _places(height, width, keys).expand(batch, -1, -1)], dim=1)

    n_queries, n_batch = _group_size(n_tokens, on_cpu=q.device.type == "cpu")
    out = []
    for b in range(0, batch, n_batch):
        group = slice(b, b + n_batch)
        parts = []
        for t in range(0, n_tokens, n_queries):
            if give_way is not None:
                give_way()
            part = (group, slice(t, t + n_queries))
            scores = torch.bmm(q[part], keys[group])
            if not folded:
                tiled = scores.unflatten(-1, (height, width))
                tiled += row_bias[part][..., :, None]
                tiled += column_bias[part][..., None, :]
            parts.append(torch.bmm(scores.softmax(-1), v[group]))
        out.append(parts[0] if len(parts) == 1 else torch.cat(parts, dim=1))
    return out[0] if len(out) == 1 else torch.cat(out)


def _places(height: int, width: int, like: Tensor) -> Tensor:
    """Channels (H + W, H * W) that are 1 at a position's row and column."""
    row_of = torch.arange(height * width, device=like.device) // width
    column_of = torch.arange(height * width, device=like.device) % width
    marks = [F.one_hot(row_of, height), F.one_hot(column_of, width)]
    return torch.cat(marks, dim=1).T.to(like.dtype)


def _group_size(n_tokens: int, *, on_cpu: bool) -> tuple[int, int]:
    """How many queries, and how many images and heads, are scored at once."""
    limit, most = (_CPU_SCORES, _CPU_QUERIES) if on_cpu else (_ACCELERATOR_SCORES, n_tokens)
    n_queries = max(1, min(n_tokens, most, limit // n_tokens))
    return n_queries, max(1, limit // (n_queries * n_tokens))
