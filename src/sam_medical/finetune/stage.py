"""What a stage of a training run does: how long, on what, and with which rates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sam_medical.finetune.prompt_sampling import BOX_NOISE

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class View:
    """A kind of batch: how much of the frame a step sees.

    Attributes
    ----------
    crop_size : int
        Side of a crop in pixels; at 1024 a crop is the whole frame.
    batch_size : int
        Crops a process.
    n_objects : int
        Objects a crop.
    chance : float
        Of a step to be of this kind.
    """

    crop_size: int
    batch_size: int
    n_objects: int
    chance: float = 1.0


@dataclass(frozen=True)
class Stage:
    """One stage of a training run.

    Attributes
    ----------
    name : str
        Names the stage's files.
    steps : int
        Optimiser steps.
    views : sequence of View
        Kinds of batches.
    n_steps : int
        Interactive steps; 0 trains the dense task alone.
    learning_rate, final_learning_rate : float
        Highest and last; between them a cosine.
    warmup : int
        Steps of linear warm-up.
    dense_weight : float
        Weight of the auxiliary dense task.
    balanced : (float, float)
        Share of the balanced cross-entropy at the start and at the end; see `SamLoss`.
    single_mask_first : bool
        As in `SamInteraction`.
    box_chance, box_noise, resize_chance : float
        As in `SamInteraction`.
    train_encoder : bool
        Whether the image encoder learns too, or only what comes after it.
    ema_decay : float
        Of the average of the weights.
    """

    name: str
    steps: int
    views: Sequence[View]
    n_steps: int
    learning_rate: float
    final_learning_rate: float = 1e-6
    warmup: int = 50
    dense_weight: float = 1.0
    balanced: tuple[float, float] = (0.0, 0.0)
    single_mask_first: bool = True
    box_chance: float = 0.5
    box_noise: float = BOX_NOISE
    resize_chance: float = 0.0
    train_encoder: bool = True
    ema_decay: float = 0.998

    def learning_rate_at(self, step: int) -> float:
        """Learning rate of a step, counted from 0: a linear warm-up under a cosine."""
        warm = min(1.0, (step + 1) / self.warmup)
        cosine = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        span = self.learning_rate - self.final_learning_rate
        return warm * (self.final_learning_rate + span * cosine)

    def balanced_at(self, step: int) -> float:
        """Share of the balanced cross-entropy at a step."""
        start, end = self.balanced
        return start + (end - start) * step / self.steps

    def view_at(self, step: int, seed: int) -> View:
        """Draw a step's kind of batch: the same for all processes of a run."""
        chances = np.array([view.chance for view in self.views])
        drawn = np.random.default_rng([seed, step]).choice(len(chances), p=chances / chances.sum())
        return self.views[drawn]
