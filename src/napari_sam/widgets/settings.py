"""What a person has set in napari's preferences, with the defaults where there is nothing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

PLUGIN = "napari-sam-medical"
GROUP = "segment_anything"

OverlapPolicy = Literal["keep", "overwrite", "ask"]
Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the dock, as of one moment.

    The manifest declares each under the same name and with the same default.

    Attributes
    ----------
    model : str
        The model to begin with, by its name in the catalogue.
    hover_preview : bool
        Whether the object under the resting mouse is shown before a click.
    overlap : {"keep", "overwrite", "ask"}
        What happens to earlier objects where a new one covers them.
    autosave : bool
        Whether prompts and objects are kept for after a crash.
    autosave_folder : str
        Where; empty for the user's data folder.
    model_sees_contrast_limits : bool
        Whether the model sees an image as it is shown, or at automatic contrast.
    precision : {"auto", "float32", "bfloat16"}
        Numbers to compute in.
    threads : int
        Processor threads to compute with; 0 leaves the choice to PyTorch.
    """

    model: str = "default"
    hover_preview: bool = True
    overlap: OverlapPolicy = "keep"
    autosave: bool = True
    autosave_folder: str = ""
    model_sees_contrast_limits: bool = False
    precision: Precision = "auto"
    threads: int = 0

    @property
    def autosave_path(self) -> Path | None:
        """The chosen folder; None for the user's data folder."""
        return Path(self.autosave_folder).expanduser() if self.autosave_folder.strip() else None


def read_settings() -> Settings:
    """Read what the person has set now.

    napari keeps settings of plugins since 0.9, with npe2 0.10. Whatever is missing, or is
    not a value that the setting can have, has its default.
    """
    kept = _kept_by_napari()
    kinds = get_type_hints(Settings)
    found = {
        field.name: getattr(kept, field.name)
        for field in fields(Settings)
        if _is(getattr(kept, field.name, None), kinds[field.name])
    }
    return Settings(**found)


def _kept_by_napari() -> object | None:
    try:
        from napari.settings import get_plugin_settings
    except ImportError:  # an older napari
        return None
    try:
        settings = get_plugin_settings(PLUGIN)
    except KeyError:  # the plugin is disabled, or runs without being installed
        return None
    return getattr(settings, GROUP, None)


def _is(value: object, kind: Any) -> bool:
    """Say whether a value is of a setting's kind: a type, or one of some words."""
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, kind)
