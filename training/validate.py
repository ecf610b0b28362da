"""Score a model on validation splits: the table of the model card.

python training/validate.py --data ../shared/data            # the embedded default
python training/validate.py --data ../shared/data --checkpoint training/runs/default/x.ckpt
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_sam.inference.predictor import SamPredictor
from napari_sam.sam.build import build_sam
from sam_medical.evaluation import evaluate_image
from sam_medical.finetune.image_sets import read_image_set

if TYPE_CHECKING:
    from napari_sam.sam.model import Sam

SETS = (
    "nuclei_dsb2018",
    "em_membrane",
    "axon_sem",
    "breast_ultrasound",
    "chest_xray_lungs",
    "liver_ct",
)


def main() -> None:
    """Print a table and, on request, write the scores as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, help="of training; default: the embedded model")
    parser.add_argument("--architecture", default="vit_s", help="of the checkpoint")
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--images", type=int, help="at most so many a set")
    parser.add_argument("--objects", type=int, help="at most so many an image")
    parser.add_argument("--corrections", type=int, nargs="*", default=[3, 5, 8])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    predictor = SamPredictor(_model(args.checkpoint, args.architecture))
    table = {}
    for name in args.sets:
        began = time.perf_counter()
        records = read_image_set(args.data / name, "validation")
        rng = np.random.default_rng(0)
        if args.images is not None:
            records = [records[i] for i in rng.permutation(len(records))[: args.images]]
        scores: dict[str, list[np.ndarray]] = {}
        for record in records:
            labels = rng.permutation(list(record.boxes))[: args.objects].tolist()
            found = evaluate_image(predictor, record, labels, args.corrections)
            for column, values in found.items():
                scores.setdefault(column, []).append(values)
        joined = {column: np.concatenate(values) for column, values in scores.items()}
        error = np.abs(joined["click predicted"] - joined["click"]).mean()
        means = {column: float(values.mean()) for column, values in joined.items()}
        table[name] = {"images": len(records), "objects": len(joined["box"]), **means}
        table[name]["click IoU error"] = float(error)
        shown = "  ".join(f"{k} {v:.3f}" for k, v in means.items() if k != "click predicted")
        print(
            f"{name:18s} {len(records):4d} images {len(joined['box']):5d} objects  {shown}  "
            f"|IoU error| {error:.3f}  ({time.perf_counter() - began:.0f} s)",
            flush=True,
        )
    if args.json:
        args.json.write_text(json.dumps(table, indent=1))


def _model(checkpoint: Path | None, architecture: str) -> Sam:
    if checkpoint is None:
        from napari_sam import load_model

        return load_model()
    sam = build_sam(architecture)
    state = torch.load(checkpoint, weights_only=True)["average"]
    sam.load_state_dict({k[4:]: v for k, v in state.items() if k.startswith("sam.")})
    return sam


if __name__ == "__main__":
    main()
