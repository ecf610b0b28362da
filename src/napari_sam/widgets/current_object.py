"""The object being made: its masks, which one is shown, and whether it is up to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_sam.widgets.prompts import KnownMask, PlanePrompts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from napari_sam.widgets.events import Candidates, Goal
    from napari_sam.widgets.plane import Plane


@dataclass(frozen=True, slots=True)
class ObjectState:
    """All of a `CurrentObject` at one moment; its attributes' meaning is the same."""

    number: int
    candidates: Candidates | None
    chosen: int
    answered: PlanePrompts
    label: int | None
    known: KnownMask | None


class CurrentObject:
    """From the first prompt to commit or discard.

    Attributes
    ----------
    number : int
        Counts the objects begun in this session.
    candidates : Candidates, optional
        The masks that answer `answered`.
    chosen : int
        The candidate on display.
    known : KnownMask, optional
        The mask that is refined, where the object was there before.
    preferred : int, optional
        The place, by size, of the candidate that the person last chose: taken again where
        there are several.
    answered : PlanePrompts
        The prompts that the candidates answer.
    label : int, optional
        The committed object that is being refined; None for a new one.
    """

    def __init__(self) -> None:
        self.number = 0
        self.candidates: Candidates | None = None
        self.chosen = 0
        self.answered = PlanePrompts()
        self.label: int | None = None
        self.known: KnownMask | None = None
        self.preferred: int | None = None
        self._begun = 0

    def state(self) -> ObjectState:
        """Return all of it."""
        return ObjectState(
            self.number, self.candidates, self.chosen, self.answered, self.label, self.known
        )

    def restore(self, state: ObjectState) -> None:
        """Be what it was."""
        self.number, self.candidates, self.chosen = state.number, state.candidates, state.chosen
        self.answered, self.label, self.known = state.answered, state.label, state.known

    def take(self, goal: Goal, candidates: Candidates) -> bool:
        """Take the answer to a goal, unless it was for an earlier object."""
        if goal.object_number != self.number:
            return False
        self.candidates, self.chosen = candidates, candidates.best
        if self.preferred is not None and 1 < len(candidates) > self.preferred:
            self.chosen = self.preferred
        self.answered = goal.prompts
        return True

    def drop_answer(self) -> None:
        """Forget the masks; the prompts may still be answered anew."""
        self.candidates, self.chosen, self.answered = None, 0, PlanePrompts()

    def begin_next(self) -> None:
        """Begin another object: answers still under way are for the one before."""
        self._begun += 1
        self.number, self.label, self.known = self._begun, None, None
        self.drop_answer()

    def refine(self, label: int, plane: Plane, mask: npt.NDArray[np.bool_]) -> None:
        """Begin with a committed object: its id, and its mask, (rows, columns), in a plane."""
        self.begin_next()
        self.label, self.known = label, KnownMask(plane, mask)

    def step(self, by: int) -> bool:
        """Show another candidate, going round; say whether there was one."""
        if self.candidates is None:
            return False
        return self.choose((self.chosen + by) % len(self.candidates))

    def choose(self, candidate: int) -> bool:
        """Show a candidate, and the one of the same size next time; say whether there are any."""
        if self.candidates is None or not 0 <= candidate < len(self.candidates) > 1:
            return False
        self.chosen = self.preferred = candidate
        return True
