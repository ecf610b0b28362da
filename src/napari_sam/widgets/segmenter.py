"""The model at work, free of Qt: from a goal to events, step by step."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from napari_sam.widgets.events import (
    Candidates,
    EmbeddingPlane,
    Goal,
    PlaneReady,
    Predicted,
)
from napari_sam.widgets.mask_prompts import answer_each, as_it_is, predict_drawn
from napari_sam.widgets.pictures import candidate_pictures
from napari_sam.widgets.short_turns import short_turns
from napari_sam.widgets.thumbnails import glance_at, thumbnails

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
    """A predictor that has seen a plane, and every `step`-th pixel of what it saw.

    Holds the source, so that its key stays its own.
    """

    source: PictureSource
    predictor: Predictor
    seconds: float
    glance: npt.NDArray[np.uint8]
    step: int


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
        embedding = yield from self._embedding_for(goal, factory, is_cancelled)
        if goal.prompts.says_where:
            with short_turns():
                predicted = self._answer(goal, embedding)
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
    ) -> Generator[WorkEvent, None, _Embedding]:
        source = goal.source
        held = self._embeddings.get(source.key)
        if held is not None:
            self._embeddings.move_to_end(source.key)
            yield PlaneReady(source.plane, held.seconds)
            return held
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
        held = _Embedding(source, predictor, seconds, *glance_at(pixels))
        self._embeddings[source.key] = held
        while len(self._embeddings) > MAX_EMBEDDINGS:
            self._embeddings.popitem(last=False)
        yield PlaneReady(source.plane, seconds)
        return held

    def _answer(self, goal: Goal, embedding: _Embedding) -> Predicted:
        start = perf_counter()
        if goal.prompts.objects:
            candidates = answer_each(goal.prompts, embedding.predictor)
        elif goal.prompts.known is not None and not goal.prompts.points:
            candidates = as_it_is(goal.prompts.known)
        else:
            candidates = self._answer_one(goal, embedding)
        return Predicted(candidates, perf_counter() - start)

    def _answer_one(self, goal: Goal, embedding: _Embedding) -> Candidates:
        corrected = self._corrected(goal)
        masks, iou_predictions, low_res_logits = predict_drawn(
            goal.prompts, embedding.predictor, corrected, goal.source.plane.shape
        )
        by_size = np.argsort(masks.sum(axis=(1, 2)), kind="stable")
        masks, iou_predictions = masks[by_size], iou_predictions[by_size]
        best = int(np.argmax(iou_predictions))
        self._last = _LastAnswer(goal, low_res_logits[by_size], best)
        several = len(masks) > 1
        return Candidates(
            masks,
            iou_predictions,
            candidate_pictures(masks),
            best,
            thumbnails(embedding.glance, embedding.step, masks) if several else [],
        )

    def _corrected(self, goal: Goal) -> npt.NDArray[np.float32] | None:
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
