"""What a person does to objects that are committed already, also those from a file."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QObject

from napari_sam.inference import label_edits
from napari_sam.inference.progress import Progress
from napari_sam.widgets.side_job import SideJob

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import numpy.typing as npt

    from napari_sam.inference.label_edits import LabelEdit
    from napari_sam.widgets.object_maker import ObjectMaker
    from napari_sam.widgets.objects_layer import ObjectsLayer
    from napari_sam.widgets.plane import Plane

    Edit = Callable[[npt.NDArray[np.integer]], LabelEdit]

NO_OBJECTS = "There are no objects yet: commit one first, or choose a labels layer."
NO_PLANE = "No slice is on display to edit: go back to the 2-D view of the image."
_AT_ONCE = 1 << 22  # pixels that are searched within a few milliseconds


class ObjectEditor(QObject):
    """Edits the objects of the image being segmented; each edit is one change of the history.

    Parameters
    ----------
    maker : ObjectMaker
        Knows the image, the plane and the history, and tells the person what was done.

    Attributes
    ----------
    all_slices : bool
        Whether an edit goes through all slices of an object, or the one on display only. A line
        is drawn on one slice and cuts and joins there, whatever this says.
    """

    def __init__(self, maker: ObjectMaker) -> None:
        super().__init__(maker)
        self._maker = maker
        self.all_slices = True
        self._planned: tuple[str, ObjectsLayer]
        self._job = SideJob(self)
        self._job.finished.connect(self._make)
        self._job.failed.connect(self._on_failed)

    @property
    def objects(self) -> ObjectsLayer | None:
        """The objects of the image being segmented."""
        workspace = self._maker.workspace
        return None if workspace is None else workspace.objects_in_list()

    @property
    def selected(self) -> int:
        """The object that is selected, as in the layer's controls; 0 if there is none."""
        return 0 if self.objects is None else int(self.objects.layer.selected_label)

    def pick(self, position: npt.ArrayLike) -> int:
        """Select the object at a grid position, (ndim,), and return its id, 0 if none is there."""
        objects, plane = self.objects, self._maker.plane
        if objects is None or plane is None:
            self._maker.said.emit(NO_OBJECTS)
            return 0
        at = np.clip(np.round(np.asarray(position)), 0, np.asarray(plane.grid.shape) - 1)
        label = int(objects.layer.data[tuple(at.astype(int))])
        if label:
            objects.layer.selected_label = label
        self._maker.said.emit(f"Object {label} picked." if label else "No object is there.")
        self._maker.changed.emit()
        return label

    def delete(self) -> bool:
        """Delete the selected object."""
        label = self.selected
        return self._edit(f"deleting object {label}", lambda data: label_edits.delete(data, label))

    def fill_holes(self) -> bool:
        """Fill the selected object's holes."""
        label = self.selected
        name = f"filling holes of object {label}"
        return self._edit(name, lambda data: label_edits.fill_holes(data, label))

    def keep_largest_part(self) -> bool:
        """Clear all of the selected object but its largest part."""
        label = self.selected
        name = f"keeping the largest part of object {label}"
        return self._edit(name, lambda data: label_edits.keep_largest_part(data, label))

    def relabel(self, new_label: int) -> bool:
        """Give the selected object another id, and keep it selected."""
        label, objects = self.selected, self.objects
        name = f"renaming object {label} to {new_label}"
        done = self._edit(name, lambda data: label_edits.relabel(data, label, new_label))
        if done and objects is not None:
            objects.layer.selected_label = new_label
        return done

    def merge(self, labels: Sequence[int]) -> bool:
        """Give objects the id of the first."""
        name = "merging objects " + ", ".join(str(label) for label in labels)
        return self._edit(name, lambda data: label_edits.merge(data, labels))

    def join(self, path: npt.ArrayLike) -> bool:
        """Merge the objects under a line of (rows, columns) vertices, (P, 2), of the plane."""
        objects, plane = self.objects, self._maker.plane
        if objects is None or plane is None:
            return self._edit("", None)
        labels = label_edits.crossed_objects(np.asarray(plane.cut(objects.layer.data)), path)
        return self.merge(labels)

    def cut(self, path: npt.ArrayLike) -> bool:
        """Split an object along a line of (rows, columns) vertices, (P, 2), of the plane."""
        objects = self.objects

        def split(data: npt.NDArray[np.integer]) -> LabelEdit:
            return label_edits.split(data, path, 0 if objects is None else objects.next_label())

        return self._edit("splitting an object", split, in_plane=True)

    def refine(self) -> bool:
        """Make the selected object the one being made, with its mask in the plane as a prompt."""
        label, objects, plane = self.selected, self.objects, self._maker.plane
        if objects is None or plane is None:
            return self._edit("", None)
        mask = np.asarray(plane.cut(objects.layer.data)) == label
        if not label or not mask.any():
            self._maker.said.emit(f"Object {label} is not on this slice: pick one that is.")
            return False
        self._maker.refine(label, mask)
        return True

    def _edit(self, description: str, edit: Edit | None, *, in_plane: bool = False) -> bool:
        """Make an edit, and say what was done or why it was not; a large one is begun.

        Through a large stack it is planned beside the GUI thread.
        """
        objects, plane = self.objects, self._maker.plane
        if plane is None and objects is not None:
            self._maker.said.emit(NO_PLANE)
            return False
        if objects is None or plane is None or edit is None:
            self._maker.said.emit(NO_OBJECTS)
            return False
        self._job.stop()
        data = objects.layer.data
        self._planned = (description, objects)
        if not in_plane and self.all_slices and data.size > _AT_ONCE:
            self._maker.said.emit(f"{_capital(description)} …")
            self._job.start(partial(_planning, edit, data))
            return True
        flat = in_plane or not self.all_slices
        try:
            planned = edit(np.asarray(plane.cut(data) if flat else data))
        except ValueError as error:
            self._on_failed(error)
            return False
        return self._make(_lifted(planned, plane) if flat else planned)

    def _make(self, planned: LabelEdit) -> bool:
        """Make the edit that has been planned."""
        description, objects = self._planned
        if not planned.size:
            self._maker.said.emit("Nothing to change there.")
            return False
        try:
            change = objects.plan_edit(description, planned)
        except ValueError as error:
            self._on_failed(error)
            return False
        self._maker.history.do(change)
        self._maker.said.emit(f"{_capital(description)}: done.")
        return True

    def _on_failed(self, error: Exception) -> None:
        self._maker.said.emit(_sentence(error))


def _planning(
    edit: Edit, data: npt.NDArray[np.integer], _is_cancelled: Callable[[], bool]
) -> Generator[Progress, None, LabelEdit]:
    """Plan an edit as a piece of long work; it is one step."""
    yield Progress(0, 1)
    return edit(data)


def _lifted(edit: LabelEdit, plane: Plane) -> LabelEdit:
    """Turn an edit of a plane into one of the whole grid."""
    return replace(edit, indices=plane.lift(*edit.indices))


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _sentence(error: Exception) -> str:
    return f"{_capital(str(error))}."
