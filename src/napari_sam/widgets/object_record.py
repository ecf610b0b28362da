"""What every committed object was made from, so that it can be made again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from napari_sam.widgets.prompts import PlanePrompts

if TYPE_CHECKING:
    import numpy.typing as npt
    from napari.layers import Labels

    from napari_sam.widgets.current_object import CurrentObject
    from napari_sam.widgets.plane import Plane

PlanePosition = tuple[int, int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ObjectRecord:
    """One committed object.

    Attributes
    ----------
    label : int
        Its id in the Labels layer.
    plane : (int, int, tuple of int)
        The grid's axes that ran down and across the screen, and the position along each
        axis of the grid, 0 for those two.
    prompts : PlanePrompts
        In pixels of the plane.
    rank : int
        Which of the model's masks was taken: 0 is the one of the highest predicted IoU.
    model : str
        Name of the model.
    class_id : int
        Its class; 0 for none.
    """

    label: int
    plane: PlanePosition
    prompts: PlanePrompts = field(default_factory=PlanePrompts)
    rank: int = 0
    model: str = ""
    class_id: int = 0


class RecordBook:
    """The records of the objects of one Labels layer.

    Parameters
    ----------
    layer : Labels
        The layer.
    """

    def __init__(self, layer: Labels) -> None:
        self.layer = layer
        self._records: list[ObjectRecord] = []

    @property
    def records(self) -> tuple[ObjectRecord, ...]:
        """All of them, in the order of their commits. Objects of one class share its label."""
        return tuple(self._records)

    def exchange(self, old: tuple[ObjectRecord, ...], new: tuple[ObjectRecord, ...]) -> None:
        """Forget some records and keep others where the first of them was; by default last."""
        at = min((self._records.index(record) for record in old), default=len(self._records))
        for record in old:
            self._records.remove(record)
        self._records[at:at] = new


@dataclass(frozen=True, slots=True)
class RecordChange:
    """Records that came, went or changed: goes together with the change of the pixels.

    Attributes
    ----------
    description : str
        What was done.
    book : RecordBook
        Where they are kept.
    before, after : tuple of ObjectRecord
        Those that go and those that come.
    """

    description: str
    book: RecordBook
    before: tuple[ObjectRecord, ...]
    after: tuple[ObjectRecord, ...]

    @property
    def layer(self) -> Labels:
        """The Labels layer that the records are about."""
        return self.book.layer

    @classmethod
    def adding(
        cls, book: RecordBook, record: ObjectRecord, *, replaces: bool = False
    ) -> RecordChange:
        """Plan to keep a record; one that replaces takes the place of those of its label."""
        before = tuple(r for r in book.records if replaces and r.label == record.label)
        return cls(f"record of object {record.label}", book, before, (record,))

    def undo(self) -> None:
        """Bring the earlier records back."""
        self.book.exchange(self.after, self.before)

    def redo(self) -> None:
        """Bring the later records back."""
        self.book.exchange(self.before, self.after)


def rank_of(iou_predictions: npt.NDArray[np.floating], chosen: int) -> int:
    """Say how many masks the model thinks better of than of the chosen one.

    Parameters
    ----------
    iou_predictions : ndarray
        (C,) of the candidates.
    chosen : int
        The candidate.
    """
    return int(np.flatnonzero(best_first(iou_predictions) == chosen)[0])


def best_first(iou_predictions: npt.NDArray[np.floating]) -> npt.NDArray[np.intp]:
    """Order candidates, (C,), by their predicted IoU; of equals, the earlier is first."""
    return np.argsort(-np.asarray(iou_predictions), kind="stable")


def record_of(
    label: int,
    plane: Plane,
    prompts: PlanePrompts,
    current: CurrentObject,
    model: str,
    class_label: int | None,
) -> ObjectRecord:
    """Make the record of an object that is about to be committed.

    Parameters
    ----------
    label : int
        Its id in the Labels layer.
    plane : Plane
        Where.
    prompts : PlanePrompts
        What its mask answers.
    current : CurrentObject
        The object as it was made.
    model : str
        Name of the model that made it.
    class_label : int, optional
        Its class.
    """
    masks = current.candidates
    rank = 0 if masks is None else rank_of(masks.iou_predictions, current.chosen)
    position = (plane.rows, plane.columns, plane.index)
    return ObjectRecord(label, position, prompts, rank, model, class_label or 0)
