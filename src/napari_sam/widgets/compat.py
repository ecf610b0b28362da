"""What napari has called by other names, from 0.6 to today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari import Viewer


def camera_of(viewer: Viewer) -> Any:
    """Return the viewer's camera: since 0.9 it belongs to the scene."""
    return getattr(viewer, "scene", viewer).camera
