"""Points, boxes, outlines and scribbles as napari layers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Points, Shapes

from napari_sam.widgets.grid import place
from napari_sam.widgets.new_prompt_layers import (
    POINTS_NAME,
    SHAPES_NAME,
    make_points,
    make_shapes,
)
from napari_sam.widgets.palette import BACKGROUND, FOREGROUND
from napari_sam.widgets.plane_reader import read_plane
from napari_sam.widgets.prompt_looks import choose_label, match_colours, match_symbols
from napari_sam.widgets.prompt_memory import put_points, put_shapes, state_of
from napari_sam.widgets.shape_prompts import OPEN_KINDS
from napari_sam.widgets.tags import find_tagged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy.typing as npt
    from napari.layers import Image, Layer
    from napari.utils.events import Event

    from napari_sam.widgets.grid import Grid
    from napari_sam.widgets.plane import Plane
    from napari_sam.widgets.plane_edit import PlaneEdit
    from napari_sam.widgets.prompt_state import PromptState
    from napari_sam.widgets.prompts import PlanePrompts

_POINT_SIZE = 14.0  # in screen pixels, at any zoom
_LINE_WIDTH = 2.0  # likewise
_DONE = {"added", "removed", "changed"}  # napari's data events that come after the change


class PromptLayers:
    """A Points and a Shapes layer over an image, read and written in pixels of a plane.

    The layers are ordinary ones: whatever napari's own tools do to them counts the same.

    Parameters
    ----------
    image : Image
        The layer that the prompts are about.
    grid : Grid
        Its working grid; the coordinates of both layers are in it.
    on_change : callable
        Called after prompts were added, moved, changed or deleted, by whomever.
    layers : iterable of Layer
        Where the layers of an earlier session are looked for.
    """

    def __init__(
        self,
        image: Image,
        grid: Grid,
        on_change: Callable[[], None],
        layers: Iterable[Layer] = (),
    ) -> None:
        self._image, self._grid, self._on_change = image, grid, on_change
        self._is_writing = False
        self._edits: tuple[PlaneEdit, ...] = ()
        self._each_is_own = False
        self._line_width = 1.0  # in pixels of the grid
        points = find_tagged(layers, Points, POINTS_NAME, image)
        shapes = find_tagged(layers, Shapes, SHAPES_NAME, image)
        self.points = points if points is not None else make_points(image, grid)
        self.shapes = shapes if shapes is not None else make_shapes(image, grid)
        self.points.events.data.connect(self._on_data)
        self.points.events.features.connect(self._on_features)
        self.shapes.events.data.connect(self._on_data)
        self.shapes.events.features.connect(self._on_features)

    @property
    def layers(self) -> tuple[Shapes, Points]:
        """Both layers, bottom first."""
        return self.shapes, self.points

    @property
    def new_label(self) -> str:
        """What a plain click and napari's own add tool add: foreground or background."""
        return str(self.points.feature_defaults["label"].iloc[0])

    @new_label.setter
    def new_label(self, label: str) -> None:
        if label != self.new_label:
            choose_label(self.points, label)
            choose_label(self.shapes, label)

    @property
    def each_is_own(self) -> bool:
        """Whether every foreground point and every box is an object of its own."""
        return self._each_is_own

    @each_is_own.setter
    def each_is_own(self, each_is_own: bool) -> None:
        if each_is_own != self._each_is_own:
            self._each_is_own = each_is_own
            self._on_change()

    def follow_image(self) -> None:
        """Move the layers to where the image lies now."""
        for layer in self.layers:
            place(layer, self._image, self._grid)

    def fit_screen(self, zoom: float) -> None:
        """Give points and lines the same size on screen.

        Parameters
        ----------
        zoom : float
            How many screen pixels a pixel of the grid is.
        """
        self._line_width = _LINE_WIDTH / max(zoom, 1e-9)
        with self.points.block_update_properties():
            self.points.current_size = _POINT_SIZE / max(zoom, 1e-9)
        if len(self.points.data):
            self.points.size = self.points.current_size
        with self.shapes.block_update_properties():
            self.shapes.current_edge_width = self._line_width
        if len(self.shapes.data):
            self.shapes.edge_width = self._line_width

    def add_point(self, position: npt.ArrayLike, label: str) -> None:
        """Add a point at a grid position, (ndim,)."""
        usual = self.new_label
        with self._writing():
            self.new_label = label
            self.points.add(np.atleast_2d(np.asarray(position, dtype=float)))
            self.new_label = usual
            self.points.selected_data = set()  # so that napari's controls do not change it
            self._match_looks()

    def set_box(self, plane: Plane, corner: npt.ArrayLike, opposite: npt.ArrayLike) -> None:
        """Make two grid positions, (ndim,), the corners of a box.

        It takes the place of the plane's box or outline, or, where each box is an object of
        its own, of the box that began at the same corner.
        """
        first, last = np.asarray(corner, dtype=float), np.asarray(opposite, dtype=float)
        corners = np.tile(np.asarray(plane.index, dtype=float), (4, 1))
        for axis, at_last in ((plane.rows, (0, 0, 1, 1)), (plane.columns, (0, 1, 1, 0))):
            corners[:, axis] = np.where(at_last, last[axis], first[axis])
        with self._writing():
            self._remove_shapes(self._closed_shapes(plane, corners[0]))
            self._add_shape(corners, "rectangle", FOREGROUND)

    def draw(
        self,
        plane: Plane,
        path: npt.ArrayLike,
        kind: str,
        label: str,
        *,
        is_first: bool,
        is_done: bool = False,
    ) -> None:
        """Show a shape as far as it has been drawn.

        Parameters
        ----------
        plane : Plane
            Where.
        path : array_like
            (N, ndim) grid positions.
        kind : str
            "path", or "polygon" for an outline that is closed.
        label : str
            Foreground or background.
        is_first : bool
            Whether it is a new shape and not the one drawn last, a little longer.
        is_done : bool
            Whether it is complete: only then is it reported.
        """
        vertices = np.array(path, dtype=float)
        vertices[:, plane.cut_axes] = np.asarray(plane.index)[list(plane.cut_axes)]
        before, self._is_writing = self._is_writing, True
        try:
            if not is_first:
                self._remove_shapes({len(self.shapes.data) - 1})
            if kind == "polygon" and label == FOREGROUND:
                self._remove_shapes(self._closed_shapes(plane, vertices[0]))
            self._add_shape(vertices, kind, label)
        finally:
            self._is_writing = before
        if is_done:
            self._on_change()

    def read(self, plane: Plane) -> PlanePrompts:
        """Read the prompts of a plane."""
        return read_plane(self.points, self.shapes, plane, each_is_own=self.each_is_own)

    def read_with(self, plane: Plane, position: npt.NDArray[Any], label: str) -> PlanePrompts:
        """Say what `read` will give when a point is added at a position of the plane."""
        return read_plane(
            self.points, self.shapes, plane, added=(position, label), each_is_own=self.each_is_own
        )

    def edit_of(self, plane: Plane) -> PlaneEdit | None:
        """Return what was painted and erased in the preview of a plane."""
        return next((edit for edit in self._edits if edit.plane == plane), None)

    def set_edit(self, edit: PlaneEdit) -> None:
        """Put an edit in the place of the plane's earlier one."""
        with self._writing():
            others = (other for other in self._edits if other.plane != edit.plane)
            self._edits = (*others, edit)

    def state(self) -> PromptState:
        """Return all prompts, of every slice."""
        return state_of(self.points, self.shapes, self._edits)

    def restore(self, state: PromptState) -> None:
        """Hold these prompts instead of the present ones; reported as one change, if it is one."""
        present = self.state()
        if state != present:
            with self._writing():
                self._edits = state.edits
                put_points(self.points, present.points, state.points)
                put_shapes(self.shapes, present.shapes, state.shapes, self._line_width)
                self._match_looks()

    def clear(self, plane: Plane) -> None:
        """Delete the prompts and edits of a plane; those of other slices stay."""
        with self._writing():
            self.points.selected_data = set(np.flatnonzero(plane.holds(self.points.data)).tolist())
            self.points.remove_selected()
            self._remove_shapes(set(self._shapes_in(plane)))
            self._edits = tuple(edit for edit in self._edits if edit.plane != plane)

    def close(self) -> None:
        """Let go of the layers, which stay as they are."""
        self.points.events.data.disconnect(self._on_data)
        self.points.events.features.disconnect(self._on_features)
        self.shapes.events.data.disconnect(self._on_data)
        self.shapes.events.features.disconnect(self._on_features)

    def _add_shape(self, vertices: npt.NDArray[np.float64], kind: str, label: str) -> None:
        usual = self.new_label
        self.new_label = label
        self.shapes.add([vertices], shape_type=kind, edge_width=self._line_width)
        self.new_label = usual
        self.shapes.selected_data = set()
        match_colours(self.shapes)

    def _shapes_in(self, plane: Plane) -> list[int]:
        return [i for i, data in enumerate(self.shapes.data) if plane.holds(data).all()]

    def _closed_shapes(self, plane: Plane, start: npt.NDArray[np.float64]) -> set[int]:
        """Find what a new box or outline takes the place of."""
        kinds, labels = self.shapes.shape_type, self.shapes.features["label"]
        closed = [
            i
            for i in self._shapes_in(plane)
            if str(kinds[i]) not in OPEN_KINDS and labels[i] != BACKGROUND
        ]
        if self.each_is_own:
            closed = [i for i in closed if np.allclose(self.shapes.data[i][0], start)]
        return set(closed)

    def _remove_shapes(self, indices: set[int]) -> None:
        self.shapes.selected_data = indices
        self.shapes.remove_selected()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Report what is written within as one change."""
        self._is_writing = True
        try:
            yield
        finally:
            self._is_writing = False
        self._on_change()

    def _on_data(self, event: Event) -> None:
        if not self._is_writing and str(getattr(event, "action", "changed")) in _DONE:
            self._match_looks()
            self._on_change()

    def _on_features(self, _event: Event) -> None:
        if not self._is_writing and self._match_looks():
            self._on_change()

    def _match_looks(self) -> bool:
        """Give every prompt the look of its label; say whether any had another."""
        symbols, colours = match_symbols(self.points), match_colours(self.shapes)
        return symbols or colours
