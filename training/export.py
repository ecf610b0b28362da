"""Write the averaged weights of one or more training checkpoints as the embedded default.

python training/export.py training/runs/default/{objects,corrections,finish}.ckpt

Of several, the mean is written: checkpoints of one run, some hundred steps apart, lie close enough
together (Wortsman et al. 2022, Model soups).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from napari_sam.weights.checkpoint import save_checkpoint

if TYPE_CHECKING:
    from torch import Tensor

EMBEDDED = Path(__file__).parents[1] / "src/napari_sam/weights/embedded/default.safetensors"


def main() -> None:
    """Export the mean of the checkpoints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=EMBEDDED)
    args = parser.parse_args()
    averages = [torch.load(path, weights_only=True)["average"] for path in args.checkpoints]
    weights = {
        name.removeprefix("sam."): mean([average[name] for average in averages])
        for name in averages[0]
        if name.startswith("sam.")
    }
    save_checkpoint(weights, args.out, {"model_card": "MODEL_CARD.md"}, half=True)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB")


def mean(tensors: list[Tensor]) -> Tensor:
    """Mean of weights; of counters, which are equal or do not matter, the first."""
    first = tensors[0]
    return torch.stack(tensors).mean(0) if first.is_floating_point() else first


if __name__ == "__main__":
    main()
