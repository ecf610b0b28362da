"""How a layer is known again as ours: a note in its metadata that napari saves along."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari.layers import Image, Layer

    AnyLayer = TypeVar("AnyLayer", bound=Layer)

_KEY = "napari-sam-medical"


def tag(role: str, image: Image) -> dict[str, dict[str, str]]:
    """Return metadata that says what a layer is for, and for which image."""
    return tag_for(role, image.name)


def tag_for(role: str, image_name: str) -> dict[str, dict[str, str]]:
    """Return the same for an image that may not be open yet."""
    return {_KEY: {"role": role, "image": image_name}}


def role_of(layer: Layer) -> str | None:
    """Return what a layer of ours is for; None for a layer of somebody else's."""
    note = layer.metadata.get(_KEY)
    return note.get("role") if isinstance(note, dict) else None


def find_tagged(
    layers: Iterable[Layer], kind: type[AnyLayer], role: str, image: Image
) -> AnyLayer | None:
    """Find the layer that an earlier session left for an image, if its axes still fit."""
    for layer in layers:
        if (
            isinstance(layer, kind)
            and layer.metadata.get(_KEY) == tag(role, image)[_KEY]
            and layer.ndim == image.ndim
        ):
            return layer
    return None
