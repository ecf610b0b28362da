"""How masks become objects: under which id, and what becomes of overlaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt

    from napari_sam.widgets.history import Change
    from napari_sam.widgets.objects_layer import Commit, ObjectsLayer
    from napari_sam.widgets.plane import Plane

    Mask = npt.NDArray[np.bool_]

Overlap = Literal["keep", "overwrite", "ask"]


class Committer:
    """Writes masks into an objects layer, by the person's choices.

    Attributes
    ----------
    overlap : {"keep", "overwrite", "ask"}
        What becomes of pixels of a new object that belong to another already.
    class_label : int, optional
        The class that objects are committed as; by default each gets an id of its own.
    ask : callable
        Asked, under "ask", with the other objects' ids and the number of their pixels, whether
        they are taken.
    """

    def __init__(self) -> None:
        self.overlap: Overlap = "keep"
        self.class_label: int | None = None
        self.ask: Callable[[Sequence[int], int], bool] = _no

    def write(
        self, objects: ObjectsLayer, plane: Plane, masks: Sequence[Mask], refined: int | None
    ) -> tuple[list[Commit], list[Change]]:
        """Write masks, (rows, columns) each, into a plane: all of them, or none.

        Parameters
        ----------
        objects : ObjectsLayer
            Where.
        plane : Plane
            In which plane.
        masks : sequence of ndarray
            An object each.
        refined : int, optional
            The object that the mask replaces.

        Returns
        -------
        list of Commit, list of Change
            What was written, and the changes that did it, to be recorded.

        Raises
        ------
        ValueError
            If ids are used up; nothing is written then.
        """
        label, replaces = (self.class_label, False) if refined is None else (refined, True)
        overwrites = self.overlap == "overwrite"
        if self.overlap == "ask":
            plans = [objects.plan(plane, mask, label=label, replaces=replaces) for mask in masks]
            others = sorted({other for plan in plans for other in plan.others})
            overwrites = bool(others) and self.ask(others, sum(plan.refused for plan in plans))
        written: list[Commit] = []
        changes: list[Change] = []
        try:
            for mask in masks:
                commit = objects.plan(
                    plane, mask, label=label, replaces=replaces, overwrites=overwrites
                )
                written.append(commit)
                if commit.change is not None:
                    commit.change.redo()
                    changes.append(commit.change)
        except ValueError:
            for change in reversed(changes):
                change.undo()
            raise
        return written, changes


def _no(_others: Sequence[int], _count: int) -> bool:
    return False
