"""Segment Anything in napari: the model, its weights, prompts and predictor.

The public names below resolve on first use, so that importing the package (which
napari does for every plugin, at every start) costs no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_sam.inference.predictor import SamPredictor
    from napari_sam.weights.registry import load_model, sam_model_registry

    __version__: str

__all__ = ["SamPredictor", "__version__", "load_model", "sam_model_registry"]

_HOME = {
    "SamPredictor": "napari_sam.inference.predictor",
    "load_model": "napari_sam.weights.registry",
    "sam_model_registry": "napari_sam.weights.registry",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("napari-sam-medical")
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value  # the next access is a plain one
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
