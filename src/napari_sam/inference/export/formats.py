"""The formats that objects are exported in, and their way into a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from napari_sam.atomic_files import folder_written_beside, written_beside
from napari_sam.inference.export import coco, csv_table, fiji_rois, geojson, ome_tiff, ome_zarr
from napari_sam.inference.progress import Progress, drained

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from napari_sam.inference.export.labelled_image import LabelledImage

    Writing = Callable[[LabelledImage, Path], Generator[Progress, None, None]]


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes
    ----------
    name : str
        What a person calls it.
    suffixes : tuple of str
        What names of files end in; the first is the usual one.
    writing : callable
        Writes a label image to a path, as a generator of progress.
    is_folder : bool
        Whether the path is a folder's.
    is_whole : bool
        Whether the file holds every pixel's label, so that the labels are safe in it.
    """

    name: str
    suffixes: tuple[str, ...]
    writing: Writing
    is_folder: bool = False
    is_whole: bool = False


FORMATS = (
    Format("Measurements (CSV)", (".csv",), csv_table.writing),
    Format("Labels (OME-TIFF)", (".ome.tif", ".ome.tiff"), ome_tiff.writing, is_whole=True),
    Format(
        "Labels (OME-Zarr)",
        (".ome.zarr", ".zarr"),
        ome_zarr.writing,
        is_folder=True,
        is_whole=True,
    ),
    Format("Masks (COCO JSON)", (".json",), coco.writing),
    Format("Outlines in pixels (GeoJSON)", (".geojson",), geojson.writing),
    Format(
        "Outlines in physical units (GeoJSON)",
        (".physical.geojson",),
        partial(geojson.writing, physical=True),
    ),
    Format("Outlines for Fiji (ROI zip)", (".zip",), fiji_rois.writing),
)


def format_of(path: Path | str) -> Format:
    """Find the format that a name's end asks for.

    Raises
    ------
    ValueError
        If it asks for none of them.
    """
    name = Path(path).name.lower()
    endings = [(suffix, format_) for format_ in FORMATS for suffix in format_.suffixes]
    fitting = [(suffix, format_) for suffix, format_ in endings if name.endswith(suffix)]
    if not fitting:
        known = ", ".join(suffix for suffix, _ in endings)
        raise ValueError(f"expected a name that ends in one of {known}; got {name!r}")
    return max(fitting, key=lambda each: len(each[0]))[1]


def exporting(
    image: LabelledImage, path: Path | str, *, overwrite: bool = False
) -> Generator[Progress, None, Path]:
    """Write a label image in the format that the path's end asks for.

    The file appears whole or not at all. Closing the generator ends the work and leaves
    what was there.

    Parameters
    ----------
    image : LabelledImage
        What to write.
    path : Path or str
        Where to; its folder must exist.
    overwrite : bool
        Whether a file (or the folder of an OME-Zarr) that is there is replaced.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    FileExistsError
        If something is there that may not be replaced.
    FileNotFoundError
        If the folder is missing.
    ValueError
        If the format is unknown, or cannot hold these labels.
    """
    path, format_ = Path(path), format_of(path)
    require_target(path, format_, overwrite=overwrite)
    beside = folder_written_beside if format_.is_folder else written_beside
    with beside(path) as temporary:
        yield from format_.writing(image, temporary)
        if not overwrite:  # something may have come there in the meantime
            require_target(path, format_)
    return path


def export(image: LabelledImage, path: Path | str, *, overwrite: bool = False) -> Path:
    """Do all of `exporting`."""
    return drained(exporting(image, path, overwrite=overwrite))


def require_target(path: Path, format_: Format, *, overwrite: bool = False) -> None:
    """Check that a path may be written to; raises as `exporting`."""
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"expected an existing folder for {path.name}, got {path.parent}; make it"
        )
    if not path.exists():
        return
    if path.is_dir() != format_.is_folder:
        wanted, found = ("folder", "file") if format_.is_folder else ("file", "folder")
        raise FileExistsError(f"expected a {wanted} {path}, got a {found}; choose another name")
    if format_.is_folder and not any((path / name).exists() for name in (".zgroup", "zarr.json")):
        raise FileExistsError(
            f"expected an OME-Zarr to replace, got the folder {path} of other things; "
            "choose another name"
        )
    if not overwrite:
        raise FileExistsError(f"{path} exists already; choose another name, or allow to replace it")
