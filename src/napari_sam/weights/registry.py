"""From a model's name, or a checkpoint's path, to a SAM that is ready to use."""

from __future__ import annotations

from functools import partial
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, get_args

import torch

from napari_sam.sam.build import ARCHITECTURES, build_sam
from napari_sam.weights.architecture import CheckpointError, check_fits, recognise_architecture
from napari_sam.weights.catalogue import (
    DEFAULT_MODEL,
    CatalogueEntry,
    Preprocessing,
    find_model,
    is_path,
)
from napari_sam.weights.checkpoint import read_metadata, read_state_dict
from napari_sam.weights.download import fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from napari_sam.sam.model import Sam
    from napari_sam.weights.download import DownloadEvent


class Builder(Protocol):
    """Builds one architecture, as the public package's registry has it."""

    def __call__(self, checkpoint: Path | str | None = None) -> Sam:
        """Build a SAM with a checkpoint's weights, or with random ones."""


def load_model(
    name_or_path: str | Path | None = None,
    *,
    preprocessing: Preprocessing | None = None,
    on_event: Callable[[DownloadEvent], object] | None = None,
) -> Sam:
    """Load a SAM by name or from a file.

    Parameters
    ----------
    name_or_path : str or Path, optional
        None for the model that ships in the package; a name of the catalogue, which is
        downloaded if it is not there; or the path of a checkpoint (``.safetensors``,
        ``.pth``, ``.pt``), whose architecture is recognised.
    preprocessing : {"mean_std", "zero_one"}, optional
        How the model wants RGB normalised. By default as the catalogue says; for a file, as
        its metadata says, else "mean_std".
    on_event : callable, optional
        Is given each event of a download and of the check of its file.

    Returns
    -------
    Sam
        On the CPU, float32, in evaluation mode.

    Raises
    ------
    UnknownModelError
        If the name is not in the catalogue.
    DownloadError, DamagedFileError
        If its file could not be fetched, or is damaged.
    FileNotFoundError, CheckpointError
        If the path leads to no file, or to one that holds no SAM.
    """
    if preprocessing not in (None, *get_args(Preprocessing)):
        choices = ", ".join(get_args(Preprocessing))
        raise ValueError(f"expected preprocessing among {choices}, got {preprocessing!r}")
    if name_or_path is not None and is_path(name_or_path):
        path = Path(name_or_path)
        noted = read_metadata(path).get("preprocessing", "mean_std")
        return _load(path, None, preprocessing or noted)
    entry = find_model(DEFAULT_MODEL if name_or_path is None else str(name_or_path))
    return _load(
        local_file(entry, on_event), entry.architecture, preprocessing or entry.preprocessing
    )


def local_file(
    entry: CatalogueEntry, on_event: Callable[[DownloadEvent], object] | None = None
) -> Path:
    """Path of a model's file on this machine; it is downloaded if it has to be.

    Raises
    ------
    FileNotFoundError
        If it should be in the package and is not.
    DownloadError, DamagedFileError
        If its file could not be fetched, or is damaged.
    """
    if entry.is_embedded:
        path = Path(str(resources.files("napari_sam.weights") / "embedded" / entry.file))
        if not path.is_file():
            raise FileNotFoundError(
                f"expected the model {entry.name!r} inside the package, got no file {path}; "
                "install napari-sam-medical again"
            )
        return path
    download = fetch(entry)
    while True:
        try:
            event = next(download)
        except StopIteration as end:
            return Path(end.value)
        if on_event is not None:
            on_event(event)


def _load(path: Path, architecture: str | None, preprocessing: str) -> Sam:
    """Build the model of a checkpoint file; of `architecture` and no other, where given."""
    state_dict = read_state_dict(path)
    try:
        found = recognise_architecture(state_dict)
        if architecture not in (None, found):
            raise CheckpointError(
                f"expected weights of {architecture}, got weights of {found}; load_model(path) "
                "and `--model PATH` recognise the architecture"
            )
        sam = build_sam(found)
        check_fits(state_dict, sam.state_dict())
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    sam.load_state_dict(state_dict, strict=True)
    if preprocessing == "zero_one":
        sam.pixel_mean = torch.zeros_like(sam.pixel_mean)
        sam.pixel_std = torch.full_like(sam.pixel_std, 255.0)
    return sam.eval()


def _build(architecture: str, checkpoint: Path | str | None = None) -> Sam:
    if checkpoint is None:
        return build_sam(architecture)
    return _load(Path(checkpoint), architecture, "mean_std")


def _registry() -> dict[str, Builder]:
    builders: dict[str, Builder] = {name: partial(_build, name) for name in ARCHITECTURES}
    return {"default": builders["vit_h"], **builders}


sam_model_registry: Mapping[str, Builder] = MappingProxyType(_registry())
"""Architecture to builder, as in the public package; "default" is vit_h there and here."""
