"""The prompts of committed objects once more, on another model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from napari_sam.widgets.mask_prompts import predict_drawn
from napari_sam.widgets.object_record import best_first
from napari_sam.widgets.segmenter import CancelledError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import numpy as np
    import numpy.typing as npt

    from napari_sam.widgets.models import Predictor, PredictorFactory
    from napari_sam.widgets.object_record import ObjectRecord, PlanePosition
    from napari_sam.widgets.prompts import PlanePrompts

    ReadPlane = Callable[[PlanePosition], npt.NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class EmbeddingForReplay:
    """The encoder looks at a plane; `done` of `total` objects have their mask."""

    plane: PlanePosition
    done: int
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """An object has its mask.

    Attributes
    ----------
    record : ObjectRecord
        What it was made from.
    mask : ndarray of bool
        (rows, columns) of the record's plane.
    iou_prediction : float
        How well it fits, as the model thinks.
    done, total : int
        How many objects have their mask, this one included.
    """

    record: ObjectRecord
    mask: npt.NDArray[np.bool_] = field(repr=False)
    iou_prediction: float
    done: int
    total: int


def replay(
    records: Sequence[ObjectRecord],
    read_plane: ReadPlane,
    make_predictor: PredictorFactory,
    is_cancelled: Callable[[], bool],
) -> Generator[EmbeddingForReplay | Replayed, None, None]:
    """Predict every record anew. Each plane is embedded once.

    The points of an object are given one after the other, each with the mask of those before,
    as they were when it was made. Of an ambiguous click's masks the one of the same rank is
    taken.

    Parameters
    ----------
    records : sequence of ObjectRecord
        The objects; those without prompts that say where they are are left out.
    read_plane : callable
        Gives a plane's pixels, (rows, columns, 3).
    make_predictor : callable
        Gives a predictor of the model.
    is_cancelled : callable
        Asked between the encoder's blocks, and between two objects.

    Yields
    ------
    EmbeddingForReplay or Replayed
        Ordered by plane. May be stopped between any two.

    Raises
    ------
    CancelledError
        If `is_cancelled` answered yes within a step.
    """
    wanted = [record for record in records if record.prompts.says_where]
    done = 0
    for plane, group in groupby(sorted(wanted, key=_plane_of), key=_plane_of):
        yield EmbeddingForReplay(plane, done, len(wanted))
        predictor, pixels = make_predictor(), read_plane(plane)
        predictor.set_image(pixels, between_blocks=_giving_way(is_cancelled))
        for record in group:
            _giving_way(is_cancelled)(0, 0)
            mask, iou_prediction = _predict(record, predictor, pixels.shape[:2])
            done += 1
            yield Replayed(record, mask, iou_prediction, done, len(wanted))


def _plane_of(record: ObjectRecord) -> PlanePosition:
    return record.plane


def _giving_way(is_cancelled: Callable[[], bool]) -> Callable[[int, int], None]:
    def give_way(_done: int, _blocks: int) -> None:
        if is_cancelled():
            raise CancelledError

    return give_way


def _predict(
    record: ObjectRecord, predictor: Predictor, shape: tuple[int, int]
) -> tuple[npt.NDArray[np.bool_], float]:
    logits: npt.NDArray[np.float32] | None = None
    for prompts in _growing(record.prompts):
        masks, iou_predictions, low_res_logits = predict_drawn(prompts, predictor, logits, shape)
        order = best_first(iou_predictions)
        is_last = prompts.points == record.prompts.points
        chosen = int(order[min(record.rank, len(order) - 1) if is_last else 0])
        logits = low_res_logits[chosen : chosen + 1]
    return masks[chosen], float(iou_predictions[chosen])


def _growing(prompts: PlanePrompts) -> list[PlanePrompts]:
    """List the prompts as they grew: one point more each time, from the first that says where."""
    steps = [replace(prompts, points=prompts.points[:n]) for n in range(len(prompts.points) + 1)]
    return [step for step in steps if step.says_where]
