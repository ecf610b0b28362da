"""napari's "Save Selected Layers…" for Labels layers, in the formats of the export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from napari.layers import Image, Labels, Layer

from napari_sam.inference.export.formats import export, format_of
from napari_sam.widgets.labelled_layer import labelled_image

_MEASUREMENTS = ".csv"


def write_labels(path: Path | str, layer_data: list[tuple[Any, dict[str, Any], str]]) -> list[str]:
    """Write a Labels layer in the format that the path's end asks for.

    A file that is there is replaced, as napari's own writers do: its dialog has asked. A
    folder is not, because the dialog doesn't ask for folders.

    Parameters
    ----------
    path : Path or str
        Where to.
    layer_data : list of (array, dict, str)
        The data, properties and kind of a Labels layer, and for measurements those of an
        Image layer of the same shape, in any order.

    Returns
    -------
    list of str
        What was written.

    Raises
    ------
    RuntimeError
        If the labels don't fit the format, or there is an image that the file would leave
        out. Not a ValueError, which napari takes for "no writer" and does not show.
    FileExistsError
        As `napari_sam.inference.export.formats.export`.
    """
    try:
        return _write(path, layer_data)
    except ValueError as error:
        raise RuntimeError(str(error)) from error


def _write(path: Path | str, layer_data: list[tuple[Any, dict[str, Any], str]]) -> list[str]:
    format_, layers = format_of(path), [Layer.create(*each) for each in layer_data]
    labels = next(layer for layer in layers if isinstance(layer, Labels))
    image = next((layer for layer in layers if isinstance(layer, Image)), None)
    described = labelled_image(labels, image)
    if image is not None and (described.image is None or _MEASUREMENTS not in format_.suffixes):
        raise ValueError(
            f"expected labels alone for {Path(path).name}, or with an image of their shape for "
            f"a {_MEASUREMENTS}; got “{image.name}” too: save the layers one by one"
        )
    return [str(export(described, path, overwrite=not format_.is_folder))]
