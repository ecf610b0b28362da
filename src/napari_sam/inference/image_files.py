"""Pictures from files and label images into files."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.atomic_files import written_beside

if TYPE_CHECKING:
    from numpy.typing import NDArray

LABEL_SUFFIXES = (".tif", ".tiff", ".png", ".npy")

_LARGEST_PNG_ID = 65535


class ImageFileError(ValueError):
    """A file cannot be read as one picture, or not be written."""


def read_image(path: Path | str, slice_index: int | None = None) -> NDArray[Any]:
    """Read one picture.

    Parameters
    ----------
    path : Path or str
        TIFF by tifffile, ``.npy`` by NumPy, PNG, JPEG and what else Pillow knows by imageio.
    slice_index : int, optional
        Which picture of a file that holds several, from 0.

    Returns
    -------
    ndarray
        (H, W) or (H, W, C), in the file's own numbers.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImageFileError
        If it cannot be read, or holds several pictures and none or a wrong one is chosen.
    """
    path = Path(path)
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no such file"
        raise FileNotFoundError(f"expected an image file, got {what}: {path}")
    readers = {".tif": _read_tiff, ".tiff": _read_tiff, ".npy": _read_npy}
    try:
        pictures = readers.get(path.suffix.lower(), _read_other)(path)
    except ImageFileError:
        raise
    except Exception as error:  # what readers raise for damaged files has no bounds
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ImageFileError(
            f"expected an image, got {path}, which cannot be read: {reason}"
        ) from error
    return _chosen(pictures, slice_index, path)


def require_output(path: Path | str, suffixes: tuple[str, ...], *, force: bool = False) -> Path:
    """Check, before any work, that a file can be written.

    Parameters
    ----------
    path : Path or str
        The file to be written.
    suffixes : tuple of str
        What its name may end in.
    force : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    ImageFileError
        If the suffix is another, the folder is missing or cannot be written, or the file is
        there.
    """
    path = Path(path)
    if path.suffix.lower() not in suffixes:
        raise ImageFileError(
            f"expected an output that ends in {', '.join(suffixes)}, got {path.name}"
        )
    if not path.parent.is_dir():
        raise ImageFileError(
            f"expected an existing folder for {path.name}, got {path.parent}; make it"
        )
    if path.is_dir():
        raise ImageFileError(f"expected a file to write, got the folder {path}")
    if path.exists() and not force:
        raise ImageFileError(f"{path} exists; choose another name, or replace it with --force")
    try:
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise ImageFileError(
            f"expected a folder that can be written, got {path.parent} ({error.strerror}); "
            "choose another"
        ) from error
    return path


def write_labels_image(path: Path | str, labels: NDArray[Any], *, force: bool = False) -> None:
    """Write a label image, in the format that its name ends in.

    TIFF holds uint16, or uint32 where there are more than 65535 objects, deflated; PNG holds
    uint16; ``.npy`` holds the array as it is.

    Parameters
    ----------
    path : Path or str
        A ``.tif``, ``.tiff``, ``.png`` or ``.npy``; it appears whole or not at all.
    labels : ndarray
        (H, W) integers, 0 background.
    force : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    ImageFileError
        As `require_output`, and if there are more objects than a PNG can hold.
    """
    path = require_output(path, LABEL_SUFFIXES, force=force)
    highest = int(labels.max(initial=0))
    suffix = path.suffix.lower()
    if suffix == ".png" and highest > _LARGEST_PNG_ID:
        raise ImageFileError(
            f"expected ids up to {_LARGEST_PNG_ID} for a PNG, got {highest}; write a .tif"
        )
    compact = labels.astype(np.uint16 if highest <= _LARGEST_PNG_ID else np.uint32)
    with written_beside(path) as temporary:
        if suffix == ".npy":
            np.save(temporary, labels)
        elif suffix == ".png":
            _write_png(temporary, compact)
        else:
            _write_tiff(temporary, compact)


def write_png(path: Path, picture: NDArray[np.uint8], *, force: bool = False) -> None:
    """Write (H, W, 3) uint8 as PNG; it appears whole or not at all.

    Raises
    ------
    ImageFileError
        As `require_output`.
    """
    path = require_output(path, (".png",), force=force)
    with written_beside(path) as temporary:
        _write_png(temporary, picture)


def _chosen(pictures: list[NDArray[Any]], index: int | None, path: Path) -> NDArray[Any]:
    count = len(pictures)
    if index is None and count != 1:
        raise ImageFileError(
            f"expected one picture, got {count} in {path}; choose one of 0 … {count - 1} with "
            "slice_index, on the command line --slice"
        )
    if index is not None and not 0 <= index < count:
        raise ImageFileError(f"expected a slice from 0 to {count - 1} of {path}, got {index}")
    return pictures[index or 0]


def _read_tiff(path: Path) -> list[NDArray[Any]]:
    """Read the pictures of a TIFF: those of all its series, one after the other."""
    import tifffile

    with tifffile.TiffFile(path) as file:
        return [
            picture
            for series in file.series
            for picture in _pictures(series.asarray(), series.axes)
        ]


def _pictures(array: NDArray[Any], axes: str) -> list[NDArray[Any]]:
    """Split an array with tifffile's axes into pictures (H, W) or (H, W, C)."""
    channels = [axis for axis in "CS" if axis in axes]
    if len(channels) == 2:  # a stack of colour pictures, one a channel
        channels = ["S"]
    others = [axis for axis in axes if axis not in {"Y", "X", *channels}]
    array = array.transpose([axes.index(axis) for axis in [*others, "Y", "X", *channels]])
    count = math.prod(array.shape[: len(others)])
    return list(array.reshape(count, *array.shape[len(others) :]))


def _read_npy(path: Path) -> list[NDArray[Any]]:
    return [np.load(path, allow_pickle=False)]


def _read_other(path: Path) -> list[NDArray[Any]]:
    import imageio.v3 as iio

    pictures = list(iio.imiter(path, plugin="pillow"))
    # Two channels are grey with alpha, which is left out as it is for colours.
    return [p[..., 0] if p.ndim == 3 and p.shape[2] == 2 else p for p in pictures]


def _write_png(path: Path, picture: NDArray[Any]) -> None:
    import imageio.v3 as iio

    iio.imwrite(path, picture, extension=".png")


def _write_tiff(path: Path, labels: NDArray[Any]) -> None:
    import tifffile

    tifffile.imwrite(path, labels, compression="zlib")
