"""Train the embedded default: the stages of a TOML file, one after the other, resumable.

python training/train.py training/default.toml --data ../shared/data --out training/runs/default
torchrun --nproc-per-node 2 training/train.py ...   # gradients are averaged over processes
"""

from __future__ import annotations

import argparse
import os
import tomllib
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from napari_sam.sam.build import build_sam
from sam_medical.finetune.crops import CropSampler
from sam_medical.finetune.generated_shapes import generate_image
from sam_medical.finetune.image_sets import LabelledImage, read_image_set
from sam_medical.finetune.initialise import initialise
from sam_medical.finetune.stage import Stage, View
from sam_medical.finetune.trainer import Trainer

N_GENERATED = 100


def main() -> None:
    """Run the stages that are not finished yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stages", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--architecture", help="instead of the file's")
    parser.add_argument(
        "--weights", type=Path, help="a checkpoint, or a model's safetensors, to start from"
    )
    parser.add_argument("--only", nargs="+", help="names of the stages to run; default: all")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    torch.manual_seed(0)
    plan = tomllib.loads(args.stages.read_text())
    sets = read_sets(args.data, list(plan["sets"]))
    weights = list(plan["sets"].values())
    previous: Path | None = args.weights
    for entry in plan["stage"]:
        if args.only and entry["name"] not in args.only:
            continue
        views = [View(**view) for view in entry.pop("views")]
        scale_range = entry.pop("scale_range")
        stage = Stage(views=views, **entry)
        sam = build_sam(args.architecture or plan["architecture"])
        initialise(sam)
        if torch.cuda.is_available():
            sam = sam.cuda()
        sampler = CropSampler(sets, weights, scale_range=scale_range)
        trainer = Trainer(sam, stage, sampler, args.out)
        if not trainer.resume() and previous is not None:
            trainer.start_from(previous)
        trainer.run()
        previous = trainer.checkpoint


def read_sets(data: Path, names: list[str]) -> list[list[LabelledImage]]:
    """Read the training split of each named set; "generated" is drawn."""
    sets = []
    for name in names:
        if name == "generated":
            rng = np.random.default_rng(0)
            sets.append([generate_image(rng) for _ in range(N_GENERATED)])
        else:
            sets.append(read_image_set(data / name, "train"))
    return sets


if __name__ == "__main__":
    main()
