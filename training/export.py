"""Write a training checkpoint's averaged weights as the embedded default.

python training/export.py training/runs/default/paper.ckpt
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from napari_sam.weights.checkpoint import save_checkpoint

EMBEDDED = Path(__file__).parents[1] / "src/napari_sam/weights/embedded/default.safetensors"


def main() -> None:
    """Export one checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=EMBEDDED)
    args = parser.parse_args()
    average = torch.load(args.checkpoint, weights_only=True)["average"]
    weights = {k.removeprefix("sam."): v for k, v in average.items() if k.startswith("sam.")}
    save_checkpoint(weights, args.out, {"model_card": "MODEL_CARD.md"}, half=True)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
