"""The empty Points and Shapes layers that prompts go into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from napari.layers import Points, Shapes

from napari_sam.widgets.grid import placement
from napari_sam.widgets.palette import (
    BACKGROUND,
    FOREGROUND,
    PROMPT_COLOURS,
    PROMPT_SYMBOLS,
)
from napari_sam.widgets.tags import tag

if TYPE_CHECKING:
    from napari.layers import Image

    from napari_sam.widgets.grid import Grid

POINTS_NAME = "prompt points"
SHAPES_NAME = "prompt shapes"


def make_points(image: Image, grid: Grid) -> Points:
    """Make an empty layer for points, with a colour and a symbol for either label."""
    labels = pd.Categorical([], categories=[FOREGROUND, BACKGROUND])
    return Points(
        np.zeros((0, grid.ndim)),
        name=POINTS_NAME,
        features=pd.DataFrame({"label": labels}),
        feature_defaults={"label": FOREGROUND},
        face_color="label",
        face_color_cycle=PROMPT_COLOURS,
        border_color="white",
        border_width=0.1,
        symbol=PROMPT_SYMBOLS[FOREGROUND],
        metadata=tag(POINTS_NAME, image),
        **placement(image, grid),
    )


def make_shapes(image: Image, grid: Grid) -> Shapes:
    """Make an empty layer for boxes, outlines and scribbles, each with a label."""
    labels = pd.Categorical([], categories=[FOREGROUND, BACKGROUND])
    return Shapes(
        ndim=grid.ndim,
        name=SHAPES_NAME,
        opacity=1.0,
        features=pd.DataFrame({"label": labels}),
        feature_defaults={"label": FOREGROUND},
        edge_color=PROMPT_COLOURS[FOREGROUND],
        face_color="transparent",
        metadata=tag(SHAPES_NAME, image),
        **placement(image, grid),
    )
