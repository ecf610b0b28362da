"""The layers that a session keeps for one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_sam.widgets.changes import DataChange, PixelChange, PromptChange
from napari_sam.widgets.compat import camera_of
from napari_sam.widgets.connections import Connections
from napari_sam.widgets.grid import working_grid
from napari_sam.widgets.objects_layer import ObjectsLayer, left_objects
from napari_sam.widgets.picture import Picture
from napari_sam.widgets.plane import displayed_plane
from napari_sam.widgets.preview_layer import PreviewLayer
from napari_sam.widgets.prompt_layers import PromptLayers
from napari_sam.widgets.recorder import PromptRecorder
from napari_sam.widgets.weak_viewer import WeakViewer

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari import Viewer
    from napari.layers import Image, Labels, Layer

    from napari_sam.widgets.history import Change, History
    from napari_sam.widgets.plane import Plane
    from napari_sam.widgets.plane_source import PictureSource


class Workspace:
    """Prompts, preview and objects of one image layer.

    Prompts and preview are in the layer list while the image is the one being segmented,
    and keep their content while it is not. The objects stay in the list.

    Parameters
    ----------
    viewer : Viewer
        Where the layers are shown.
    image : Image
        The layer to segment.
    history : History
        What is done to prompts and objects is recorded here.
    on_change : callable
        Called after prompts, or what the model sees of the image, have changed.
    """

    def __init__(
        self, viewer: Viewer, image: Image, history: History, on_change: Callable[[], None]
    ) -> None:
        self._viewer, self.image, self._on_change = WeakViewer(viewer), image, on_change
        self._history = history
        self.grid = working_grid(image)
        self.preview: PreviewLayer | None = None
        self.prompts = PromptLayers(image, self.grid, self._on_prompts, viewer.layers)
        self.recorder = PromptRecorder(self.prompts, history)
        self.objects: ObjectsLayer | None = None
        self.picture = Picture(image, viewer.window._qt_window)
        self.picture.changed.connect(on_change)
        self._all_objects: list[ObjectsLayer] = []
        self._is_shown = False
        self._connections = Connections()
        events = image.events
        self._connections.add(
            self._on_place,
            events.scale,
            events.translate,
            events.rotate,
            events.shear,
            events.affine,
            events.units,
        )

    @property
    def is_outdated(self) -> bool:
        """Whether the image has another shape by now than this was made for."""
        return working_grid(self.image) != self.grid

    def plane(self) -> Plane:
        """Find the plane on display; raises NoPlaneError where there is none."""
        return displayed_plane(self.image, self.grid, self._viewer().dims)

    def source(self, plane: Plane) -> PictureSource:
        """Say where the pixels that the model sees are to be read."""
        return self.picture.source(plane)

    def show(self, plane: Plane) -> PreviewLayer:
        """Put the prompt and preview layers into the layer list, where they are not."""
        if self.preview is None:
            self.preview = PreviewLayer(self.image, plane, self.prompts.set_edit)
        self.turn_to(plane)
        if not self._is_shown:
            self._is_shown = True
            self.fit_screen(plane)
        for layer in (self.preview.layer, *self.prompts.layers):
            self.insert(layer)
        return self.preview

    def turn_to(self, plane: Plane) -> None:
        """Take notice of the plane on display: the preview lies there, with its edit."""
        if self.preview is not None:
            self.preview.set_edit(plane, self.prompts.edit_of(plane))

    def hide(self) -> None:
        """Take the prompt and preview layers out of the layer list; they keep their content."""
        self._is_shown = False
        shown: list[Layer] = [*self.prompts.layers]
        if self.preview is not None:
            shown.append(self.preview.layer)
        for layer in shown:
            if layer in self._viewer().layers:
                self._viewer().layers.remove(layer)

    def objects_in_list(self) -> ObjectsLayer | None:
        """Return the objects if they are in the layer list, taking up those left there."""
        layers = self._viewer().layers
        if self.objects is not None and self.objects.layer in layers:
            return self.objects
        found = left_objects(layers, self.image, self.grid)
        return None if found is None else self.use_objects(found)

    def objects_to_write(self) -> ObjectsLayer:
        """Return the objects, in a layer of the list: found there, or a new one."""
        return self.objects_in_list() or self.use_objects(None)

    def use_objects(self, layer: Labels | None) -> ObjectsLayer:
        """Commit into a labels layer of the grid's shape from now on; None makes a new one."""
        known = [each for each in self._all_objects if each.layer is layer]
        self.objects = known[0] if known else None
        if self.objects is None:
            self.objects = ObjectsLayer(self.image, self.grid, self._history, layer)
            self._all_objects.append(self.objects)  # for good: the history may be about it
        self.objects.follow_image()
        self.insert(self.objects.layer, below_prompts=True)
        return self.objects

    def has_objects(self, layer: object) -> bool:
        """Say whether objects of this image are, or were, committed into a layer."""
        return any(layer is each.layer for each in self._all_objects)

    @property
    def recorded_layers(self) -> list[Layer]:
        """The layers whose changes are recorded in the history."""
        own: list[Layer] = [*self.prompts.layers]
        return [*own, *(each.layer for each in self._all_objects)]

    def owns(self, change: Change) -> bool:
        """Say whether a change was made to the prompts or objects of this image."""
        if isinstance(change, PromptChange):
            return change.layers is self.prompts
        if isinstance(change, PixelChange | DataChange):
            return self.has_objects(change.layer)
        return False

    def forget_deleted(self) -> None:
        """Take notice of prompt layers that the person has deleted: what they held is gone."""
        if not self._is_shown:
            return
        if self.prompts.points not in self._viewer().layers and len(self.prompts.points.data):
            self.prompts.points.data = np.zeros((0, self.grid.ndim))
        if self.prompts.shapes not in self._viewer().layers and len(self.prompts.shapes.data):
            self.prompts.shapes.data = []

    def fit_screen(self, plane: Plane) -> None:
        """Give points and lines the same size on screen at any zoom."""
        self.prompts.fit_screen(self.zoom(plane))

    def zoom(self, plane: Plane) -> float:
        """Return how many screen pixels a pixel of the grid is."""
        across = plane.columns  # the axis along which napari takes the size of points
        pixel = abs(float(self.image.scale[across])) * self.grid.factors[across]
        return float(camera_of(self._viewer()).zoom * pixel)

    def close(self) -> None:
        """Let go of the image and take the layers of the work in progress away.

        Prompts that were not committed stay in the list, where the next session finds them.
        """
        self._connections.close()
        self.picture.close()
        self.prompts.close()
        for objects in self._all_objects:
            objects.close()
        if not len(self.prompts.points.data) and not len(self.prompts.shapes.data):
            self.hide()
        elif self.preview is not None and self.preview.layer in self._viewer().layers:
            self._viewer().layers.remove(self.preview.layer)

    def insert(self, layer: Layer, *, below_prompts: bool = False) -> None:
        """Add a layer and leave the selection, and with it the active tool, as it was."""
        layers = self._viewer().layers
        if layer in layers:
            return
        selected, active = set(layers.selection), layers.selection.active
        preview = self.preview.layer if self.preview is not None else None
        at = layers.index(preview) if below_prompts and preview in layers else len(layers)
        layers.insert(at, layer)
        layers.selection.clear()
        layers.selection.update(selected)
        layers.selection.active = active

    def _on_prompts(self) -> None:
        if self.preview is not None:
            self.turn_to(self.preview.plane)
        self._on_change()

    def _on_place(self, _event: object) -> None:
        self.prompts.follow_image()
        if self.preview is not None:
            self.preview.follow_image()
        for objects in self._all_objects:
            objects.follow_image()
