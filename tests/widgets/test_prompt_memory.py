"""What prompt layers hold, taken out and put back."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_sam.widgets.grid import working_grid
from napari_sam.widgets.plane import Plane
from napari_sam.widgets.prompt_layers import PromptLayers
from napari_sam.widgets.prompt_state import PromptPoint, PromptShape, PromptState

IMAGE = Image(np.zeros((4, 20, 30)), name="image")
GRID = working_grid(IMAGE)
PLANE = Plane(GRID, 1, 2, (2, 0, 0))
CORNERS = ((2.0, 1.0, 1.0), (2.0, 1.0, 9.5), (2.0, 8.0, 9.5), (2.0, 8.0, 1.0))
SHAPES = tuple(
    PromptShape(kind, CORNERS[:count], label)
    for kind, count, label in [
        ("rectangle", 4, "foreground"),
        ("ellipse", 4, "background"),
        ("polygon", 3, "foreground"),
        ("path", 3, "background"),
        ("line", 2, "foreground"),
    ]
)
POINTS = (
    PromptPoint((2.0, 3.3, 7.1), "foreground"),
    PromptPoint((0.0, 4.0, 8.0), "background"),
    PromptPoint((1.0, 5.0, 9.0), "foreground"),
)
FULL = PromptState(POINTS, SHAPES)


@pytest.fixture
def changes():
    return []


@pytest.fixture
def prompts(changes):
    return PromptLayers(IMAGE, GRID, lambda: changes.append(1))


def look_of(prompts):
    """Return what the person sees of the labels."""
    return (
        [str(symbol) for symbol in prompts.points.symbol],
        np.round(prompts.points.face_color, 2).tolist(),
        np.round(prompts.shapes.edge_color, 2).tolist(),
    )


@pytest.mark.parametrize(
    "other",
    [
        PromptState(),
        PromptState(POINTS[:2], SHAPES),
        PromptState(POINTS, SHAPES[:3]),
        PromptState(POINTS[::-1], SHAPES[::-1]),
        PromptState(tuple(PromptPoint(p.position, "background") for p in POINTS), SHAPES),
        PromptState(
            POINTS, tuple(PromptShape(s.kind, s.vertices, "background") for s in SHAPES[1:])
        ),
    ],
    ids=["nothing", "less points", "less shapes", "another order", "labels", "shape labels"],
)
def test_any_state_comes_back_exactly_and_as_one_change(prompts, changes, other):
    prompts.restore(FULL)
    assert prompts.state() == FULL
    before = look_of(prompts)
    for state in (other, FULL):
        del changes[:]
        prompts.restore(state)
        assert prompts.state() == state
        assert changes == [1]
    assert look_of(prompts) == before


def test_nothing_to_restore_is_no_change(prompts, changes):
    prompts.restore(FULL)
    del changes[:]
    prompts.restore(prompts.state())
    assert not changes


def test_what_was_made_by_hand_comes_back(prompts):
    prompts.add_point((2, 3, 7), "background")
    prompts.points.add([[2, 1.25, 1]])  # as napari's own tool does
    prompts.set_box(PLANE, (2, 15, 25), (2, 5, 10))
    prompts.shapes.add(np.array(CORNERS), shape_type="polygon")
    made = prompts.state()
    assert [point.label for point in made.points] == ["background", "foreground"]
    assert [shape.kind for shape in made.shapes] == ["rectangle", "polygon"]
    read = prompts.read(PLANE)
    prompts.clear(PLANE)
    prompts.restore(made)
    assert prompts.state() == made
    assert prompts.read(PLANE) == read


def test_shapes_that_stay_are_not_drawn_anew(prompts):
    prompts.restore(FULL)
    kept = prompts.shapes._data_view.shapes[:3]
    prompts.restore(PromptState(POINTS, SHAPES[:3]))
    prompts.restore(FULL)
    assert all(a is b for a, b in zip(kept, prompts.shapes._data_view.shapes[:3], strict=True))
