"""The model at work, free of Qt: from a goal to events, step by step."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.events import (
    Candidates,
    EmbeddingPlane,
    Goal,
    PlaneReady,
    Predicted,
)
from napari_sam.widgets.short_turns import short_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable

    import numpy.typing as npt

    from napari_sam.widgets.events import WorkEvent
    from napari_sam.widgets.models import ModelLoader, Predictor, PredictorFactory
    from napari_sam.widgets.plane_source import PictureSource


class CancelledError(Exception):
    """The work is not wanted any more."""


MAX_EMBEDDINGS = 8
"""Planes whose embeddings are kept, so that a slice seen a moment ago is ready at once."""


@dataclass(slots=True)
class _Embedding:
    """A predictor that has seen a plane. Holds the source, so that its key stays its own."""

    source: PictureSource
    predictor: Predictor
    seconds: float


@dataclass(slots=True)
class _LastAnswer:
    """What the next correction of the same object starts from."""

    goal: Goal
    low_res_logits: npt.NDArray[np.float32]
    best: int


class Segmenter:
    """Works towards goals in one thread; keeps model and embeddings between them.

    Parameters
    ----------
    load : ModelLoader
        Brings a model to memory.
    """

    def __init__(self, load: ModelLoader) -> None:
        self._load = load
        self._model: tuple[str, PredictorFactory] | None = None
        self._embeddings: OrderedDict[Hashable, _Embedding] = OrderedDict()
        self._last: _LastAnswer | None = None

    def pursue(
        self, goal: Goal, is_cancelled: Callable[[], bool]
    ) -> Generator[WorkEvent, None, None]:
        """Load, embed and predict whatever the goal still lacks.

        May be stopped between any two events, and what was finished is kept. Within the
        encoder, `is_cancelled` is asked between its blocks.

        Raises
        ------
        CancelledError
            If `is_cancelled` answered yes within a step.
        """
        factory = yield from self._model_for(goal)
        predictor = yield from self._embedding_for(goal, factory, is_cancelled)
        if goal.prompts.says_where:
            with short_turns():
                predicted = self._predict(goal, predictor)
            yield predicted

    def _model_for(self, goal: Goal) -> Generator[WorkEvent, None, PredictorFactory]:
        if self._model is None or self._model[0] != goal.model:
            self.forget()  # first, so that two models are never held at once
            self._model = (goal.model, (yield from self._load(goal.model)))
        return self._model[1]

    def forget(self) -> None:
        """Let go of the model and everything made with it."""
        self._model = None
        self._last = None
        self._embeddings.clear()

    def _embedding_for(
        self, goal: Goal, factory: PredictorFactory, is_cancelled: Callable[[], bool]
    ) -> Generator[WorkEvent, None, Predictor]:
        source = goal.source
        held = self._embeddings.get(source.key)
        if held is not None:
            self._embeddings.move_to_end(source.key)
            yield PlaneReady(source.plane, held.seconds)
            return held.predictor
        yield EmbeddingPlane(source.plane)
        start = perf_counter()
        predictor = factory()

        def give_way(_done: int, _blocks: int) -> None:
            if is_cancelled():
                raise CancelledError

        pixels = source.read_rgb()
        give_way(0, 0)
        predictor.set_image(pixels, between_blocks=give_way)
        seconds = perf_counter() - start
        self._embeddings[source.key] = _Embedding(source, predictor, seconds)
        while len(self._embeddings) > MAX_EMBEDDINGS:
            self._embeddings.popitem(last=False)
        yield PlaneReady(source.plane, seconds)
        return predictor

    def _predict(self, goal: Goal, predictor: Predictor) -> Predicted:
        start = perf_counter()
        prompts = goal.prompts
        masks, iou_predictions, low_res_logits = predictor.predict(
            point_coords=prompts.point_coords,
            point_labels=prompts.point_labels,
            box=None if prompts.box is None else np.asarray(prompts.box, dtype=np.float32),
            mask_input=self._mask_input(goal),
            multimask_output=prompts.is_ambiguous,
        )
        best = int(np.argmax(iou_predictions))
        self._last = _LastAnswer(goal, low_res_logits, best)
        pictures = np.stack([outlined(mask) for mask in masks])
        candidates = Candidates(masks, iou_predictions, pictures, best)
        return Predicted(candidates, perf_counter() - start)

    def _mask_input(self, goal: Goal) -> npt.NDArray[np.float32] | None:
        """Return the logits of the mask that is being corrected, (1, 256, 256).

        As the model was trained: the mask that the earlier prompts gave goes in with the
        added point. After a point was moved or taken away there is no such mask.
        """
        last = self._last
        if (
            last is None
            or last.goal.object_number != goal.object_number
            or not last.goal.same_picture(goal)
            or not goal.prompts.extends(last.goal.prompts)
        ):
            return None
        chosen = last.best if goal.candidate is None else goal.candidate
        chosen = min(chosen, len(last.low_res_logits) - 1)
        return last.low_res_logits[chosen : chosen + 1]


def outlined(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Draw a mask: 1 inside, 2 on its pixels that touch the outside, 0 elsewhere."""
    picture = mask.astype(np.uint8)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size:
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        padded: npt.NDArray[Any] = np.pad(mask[box], 1)
        inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
        picture[box][mask[box] & ~inner] = 2
    return picture
