"""A session file onto the image that it was made on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari.layers import Image

from napari_sam.widgets.grid import level_data, working_grid
from napari_sam.widgets.journal.content import LabelsContent
from napari_sam.widgets.journal.reference import Reference, fingerprint
from napari_sam.widgets.recoverable import recoverable_copy
from napari_sam.widgets.session_file import read_session
from napari_sam.widgets.session_reader import find_image

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from napari import Viewer
    from napari.types import LayerData

    from napari_sam.widgets.recoverable import RecoverableLabels
    from napari_sam.widgets.session_file import SavedLabels, SavedSession


@dataclass(frozen=True, slots=True, eq=False)
class OpenedSession:
    """A session file that was read, and the image it belongs to.

    Attributes
    ----------
    file : Path
        The file.
    session : SavedSession
        What it holds.
    labels : tuple of RecoverableLabels
        Its objects, ready to be put into a viewer.
    image : Image, optional
        The image layer, where it was open already.
    layer_data : LayerData, optional
        The image, where it was read from its file.
    problem : str
        Why there is neither, and what to do.
    """

    file: Path
    session: SavedSession
    labels: tuple[RecoverableLabels, ...]
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
    labels = tuple(_as_found(each) for each in session.labels)
    for layer, data in open_images:
        is_same_shape = tuple(data.shape) == session.image.shape
        if is_same_shape and session.image.fingerprint in ("", fingerprint(data)):
            return OpenedSession(file, session, labels, layer, None, "")
    yield "reading the image"
    found, problem = find_image(session, file)
    return OpenedSession(file, session, labels, None, found, problem)


def images_in(viewer: Viewer) -> list[tuple[Image, Any]]:
    """List the image layers of a viewer, and their pixels, not loaded."""
    images = [layer for layer in viewer.layers if isinstance(layer, Image)]
    return [(layer, level_data(layer, working_grid(layer))) for layer in images]


def _as_found(labels: SavedLabels) -> RecoverableLabels:
    pixels = labels.pixels
    reference = Reference(labels.name, None, pixels.shape, str(pixels.dtype), (), ())
    content = LabelsContent(0, reference, "copy", records=list(labels.records))
    content.classes = labels.classes
    return recoverable_copy(content, pixels)
