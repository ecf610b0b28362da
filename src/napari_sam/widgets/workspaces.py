"""Which image of a viewer is being segmented, and what was begun on the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.layers import Image

from napari_sam.widgets.changes import Together
from napari_sam.widgets.weak_viewer import WeakViewer
from napari_sam.widgets.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari import Viewer
    from napari.layers import Layer

    from napari_sam.widgets.history import Change, History


class Workspaces:
    """One workspace for each image that was chosen; at most one is the current.

    Parameters
    ----------
    viewer : Viewer
        The viewer.
    history : History
        What is done to prompts and objects is recorded here.
    on_change : callable
        Called after prompts or pixels of any of the images have changed.

    Attributes
    ----------
    current : Workspace, optional
        The image being segmented.
    sees_contrast : bool
        Whether the model sees the contrast limits of images that are chosen from now on.
    """

    def __init__(self, viewer: Viewer, history: History, on_change: Callable[[], None]) -> None:
        self._viewer, self._history, self._on_change = WeakViewer(viewer), history, on_change
        self._all: list[Workspace] = []
        self.current: Workspace | None = None
        self.sees_contrast = False

    def images(self) -> list[Image]:
        """List the image layers, the topmost first."""
        return [layer for layer in reversed(self._viewer().layers) if isinstance(layer, Image)]

    def first_choice(self) -> Image | None:
        """Guess which image is meant: the active layer, else the topmost that is visible."""
        active = self._viewer().layers.selection.active
        if isinstance(active, Image):
            return active
        images = self.images()
        visible = [image for image in images if image.visible]
        return next(iter(visible or images), None)

    def choose(self, image: Image | None) -> None:
        """Make another image the current; the layers of the one before are put aside."""
        if self.current is not None:
            self.current.hide()
        if image is None:
            self.current = None
            return
        known = [workspace for workspace in self._all if workspace.image is image]
        if known and known[0].is_outdated:
            self.drop(known.pop())
        self.current = known[0] if known else self._make(image)
        if not known:
            self._all.append(self.current)

    def _make(self, image: Image) -> Workspace:
        workspace = Workspace(self._viewer(), image, self._history, self._on_change)
        workspace.picture.sees_contrast = self.sees_contrast
        return workspace

    def record_prompts(self) -> None:
        """Record changes of any image's prompts that have not been yet."""
        for workspace in self._all:
            workspace.recorder.look()

    def owner_of(self, change: Change) -> Workspace | None:
        """Find the image that a change was made to, if it is still there."""
        if isinstance(change, Together):
            owners = (self.owner_of(part) for part in change.changes)
            return next((owner for owner in owners if owner is not None), None)
        return next((each for each in self._all if each.owns(change)), None)

    def image_of(self, owner: object) -> Image | None:
        """Find the image that an objects layer or prompts belong to, if it is still there."""
        for each in self._all:
            if owner is each.prompts or each.has_objects(owner):
                return each.image
        return None

    def records(self, layer: Layer) -> bool:
        """Say whether changes of a layer are recorded in the history."""
        return any(layer in each.recorded_layers for each in self._all)

    def prune(self) -> None:
        """Let go of the images that have left the layer list, and of deleted prompts."""
        for workspace in list(self._all):
            if workspace.image in self._viewer().layers:
                workspace.picture.keep(self._viewer().layers)
                workspace.forget_deleted()
            else:
                self.drop(workspace)

    def drop(self, workspace: Workspace) -> None:
        """Let go of an image."""
        self._all.remove(workspace)
        if workspace is self.current:
            self.current = None
        workspace.close()

    def close(self) -> None:
        """Let go of all images."""
        for workspace in list(self._all):
            self.drop(workspace)
