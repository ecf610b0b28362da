"""What a person does to the object being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QObject, Signal

from napari_sam.widgets.changes import AttributeChange, PromptChange, Together
from napari_sam.widgets.classes import classes_of
from napari_sam.widgets.committer import Committer
from napari_sam.widgets.kept_object import KeptObject
from napari_sam.widgets.object_record import RecordChange, record_of
from napari_sam.widgets.palette import FOREGROUND
from napari_sam.widgets.prompts import PlanePrompts
from napari_sam.widgets.to_commit import MaskToCommit, masks_to_commit
from napari_sam.widgets.wording import NOTHING_YET, committed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from napari_sam.widgets.current_object import CurrentObject
    from napari_sam.widgets.history import Change, History
    from napari_sam.widgets.objects_layer import Commit, ObjectsLayer
    from napari_sam.widgets.plane import Plane
    from napari_sam.widgets.pursuit import Pursuit
    from napari_sam.widgets.workspace import Workspace
    from napari_sam.widgets.workspaces import Workspaces


class ObjectMaker(QObject):
    """Prompts, preview, commit and discard, in the plane on display.

    Parameters
    ----------
    workspaces : Workspaces
        The images, and the layers of each.
    pursuit : Pursuit
        The work in the background.
    current : CurrentObject
        The object being made.
    history : History
        What is done is recorded here.
    parent : QObject
        Owner in Qt.

    Attributes
    ----------
    committer : Committer
        How masks become objects.
    """

    changed = Signal()
    """The object being made, or what can be done with it, has changed."""
    said = Signal(str)
    """A sentence about what has just been done; empty when it is news no more."""

    def __init__(
        self,
        workspaces: Workspaces,
        pursuit: Pursuit,
        current: CurrentObject,
        history: History,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.history = history
        self.committer = Committer()
        self._workspaces, self._pursuit, self.current = workspaces, pursuit, current
        self._commit_due: tuple[int, Plane] | None = None  # for this object, in this plane
        pursuit.answered.connect(self._on_answer)

    @property
    def workspace(self) -> Workspace | None:
        """The layers of the image being segmented."""
        return self._workspaces.current

    @property
    def plane(self) -> Plane | None:
        """The plane on display, where there is one."""
        return self._pursuit.plane

    @property
    def prompts(self) -> PlanePrompts:
        """The prompts in the plane on display."""
        if self.workspace is None or self.plane is None:
            return PlanePrompts()
        return self.workspace.prompts.read(self.plane)

    def position_on_image(
        self, world: npt.ArrayLike, *, nearest: bool = False
    ) -> npt.NDArray[np.float64] | None:
        """Turn a world position into one of the grid; None if it is not on the plane.

        With `nearest`, one beside the plane gives the nearest on it.
        """
        if self.workspace is None or self.plane is None:
            return None
        image = self.workspace.image
        position = self.workspace.grid.from_layer(image.world_to_data(world))
        if nearest:
            return self.plane.clip(position)
        return position if self.plane.contains(position) else None

    def add_point(self, position: npt.ArrayLike, label: str = FOREGROUND) -> None:
        """Add a prompt point at a grid position, (ndim,), of the plane on display."""
        if self.workspace is not None and self.plane is not None:
            self.workspace.show(self.plane)
            prompts, at = self.workspace.prompts, np.asarray(position, dtype=float)
            # The work begins first: napari takes its time to add a point.
            self._pursuit.look(prompts.read_with(self.plane, at, label))
            prompts.add_point(at, label)

    def set_box(self, corner: npt.ArrayLike, opposite: npt.ArrayLike) -> None:
        """Make two grid positions, (ndim,) each, the corners of the plane's box."""
        if self.workspace is not None and self.plane is not None:
            self.workspace.show(self.plane)
            self.workspace.prompts.set_box(self.plane, corner, opposite)

    def commit(self) -> None:
        """Write the object into the labels and begin the next, as soon as its mask is there."""
        is_due = self._pursuit.is_answer_due()
        workspace, plane = self.workspace, self.plane
        if is_due and plane is not None:
            self._commit_due = (self.current.number, plane)
            return
        self._commit_due = None
        preview = None if workspace is None else workspace.preview
        if workspace is None or plane is None or preview is None or preview.is_blank:
            self.said.emit(NOTHING_YET)
            return
        try:
            written = self._write(workspace, plane, masks_to_commit(self.current, preview))
        except ValueError as error:
            self.said.emit(str(error))
            return
        self.said.emit(committed(written))
        self.changed.emit()

    def discard(self) -> None:
        """Drop the object being made, with its prompts in the plane on display."""
        workspace, plane = self.workspace, self.plane
        if workspace is None or plane is None:
            self.begin_next()
            return
        with self.history.travelling():
            changes = self._finish(workspace, plane)
        if changes:
            self.history.record(Together("discarding", changes))
        self.changed.emit()

    def refine(self, label: int, mask: npt.NDArray[np.bool_]) -> None:
        """Make a committed object the current one, its mask a prompt; its commit keeps the id.

        Parameters
        ----------
        label : int
            Its id.
        mask : ndarray
            (rows, columns) bool, its pixels in the plane on display.
        """
        if self.plane is None:
            return
        workspace = self.workspace
        if workspace is None:
            return
        before = KeptObject.of(self.current.state())
        self.current.refine(label, self.plane, mask)
        name, after = f"refining object {label}", KeptObject.of(self.current.state())
        put = AttributeChange(name, self._put_current, before, after)
        prompts = workspace.prompts.state()  # they say which image it is about
        here = PromptChange(name, workspace.prompts, prompts, prompts)
        self.history.record(Together(name, (here, put)))
        self._pursuit.look_soon()
        self.changed.emit()

    def _write(
        self, workspace: Workspace, plane: Plane, made: Sequence[MaskToCommit]
    ) -> list[Commit]:
        """Write masks, an object each, and make that and what it ends one change."""
        objects = workspace.objects_to_write()
        refined = self._refined(plane)
        if refined is not None and len(made) > 1:  # they are parts of the one that is refined
            whole = np.logical_or.reduce([each.mask for each in made])
            made = [MaskToCommit(whole, self.current.answered)]
        if self.committer.class_label not in {each.label for each in classes_of(objects.layer)}:
            self.committer.class_label = None  # it belongs to another layer
        masks = [each.mask for each in made]
        with self.history.travelling():
            written, changes = self.committer.write(objects, plane, masks, refined)
            for commit, each in zip(written, made, strict=True):
                if commit.label:
                    changes.append(self._record(objects, plane, commit.label, each.prompts))
            if changes:
                last = next(each.label for each in reversed(written) if each.label)
                objects.layer.selected_label = last  # napari's brush goes on with it
                changes.extend(self._finish(workspace, plane))
        if changes:
            self.history.record(Together(changes[0].description, tuple(changes)))
        return written

    def _refined(self, plane: Plane) -> int | None:
        """Return the object that is refined, if that is in this plane."""
        known = self.current.known
        return self.current.label if known is not None and known.plane == plane else None

    def _record(
        self, objects: ObjectsLayer, plane: Plane, label: int, prompts: PlanePrompts
    ) -> RecordChange:
        """Keep what an object was made from, and return that change."""
        model, current = self._pursuit.model, self.current
        record = record_of(label, plane, prompts, current, model, self.committer.class_label)
        replaces = self._refined(plane) is not None
        change = RecordChange.adding(objects.records, record, replaces=replaces)
        change.redo()
        return change

    def _finish(self, workspace: Workspace, plane: Plane) -> tuple[Change, ...]:
        """Take the prompts away and begin the next object; return what that changed."""
        prompts, state = workspace.prompts.state(), self.current.state()
        workspace.prompts.clear(plane)
        self.begin_next()
        after = workspace.prompts.state()
        if after == prompts and state.candidates is None:
            return ()
        return (
            PromptChange("prompts", workspace.prompts, prompts, after),
            AttributeChange(
                "object",
                self._put_current,
                KeptObject.of(state),
                KeptObject.of(self.current.state()),
            ),
        )

    def _put_current(self, kept: KeptObject) -> None:
        state = kept.state()
        self.current.restore(state)
        if state.goal is not None and state.goal.source.plane != self.plane:
            self.current.drop_answer()  # it was about another slice
        self._on_answer()
        self._pursuit.look_soon()

    def step_candidates(self, by: int) -> None:
        """Show the next (1) or previous (-1) of the masks that may be meant."""
        if self.current.step(by):
            self._on_answer()

    def choose_candidate(self, candidate: int) -> None:
        """Show one of the masks that may be meant."""
        if self.current.choose(candidate):
            self._on_answer()

    def answer_anew(self) -> None:
        """Forget the masks, for instance of another model; what is refined stays so."""
        self.current.drop_answer()
        self._on_answer()

    def begin_next(self) -> None:
        """Begin another object; the prompts are left as they are."""
        self._commit_due = None
        self.current.begin_next()
        self._on_answer()

    def _on_answer(self) -> None:
        """Show the chosen mask, or nothing."""
        workspace, plane, masks = self.workspace, self.plane, self.current.candidates
        if workspace is not None and plane is not None and masks is not None:
            workspace.show(plane).show(plane, masks.pictures[self.current.chosen])
            self.said.emit("")
            if self._commit_due == (self.current.number, plane):
                self.commit()
        elif workspace is not None and workspace.preview is not None:
            workspace.preview.blank()
        self.changed.emit()
