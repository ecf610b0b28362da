"""What a person does to the object being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QObject, Signal

from napari_sam.widgets.palette import FOREGROUND
from napari_sam.widgets.prompts import PlanePrompts
from napari_sam.widgets.wording import NOTHING_YET, committed, taken_back

if TYPE_CHECKING:
    import numpy.typing as npt

    from napari_sam.widgets.current_object import CurrentObject
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
    parent : QObject
        Owner in Qt.
    """

    changed = Signal()
    """The object being made, or what can be done with it, has changed."""
    said = Signal(str)
    """A sentence about what has just been done; empty when it is news no more."""

    def __init__(
        self, workspaces: Workspaces, pursuit: Pursuit, current: CurrentObject, parent: QObject
    ) -> None:
        super().__init__(parent)
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
            written = workspace.objects_to_write().commit(plane, preview.mask())
        except ValueError as error:
            self.said.emit(str(error))
            return
        if written.label:
            self.begin_next()
            workspace.prompts.clear(plane)
        self.said.emit(committed(written))
        self.changed.emit()

    def discard(self) -> None:
        """Drop the object being made, with its prompts in the plane on display."""
        self.begin_next()
        if self.workspace is not None and self.plane is not None:
            self.workspace.prompts.clear(self.plane)

    def undo_commit(self) -> None:
        """Take the last commit back."""
        objects = None if self.workspace is None else self.workspace.objects
        self.said.emit(taken_back(None if objects is None else objects.undo()))
        self.changed.emit()

    def step_candidates(self, by: int) -> None:
        """Show the next (1) or previous (-1) of the masks that may be meant."""
        if self.current.step(by):
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
