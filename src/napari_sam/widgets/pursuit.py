"""From what is on display to goals for the background, and from its events to answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Qt, QTimer, Signal

from napari_sam.weights.catalogue import DEFAULT_MODEL
from napari_sam.widgets.background import Background
from napari_sam.widgets.events import Goal, Predicted
from napari_sam.widgets.plane import NoPlaneError, Plane
from napari_sam.widgets.prompts import PlanePrompts
from napari_sam.widgets.segmenter import Segmenter
from napari_sam.widgets.status import NO_IMAGE, STOPPED, Status, status_of

if TYPE_CHECKING:
    from napari_sam.widgets.current_object import CurrentObject
    from napari_sam.widgets.events import Candidates, WorkEvent
    from napari_sam.widgets.models import ModelLoader
    from napari_sam.widgets.workspace import Workspace


class Pursuit(QObject):
    """Keeps the background working towards what the person sees and has asked for.

    Parameters
    ----------
    load : ModelLoader
        Brings a model to memory, in the background.
    current : CurrentObject
        The object being made, which takes the answers.
    parent : QObject
        Owner in Qt.

    Attributes
    ----------
    model : str
        Name of the model to work with.
    workspace : Workspace, optional
        The image to work on.
    plane : Plane, optional
        The plane of it on display, as of the last look.
    status : Status
        What the chip says.
    """

    status_changed = Signal(object)
    """(Status)"""
    answered = Signal()
    """The current object has other masks than before, or none."""
    hovered = Signal(object)
    """(Candidates) for a click where the mouse rests, or None as soon as it does not."""

    def __init__(self, load: ModelLoader, current: CurrentObject, parent: QObject) -> None:
        super().__init__(parent)
        self.model = DEFAULT_MODEL
        self.workspace: Workspace | None = None
        self.plane: Plane | None = None
        self.status = NO_IMAGE
        self._current = current
        self._hover: PlanePrompts | None = None  # what a click under the mouse would ask for
        self._hovered: Candidates | None = None  # and its answer
        self._goal: Goal | None = None
        self._heard: Goal | None = None  # what the background last reported on
        self._background = Background(Segmenter(load), self)
        self._background.happened.connect(self._on_work, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timer)

    @property
    def is_up_to_date(self) -> bool:
        """Whether `status` is about what was seen last."""
        heard, goal = self._heard, self._goal
        is_heard = goal is None or (heard is not None and heard.same_picture(goal))
        return is_heard and not self._timer.isActive()

    def is_answer_due(self) -> bool:
        """Look, and say whether the newest prompts still wait for their masks."""
        self.look()
        goal = self._goal
        if goal is None or goal.is_hover:
            return False
        return goal.prompts.says_where and goal.prompts != self._current.answered

    def look_soon(self, delay: int = 0) -> None:
        """Look after a delay in milliseconds; many changes at once make one goal."""
        if not self._timer.isActive() or delay < self._timer.remainingTime():
            self._timer.start(delay)

    def look(self, prompts: PlanePrompts | None = None) -> None:
        """See what is on display and asked for, and set the background to it.

        Parameters
        ----------
        prompts : PlanePrompts, optional
            What the prompt layers are about to hold; by default they are read.
        """
        self._timer.stop()
        if self.workspace is None:
            self._rest(NO_IMAGE)
            return
        try:
            plane = self.workspace.plane()
        except NoPlaneError as error:
            self._rest(Status("idle", str(error)))
            return
        if plane != self.plane:
            self.plane = plane
            self.hover(None)
            self._drop_answer()
            self.workspace.turn_to(plane)
        if prompts is None:
            prompts = self.workspace.prompts.read(plane)
        known = self._current.known
        if known is not None and known.plane == plane:
            prompts = replace(prompts, known=known)
        if not prompts.says_where:
            self._drop_answer()
        hover = None if prompts else self._hover
        goal = Goal(
            self.model,
            self.workspace.source(plane),
            self._current.number,
            prompts if hover is None else hover,
            self._current.chosen if self._current.candidates is not None else None,
            is_hover=hover is not None,
        )
        self._pursue(goal)
        if prompts:
            self.hover(None)

    def hover(self, prompts: PlanePrompts | None) -> None:
        """Say what a click where the mouse rests would ask for; None as soon as it moves.

        It is answered by `hovered`, and only while nothing else is asked for.
        """
        if prompts == self._hover:
            return
        if self._hovered is not None:
            self._hovered = None
            self.hovered.emit(None)
        self._hover = prompts
        if prompts is not None:
            self.look()

    def _pursue(self, goal: Goal) -> None:
        """Set the background to a goal, unless its answer is there or under way."""
        before = self._goal
        if not goal.is_hover and self._current.has_answer_to(goal):
            self._goal = goal
            if before is None or not goal.asks_the_same(before):
                self._background.pursue(replace(goal, prompts=PlanePrompts()))
        elif before is None or not goal.asks_the_same(before) or goal.is_hover > before.is_hover:
            self._goal = goal
            self._background.pursue(goal)
        elif before.is_hover and not goal.is_hover:  # a click where the mouse has rested
            self._goal = goal
            if self._hovered is not None:
                self._take(goal, self._hovered)

    def cancel(self) -> None:
        """Stop the work under way. It goes on with the next change, or `restart`."""
        self._rest(STOPPED)

    def restart(self) -> None:
        """Begin again what was cancelled or has failed."""
        self._goal = None
        self.look()

    def stop(self) -> None:
        """End the background's thread soon. The next `look` that has work starts another."""
        self._timer.stop()
        self._goal = None
        self._background.stop()

    @property
    def is_running(self) -> bool:
        """Whether the background's thread is there."""
        return self._background.is_running

    def _on_timer(self) -> None:
        self.look()

    def _rest(self, status: Status) -> None:
        self._timer.stop()
        self._background.abandon()
        self._goal = None
        if status is not STOPPED:
            self.plane = None
            self.hover(None)
            self._drop_answer()
        self._say(status)

    def _drop_answer(self) -> None:
        if self._current.candidates is not None:
            self._current.drop_answer()
            self.answered.emit()

    def _say(self, status: Status) -> None:
        if status != self.status:
            self.status = status
            self.status_changed.emit(status)

    def _on_work(self, goal: Goal, event: WorkEvent) -> None:
        wanted = self._goal
        if wanted is None or not wanted.same_picture(goal):
            return
        self._heard = goal
        status = status_of(event)
        if status is not None:
            self._say(status)
        if not isinstance(event, Predicted):
            return
        if wanted.is_hover:
            if goal.asks_the_same(wanted) and goal.prompts == self._hover:
                self._hovered = event.candidates
                self.hovered.emit(event.candidates)
        elif wanted.prompts.says_where and (not goal.is_hover or goal.asks_the_same(wanted)):
            self._take(goal, event.candidates)

    def _take(self, goal: Goal, candidates: Candidates) -> None:
        if self._current.take(goal, candidates):
            self.answered.emit()
