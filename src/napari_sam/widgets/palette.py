"""Colours and symbols of everything the widget draws.

Foreground and background differ in colour *and* in shape, and the two colours are told
apart with every common kind of colour blindness (Okabe and Ito's bluish green and orange).
"""

from __future__ import annotations

from typing import Final

FOREGROUND: Final = "foreground"
BACKGROUND: Final = "background"

PROMPT_COLOURS: Final[dict[str, str]] = {FOREGROUND: "#00b894", BACKGROUND: "#ff8c1a"}
PROMPT_SYMBOLS: Final[dict[str, str]] = {FOREGROUND: "disc", BACKGROUND: "x"}
"""A disc and a cross: they differ at ten screen pixels and without any colour."""

PREVIEW_FILL: Final = (1.0, 0.86, 0.1, 0.28)
PREVIEW_OUTLINE: Final = (1.0, 0.9, 0.2, 1.0)

STATUS_COLOURS: Final[dict[str, str]] = {
    "idle": "#8a8f98",
    "busy": "#e6a400",
    "ready": PROMPT_COLOURS[FOREGROUND],
    "error": "#e5534b",
}
"""The dot of the status chip; the words beside it say the same."""
