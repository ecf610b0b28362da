"""What the one chip of the dock says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from napari_sam.widgets.events import (
    EmbeddingPlane,
    Failed,
    LoadingModel,
    PlaneReady,
    WorkEvent,
)


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the work in plain words.

    Attributes
    ----------
    kind : {"idle", "busy", "ready", "error"}
        Decides the colour, and that busy work can be cancelled.
    text : str
        What the person reads.
    detail : str
        More, on demand.
    """

    kind: Literal["idle", "busy", "ready", "error"]
    text: str
    detail: str = ""


NO_IMAGE = Status("idle", "open an image to begin")
STOPPED = Status("idle", "stopped · press Start to go on")


def status_of(event: WorkEvent) -> Status | None:
    """Turn an event of the work into what the chip says; None if it goes on saying the same."""
    match event:
        case LoadingModel(name, detail):
            model = "the model" if name == "default" else name
            return Status("busy", f"{model}: {detail}" if detail else f"loading {model}")
        case EmbeddingPlane(plane):
            return Status("busy", f"embedding {plane.description or 'the image'}")
        case PlaneReady(_, seconds):
            return Status("ready", f"ready · {seconds:.1f} s")
        case Failed(sentence, detail):
            return Status("error", sentence, detail)
        case _:
            return None
