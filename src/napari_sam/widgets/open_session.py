"""A session file onto the image that it was made on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image

from napari_sam.widgets.grid import level_data, working_grid
from napari_sam.widgets.journal.content import LabelsContent
from napari_sam.widgets.journal.reference import Reference, fingerprint
from napari_sam.widgets.recoverable import RecoverableLabels
from napari_sam.widgets.recovery import bring_back
from napari_sam.widgets.session_file import read_session
from napari_sam.widgets.session_reader import find_image

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from napari import Viewer
    from napari.types import LayerData

    from napari_sam.widgets.history import History
    from napari_sam.widgets.session_file import SavedLabels, SavedSession
    from napari_sam.widgets.workspace import Workspace


@dataclass(frozen=True, slots=True, eq=False)
class OpenedSession:
    """A session file that was read, and the image it belongs to.

    Attributes
    ----------
    file : Path
        The file.
    session : SavedSession
        What it holds.
    image : Image, optional
        The image layer, where it was open already.
    layer_data : LayerData, optional
        The image, where it was read from its file.
    problem : str
        Why there is neither, and what to do.
    """

    file: Path
    session: SavedSession
    image: Image | None
    layer_data: LayerData | None
    problem: str


def opening(
    file: Path, open_images: Sequence[tuple[Image, Any]], _is_cancelled: Callable[[], bool]
) -> Generator[str, None, OpenedSession]:
    """Read a session file and find its image. To be run off the GUI thread.

    Parameters
    ----------
    file : Path
        The session file.
    open_images : sequence of (Image, array)
        The image layers of the viewer, and their pixels.

    Yields
    ------
    str
        What is going on, in words.
    """
    yield f"opening {file.name}"
    session = read_session(file)
    for layer, data in open_images:
        is_same_shape = tuple(data.shape) == session.image.shape
        if is_same_shape and session.image.fingerprint in ("", fingerprint(data)):
            return OpenedSession(file, session, layer, None, "")
    yield "reading the image"
    found, problem = find_image(session, file)
    return OpenedSession(file, session, None, found, problem)


def images_in(viewer: Viewer) -> list[tuple[Image, Any]]:
    """List the image layers of a viewer, and their pixels, not loaded."""
    images = [layer for layer in viewer.layers if isinstance(layer, Image)]
    return [(layer, level_data(layer, working_grid(layer))) for layer in images]


def bring_session_back(
    session: SavedSession, workspace: Workspace, viewer: Viewer, history: History
) -> list[str]:
    """Give an image the objects and prompts of a session file, as one change.

    Objects that are there stay: then those of the file come as another layer, and the
    returned sentences say so.
    """
    labels = tuple(_as_found(each) for each in session.labels)
    return bring_back(labels, session.prompts, workspace, viewer, history)


def _as_found(labels: SavedLabels) -> RecoverableLabels:
    pixels = labels.pixels
    reference = Reference(labels.name, None, pixels.shape, str(pixels.dtype), (), ())
    content = LabelsContent(0, reference, "copy", records=list(labels.records))
    indices = np.flatnonzero(pixels)
    after = pixels.reshape(-1)[indices]
    return RecoverableLabels(content, indices, np.zeros_like(after), after, pixels)
