"""The object being made: its masks, which one is shown, and whether it is up to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_sam.widgets.prompts import PlanePrompts

if TYPE_CHECKING:
    from napari_sam.widgets.events import Candidates, Goal


@dataclass(frozen=True, slots=True)
class ObjectState:
    """All of a `CurrentObject` at one moment; its attributes' meaning is the same."""

    number: int
    candidates: Candidates | None
    chosen: int
    answered: PlanePrompts
    label: int | None


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
        self._begun = 0

    def state(self) -> ObjectState:
        """Return all of it."""
        return ObjectState(self.number, self.candidates, self.chosen, self.answered, self.label)

    def restore(self, state: ObjectState) -> None:
        """Be what it was."""
        self.number, self.candidates, self.chosen = state.number, state.candidates, state.chosen
        self.answered, self.label = state.answered, state.label

    def take(self, goal: Goal, candidates: Candidates) -> bool:
        """Take the answer to a goal, unless it was for an earlier object."""
        if goal.object_number != self.number:
            return False
        self.candidates, self.chosen = candidates, candidates.best
        self.answered = goal.prompts
        return True

    def drop_answer(self) -> None:
        """Forget the masks; the prompts may still be answered anew."""
        self.candidates, self.chosen, self.answered = None, 0, PlanePrompts()

    def begin_next(self) -> None:
        """Begin another object: answers still under way are for the one before."""
        self._begun += 1
        self.number, self.label = self._begun, None
        self.drop_answer()

    def step(self, by: int) -> bool:
        """Show another candidate, going round; say whether there was one."""
        if self.candidates is None or len(self.candidates) < 2:
            return False
        self.chosen = (self.chosen + by) % len(self.candidates)
        return True
