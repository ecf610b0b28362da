"""napari's "Save Selected Layers…" for Labels layers, in the formats of the export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Labels, Layer

from napari_sam.inference.export.formats import export, format_of
from napari_sam.widgets.labelled_layer import labelled_image

if TYPE_CHECKING:
    from pathlib import Path


def write_labels(path: Path | str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a Labels layer in the format that the path's end asks for.

    A file that is there is replaced, as napari's own writers do: its dialog has asked. A
    folder is not, because the dialog doesn't ask for folders.

    Parameters
    ----------
    path : Path or str
        Where to.
    data : array
        The layer's.
    attributes : dict
        The layer's other properties.

    Returns
    -------
    list of str
        What was written.

    Raises
    ------
    ValueError, FileExistsError
        As `napari_sam.inference.export.formats.export`.
    """
    layer = Layer.create(data, attributes, "labels")
    assert isinstance(layer, Labels)
    is_file = not format_of(path).is_folder
    return [str(export(labelled_image(layer), path, overwrite=is_file))]
