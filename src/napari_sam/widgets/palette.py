"""Colours and symbols of everything the widget draws.

Foreground and background differ in colour *and* in shape, and the two colours are told
apart with every common kind of colour blindness (Okabe and Ito's bluish green and orange).
"""

from __future__ import annotations

from typing import Final

from napari_sam.widgets.pictures import HOVER, INSIDE, OTHER_INSIDE, OTHER_OUTSIDE, OUTLINE

FOREGROUND: Final = "foreground"
BACKGROUND: Final = "background"

PROMPT_COLOURS: Final[dict[str, str]] = {FOREGROUND: "#00b894", BACKGROUND: "#ff8c1a"}
PROMPT_SYMBOLS: Final[dict[str, str]] = {FOREGROUND: "disc", BACKGROUND: "x"}
"""A disc and a cross: they differ at ten screen pixels and without any colour."""

PREVIEW_COLOURS: Final[dict[int | None, tuple[float, float, float, float]]] = {
    None: (1.0, 0.9, 0.2, 1.0),  # whatever else a brush may leave
    0: (0.0, 0.0, 0.0, 0.0),
    INSIDE: (1.0, 0.86, 0.1, 0.28),
    OUTLINE: (1.0, 0.9, 0.2, 1.0),
    HOVER: (1.0, 0.97, 0.75, 0.65),
    OTHER_OUTSIDE: (1.0, 1.0, 1.0, 0.45),
    OTHER_INSIDE: (1.0, 0.95, 0.6, 0.6),
}
"""Yellow with a strong outline; what is only offered is paler and not filled."""

CHOSEN_COLOUR: Final = "#d9b400"
"""The frame of the candidate that is taken: the preview's yellow, dark enough for light themes."""

STATUS_COLOURS: Final[dict[str, str]] = {
    "idle": "#8a8f98",
    "busy": "#e6a400",
    "ready": PROMPT_COLOURS[FOREGROUND],
    "error": "#e5534b",
}
"""The dot of the status chip; the words beside it say the same."""
