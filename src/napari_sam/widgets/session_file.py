"""A session as one file, `*.samsession`: a zip of JSON and TIFF, without pickled objects."""

from __future__ import annotations

import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tifffile

from napari_sam.atomic_files import written_beside
from napari_sam.widgets.journal import values

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import numpy.typing as npt

    from napari_sam.widgets.classes import ObjectClass
    from napari_sam.widgets.journal.reference import Reference
    from napari_sam.widgets.object_record import ObjectRecord
    from napari_sam.widgets.prompt_state import PromptState

SUFFIX = ".samsession"
_VERSION = 1
_CONTENT = "session.json"


class SessionFileError(ValueError):
    """A file is no session, or cannot be read."""


@dataclass(frozen=True, slots=True, eq=False)
class SavedLabels:
    """A Labels layer in a session file.

    Attributes
    ----------
    name : str
        The layer's name.
    pixels : ndarray
        (…, y, x) integers.
    records : tuple of ObjectRecord
        What its objects were made from.
    classes : tuple of ObjectClass
        What its labels mean, where they are classes.
    """

    name: str
    pixels: npt.NDArray[np.integer[Any]]
    records: tuple[ObjectRecord, ...] = ()
    classes: tuple[ObjectClass, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class SavedSession:
    """What a session file holds.

    Attributes
    ----------
    image : Reference
        The image, whose pixels are not in the file.
    model : str
        Name of the model in use.
    prompts : PromptState
        Prompts that were not committed.
    labels : tuple of SavedLabels
        The objects.
    """

    image: Reference
    model: str
    prompts: PromptState
    labels: tuple[SavedLabels, ...]

    def image_paths(self, session: Path) -> list[Path]:
        """List where the image may be: where it was, and where it is if both were moved."""
        if self.image.path is None:
            return []
        was = Path(self.image.path)
        return list(dict.fromkeys([was, session.parent / was.name]))


def write_session(
    path: Path, session: SavedSession, is_cancelled: Callable[[], bool]
) -> Generator[float, None, Path]:
    """Write a session; the file appears whole or not at all.

    Parameters
    ----------
    path : Path
        The file; one that is there is replaced.
    session : SavedSession
        What to write.
    is_cancelled : callable
        Asked between two planes.

    Yields
    ------
    float
        How much is done, 0 … 1; stopped between two, nothing is left.

    Returns
    -------
    Path
        The file.
    """
    total = sum(_planes(each.pixels).shape[0] for each in session.labels)
    done = 0
    with written_beside(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr(_CONTENT, json.dumps(_content(session)))
        for number, labels in enumerate(session.labels):
            with tempfile.TemporaryDirectory() as folder:
                part = Path(folder) / "labels.tif"
                size = labels.pixels.nbytes
                with tifffile.TiffWriter(part, bigtiff=size > 2**31) as writer:
                    for plane in _planes(labels.pixels):
                        writer.write(
                            plane, compression="zlib", photometric="minisblack", metadata=None
                        )
                        done += 1
                        yield done / total
                        if is_cancelled():
                            raise SessionFileError("saving the session was cancelled")
                archive.write(part, f"labels/{number}.tif")
    return path


def read_session(path: Path) -> SavedSession:
    """Read a session file.

    Raises
    ------
    SessionFileError
        If it is none, damaged, or of a later version; the message says which.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            content = json.loads(archive.read(_CONTENT))
            if content["version"] > _VERSION:
                raise SessionFileError(
                    f"expected a session file of version {_VERSION}, got {content['version']} in "
                    f"{path.name}; update napari-sam-medical to open it"
                )
            labels = tuple(
                _read_labels(archive, number, note) for number, note in enumerate(content["labels"])
            )
        return SavedSession(
            values.reference_from_json(content["image"]),
            content["model"],
            values.state_from_json(content["prompts"]),
            labels,
        )
    except (zipfile.BadZipFile, KeyError, TypeError, json.JSONDecodeError) as error:
        raise SessionFileError(
            f"expected a session file (*{SUFFIX}), got {path.name}, which is none or is damaged; "
            "choose another"
        ) from error


def _content(session: SavedSession) -> dict[str, Any]:
    return {
        "version": _VERSION,
        "image": values.reference_to_json(session.image),
        "model": session.model,
        "prompts": values.state_to_json(session.prompts),
        "labels": [
            {
                "name": labels.name,
                "shape": list(labels.pixels.shape),
                "dtype": str(labels.pixels.dtype),
                "records": [values.record_to_json(record) for record in labels.records],
                "classes": values.classes_to_json(labels.classes),
            }
            for labels in session.labels
        ],
    }


def _read_labels(archive: zipfile.ZipFile, number: int, note: dict[str, Any]) -> SavedLabels:
    with archive.open(f"labels/{number}.tif") as part, tifffile.TiffFile(part) as tiff:
        pixels = np.zeros(note["shape"], note["dtype"])
        for plane, page in zip(_planes(pixels), tiff.pages, strict=True):
            plane[...] = page.asarray()
    records = tuple(values.record_from_json(record) for record in note["records"])
    classes = values.classes_from_json(note.get("classes", []))
    return SavedLabels(note["name"], pixels, records, classes)


def _planes(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """View an array as planes: (N, y, x)."""
    return pixels.reshape(-1, *pixels.shape[-2:])
