"""npe2 reader of session files: the image, where it is found, and the objects."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.journal.reference import fingerprint
from napari_sam.widgets.session_file import SUFFIX, read_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.types import LayerData

    from napari_sam.widgets.session_file import SavedSession


def get_reader(path: str | list[str]) -> Callable[[str | list[str]], list[LayerData]] | None:
    """Return what reads a session file; None for anything else."""
    paths = [path] if isinstance(path, str) else list(path)
    if len(paths) != 1 or not paths[0].endswith(SUFFIX):
        return None
    return partial(_read, Path(paths[0]))


def _read(file: Path, _paths: str | list[str]) -> list[LayerData]:
    from napari.utils.notifications import show_warning

    session = read_session(file)
    image, problem = find_image(session, file)
    if problem:
        show_warning(problem)
    layers = [] if image is None else [image]
    return [*layers, *(_labels_layer(session, number) for number in range(len(session.labels)))]


def find_image(session: SavedSession, file: Path) -> tuple[LayerData | None, str]:
    """Read the image of a session, if it is where it was or beside the session's file.

    Parameters
    ----------
    session : SavedSession
        The session.
    file : Path
        Its file.

    Returns
    -------
    layer : LayerData or None
        The image; None if there is none that fits.
    problem : str
        Why there is none, and what to do; empty if there is one.
    """
    name = session.image.name
    reasons = []
    for path in session.image_paths(file):
        if not path.exists():
            continue
        data, reason = _pixels_of(session, path)
        if data is not None:
            settings = {
                "name": name,
                "rgb": session.image.rgb,
                "scale": session.image.scale,
                "metadata": _file_note(str(path)),
            }
            return (data, settings, "image"), ""
        reasons.append(f"{path} is another image: {reason}.")
    where = " ".join(reasons) or f"The image “{name}” of this session was not found."
    return None, f"{where} Open the image it was made on, then open the session once more."


def _pixels_of(session: SavedSession, path: Path) -> tuple[Any, str]:
    """Read a file; say why its pixels are not those of the session."""
    try:
        data = _read_image(path)
    except Exception as error:  # what readers of other plugins raise has no bounds
        return None, f"it cannot be read ({error})"
    pixels = data[0] if isinstance(data, list) else data
    found = tuple(int(length) for length in pixels.shape)
    if found != session.image.shape:
        return None, f"expected {session.image.shape} pixels, got {found}"
    if session.image.fingerprint not in ("", fingerprint(pixels)):
        return None, "it has the same size, but other pixels"
    return data, ""


def _read_image(path: Path) -> Any:
    """Read an image as napari opens it: by the reader of a plugin, else napari's own."""
    import npe2
    from napari_builtins.io import napari_get_reader

    try:
        layers = npe2.read([str(path)], stack=False)
    except ValueError:  # no plugin reads it
        reader = napari_get_reader(str(path))
        if reader is None:
            raise
        layers = reader(str(path))
    return layers[0][0]


def _labels_layer(session: SavedSession, number: int) -> LayerData:
    from napari_sam.widgets.classes import settings_with
    from napari_sam.widgets.objects_layer import OBJECTS_NAME
    from napari_sam.widgets.tags import tag_for

    labels = session.labels[number]
    settings: dict[str, Any] = {"name": labels.name, **settings_with(labels.classes)}
    settings["metadata"] |= _file_note(None)
    if len(session.image.scale) == labels.pixels.ndim:
        settings["scale"] = session.image.scale
    if number == 0:
        settings["metadata"] |= tag_for(OBJECTS_NAME, session.image.name)
    return np.asarray(labels.pixels), settings, "labels"


def _file_note(path: str | None) -> dict[str, Any]:
    from napari_sam.widgets.journal_writer import PATH_KEY

    return {PATH_KEY: path}
