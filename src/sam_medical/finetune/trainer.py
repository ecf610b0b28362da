"""The training loop: data-parallel over processes, resumable, averaged."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.distributed as dist
from safetensors.torch import load_file
from torch import nn

from napari_sam.inference.precision import computing_in, resolve_precision
from sam_medical.finetune.dense_task import DenseHead, dense_loss
from sam_medical.finetune.interaction import SamInteraction
from sam_medical.finetune.losses import SamLoss

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from napari_sam.sam.model import Sam
    from sam_medical.finetune.crops import Crop
    from sam_medical.finetune.stage import Stage

_PATCH = 16
_STRIDE = 4


class Trainer:
    """Train a SAM on crops.

    Parameters
    ----------
    sam : Sam
        Trained in place.
    stage : Stage
        What to do.
    sample : callable
        Draws a `Crop` with a numpy generator, of a given size and number of objects.
    folder : Path
        Checkpoints and the log go here.
    seed : int
        With step and rank, the key of all randomness.
    """

    def __init__(
        self,
        sam: Sam,
        stage: Stage,
        sample: Callable[[np.random.Generator, int, int], Crop],
        folder: Path,
        seed: int = 0,
    ) -> None:
        self.sam, self.stage, self.sample, self.folder, self.seed = sam, stage, sample, folder, seed
        self.head = DenseHead()
        self.loss = SamLoss()
        self.interaction = SamInteraction(
            sam,
            self.loss,
            stage.n_steps,
            single_mask_first=stage.single_mask_first,
            box_chance=stage.box_chance,
            box_noise=stage.box_noise,
            resize_chance=stage.resize_chance,
        )
        sam.image_encoder.requires_grad_(stage.train_encoder)
        self.model = nn.ModuleDict({"sam": sam, "head": self.head})
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        trained = [p for p in self.model.parameters() if p.requires_grad]
        decayed = [p for p in trained if p.ndim > 1]
        plain = [p for p in trained if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}],
            lr=stage.learning_rate,
            betas=(0.9, 0.98),
        )
        self.precision = resolve_precision("auto", sam.device)
        self.step = 0
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        self.world = dist.get_world_size() if dist.is_initialized() else 1

    @property
    def checkpoint(self) -> Path:
        """Where this stage's state is kept."""
        return self.folder / f"{self.stage.name}.ckpt"

    def start_from(self, path: Path) -> None:
        """Take the (averaged) weights of an earlier stage, or a model's from a safetensors file."""
        if path.suffix == ".safetensors":
            state = self.model.state_dict()
            state |= {f"sam.{k}": v.to(state[f"sam.{k}"]) for k, v in load_file(path).items()}
        else:
            state = torch.load(path, weights_only=True)["average"]
        self.model.load_state_dict(state)
        self.average = {k: v.clone() for k, v in state.items()}

    def resume(self) -> bool:
        """Go on from this stage's own checkpoint, if there is one."""
        if not self.checkpoint.exists():
            return False
        state = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        return True

    def save(self) -> None:
        """Write the state beside its place and rename it into place."""
        if self.rank:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "stage": asdict(self.stage),
        }
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.checkpoint)

    def run(self, save_every: int = 100, stop_at: int | None = None) -> None:
        """Train to the end of the stage, or to step `stop_at`."""
        self.model.train()
        self.sam.image_encoder.train(self.stage.train_encoder)
        last = self.stage.steps if stop_at is None else stop_at
        while self.step < last:
            began = time.perf_counter()
            figures = self._train_step()
            self.step += 1
            if self.rank == 0 and (self.step % 10 == 0 or self.step == 1):
                self._log(figures | {"seconds": time.perf_counter() - began})
            if self.step % save_every == 0:
                self.save()
        self.save()

    def _train_step(self) -> dict[str, float]:
        stage = self.stage
        for group in self.optimizer.param_groups:
            group["lr"] = stage.learning_rate_at(self.step)
        self.loss.balanced = stage.balanced_at(self.step)
        view = stage.view_at(self.step, self.seed)
        rng = np.random.default_rng([self.seed, self.step, self.rank])
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        crops = [self.sample(rng, view.crop_size, view.n_objects) for _ in range(view.batch_size)]
        figures = {"crop": view.crop_size} | self._accumulate(crops, generator)
        self._share_gradients()
        figures["norm"] = float(nn.utils.clip_grad_norm_(self.model.parameters(), 1.0))
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._update_average()
        return figures

    def _accumulate(self, crops: list[Crop], generator: torch.Generator) -> dict[str, float]:
        """Backward through every interactive step, then once through the encoder."""
        device = self.sam.device
        images = torch.from_numpy(np.stack([c.image for c in crops])).permute(0, 3, 1, 2) * 255
        inside = torch.from_numpy(np.stack([c.inside for c in crops])).to(device)
        labels = torch.from_numpy(np.stack([c.labels for c in crops])).to(device)
        target = torch.from_numpy(np.stack([c.masks for c in crops])).to(device)
        boxes = torch.from_numpy(np.stack([c.boxes for c in crops])).to(device)
        tokens = [c.token for c in crops]
        normed = (images.to(device) - self.sam.pixel_mean) / self.sam.pixel_std * inside[:, None]
        with computing_in(self.precision, device):
            embedding = encode_windows(self.sam, normed, tokens)
            dense = embedding.new_zeros(())
            if self.stage.dense_weight:
                dense = dense_loss(self.head(embedding), labels, inside[:, ::_STRIDE, ::_STRIDE])
        leaf = embedding.detach().requires_grad_()
        pe = position_windows(self.sam, tokens, embedding.shape[-1])
        origin = torch.tensor([(c * _PATCH, r * _PATCH) for r, c in tokens], device=device)
        figures: dict[str, float] = {"dense": dense.item()}
        total, ious = 0.0, []
        if self.stage.n_steps:
            with computing_in(self.precision, device):
                for step in self.interaction(leaf, pe, origin, target, generator, boxes):
                    loss = step.loss.total.mean() / self.stage.n_steps
                    loss.backward()
                    total += loss.item()
                    ious.append(step.iou.mean().item())
            figures |= {"loss": total, "first": ious[0], "last": ious[-1]}
        roots: list[Tensor] = []
        gradients: list[Tensor | None] = []
        if self.stage.dense_weight:
            roots.append(self.stage.dense_weight * dense)
            gradients.append(None)
        if embedding.requires_grad and leaf.grad is not None:
            roots.append(embedding)
            gradients.append(leaf.grad)
        if roots:
            torch.autograd.backward(roots, gradients)
        return figures

    def _share_gradients(self) -> None:
        if self.world == 1:
            return
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        flat = torch.cat([g.flatten() for g in gradients])
        dist.all_reduce(flat)
        flat /= self.world
        parts = flat.split([g.numel() for g in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def _update_average(self) -> None:
        decay = min(self.stage.ema_decay, (1 + self.step) / (10 + self.step))
        for name, value in self.model.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - decay)
            else:
                self.average[name].copy_(value)

    def _log(self, figures: dict[str, Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        record = {
            "stage": self.stage.name,
            "step": self.step,
            "lr": self.stage.learning_rate_at(self.step),
        }
        line = record | {k: round(v, 5) for k, v in figures.items()}
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


def encode_windows(sam: Sam, images: Tensor, tokens: list[tuple[int, int]]) -> Tensor:
    """Embed (B, 3, S, S) windows of the frame whose first patches are at `tokens`."""
    encoder = sam.image_encoder
    if images.shape[-1] == encoder.img_size or not hasattr(encoder, "pos_embed"):
        out: Tensor = encoder(images)
        return out
    return encoder(images, tokens)


def position_windows(sam: Sam, tokens: list[tuple[int, int]], size: int) -> Tensor:
    """Positions (B, C, size, size) of windows of the frame."""
    pe = sam.prompt_encoder.get_dense_pe()
    windows = [pe[..., r : r + size, c : c + size] for r, c in tokens]
    return torch.cat(windows)
