"""How foreground and background look on the canvas: colours, symbols and signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from napari.utils.colormaps.standardize_color import transform_color

from napari_sam.widgets.palette import FOREGROUND, PROMPT_COLOURS, PROMPT_SYMBOLS

if TYPE_CHECKING:
    from napari.layers import Points, Shapes


def choose_label(layer: Points | Shapes, label: str) -> None:
    """Decide what napari's own tools add to a prompt layer next."""
    with layer.block_update_properties():
        layer.feature_defaults = {"label": label}
        if hasattr(layer, "current_edge_color"):
            layer.current_edge_color = colour_of(label)


def colour_of(label: str) -> str:
    """Return a label's colour; an unknown label counts as foreground."""
    return PROMPT_COLOURS.get(label, PROMPT_COLOURS[FOREGROUND])


def match_symbols(layer: Points) -> bool:
    """Give every point the symbol of its label; say whether any had another."""
    labels = layer.features["label"]
    wanted = [PROMPT_SYMBOLS.get(label, PROMPT_SYMBOLS[FOREGROUND]) for label in labels]
    if [str(symbol) for symbol in layer.symbol] == wanted:
        return False
    layer.symbol = wanted
    return True


def match_colours(layer: Shapes) -> bool:
    """Give every shape the colour of its label; say whether any had another."""
    labels = layer.features["label"]
    if not len(labels):
        return False
    wanted = transform_color([colour_of(label) for label in labels])
    if np.allclose(layer.edge_color, wanted, atol=1e-3):
        return False
    layer.edge_color = wanted
    return True
