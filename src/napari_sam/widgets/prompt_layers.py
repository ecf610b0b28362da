"""Points and boxes as napari layers. The one place where (y, x) becomes (x, y)."""

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
from napari_sam.widgets.palette import BACKGROUND
from napari_sam.widgets.prompt_looks import choose_label, match_colours, match_symbols
from napari_sam.widgets.prompt_memory import put_points, put_shapes, state_of
from napari_sam.widgets.prompts import PlanePrompts
from napari_sam.widgets.tags import find_tagged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy.typing as npt
    from napari.layers import Image, Layer
    from napari.utils.events import Event

    from napari_sam.widgets.grid import Grid
    from napari_sam.widgets.plane import Plane
    from napari_sam.widgets.prompt_state import PromptState

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
        """Make two grid positions, (ndim,), the corners of the plane's box, its only one."""
        first, last = np.asarray(corner, dtype=float), np.asarray(opposite, dtype=float)
        corners = np.tile(np.asarray(plane.index, dtype=float), (4, 1))
        for axis, at_last in ((plane.rows, (0, 0, 1, 1)), (plane.columns, (0, 1, 1, 0))):
            corners[:, axis] = np.where(at_last, last[axis], first[axis])
        with self._writing():
            self._remove_boxes(plane)
            self.shapes.add(
                [corners],
                shape_type="rectangle",
                edge_width=self._line_width,
            )
            self.shapes.selected_data = set()

    def read(self, plane: Plane) -> PlanePrompts:
        """Read the prompts of a plane. Of several boxes the newest counts."""
        placed = zip(self.points.data, self.points.features["label"], strict=True)
        points = [
            _as_prompt(plane, position, label)
            for position, label in placed
            if _in_plane(plane, position[None]) and plane.contains(position)
        ]
        return PlanePrompts(points=tuple(points), box=self._read_box(plane))

    def read_with(self, plane: Plane, position: npt.NDArray[Any], label: str) -> PlanePrompts:
        """Say what `read` will give when a point is added at a position of the plane."""
        present = self.read(plane)
        added = _as_prompt(plane, position, label)
        return PlanePrompts(points=(*present.points, added), box=present.box)

    def _read_box(self, plane: Plane) -> tuple[float, float, float, float] | None:
        axes = [plane.rows, plane.columns]
        for data in reversed(self.shapes.data):
            if _in_plane(plane, data):
                corners = np.clip(data[:, axes], 0, plane.shape)
                (y0, x0), (y1, x1) = corners.min(axis=0), corners.max(axis=0)
                if x0 < x1 and y0 < y1:
                    return float(x0), float(y0), float(x1), float(y1)
        return None

    def state(self) -> PromptState:
        """Return all prompts, of every slice."""
        return state_of(self.points, self.shapes)

    def restore(self, state: PromptState) -> None:
        """Hold these prompts instead of the present ones; reported as one change, if it is one."""
        present = self.state()
        if state != present:
            with self._writing():
                put_points(self.points, present.points, state.points)
                put_shapes(self.shapes, present.shapes, state.shapes, self._line_width)
                self._match_looks()

    def clear(self, plane: Plane) -> None:
        """Delete the prompts of a plane; those of other slices stay."""
        with self._writing():
            self.points.selected_data = set(np.flatnonzero(plane.holds(self.points.data)).tolist())
            self.points.remove_selected()
            self._remove_boxes(plane)

    def close(self) -> None:
        """Let go of the layers, which stay as they are."""
        self.points.events.data.disconnect(self._on_data)
        self.points.events.features.disconnect(self._on_features)
        self.shapes.events.data.disconnect(self._on_data)
        self.shapes.events.features.disconnect(self._on_features)

    def _remove_boxes(self, plane: Plane) -> None:
        held = {i for i, data in enumerate(self.shapes.data) if _in_plane(plane, data)}
        self.shapes.selected_data = held
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


def _as_prompt(plane: Plane, position: npt.NDArray[Any], label: str) -> tuple[float, float, int]:
    """Turn a grid position into x, y in pixels of the plane, and the label's number."""
    y, x = np.clip(position[[plane.rows, plane.columns]], 0, plane.shape)
    return float(x), float(y), int(label != BACKGROUND)


def _in_plane(plane: Plane, vertices: npt.NDArray[Any]) -> bool:
    return bool(plane.holds(vertices).all())
