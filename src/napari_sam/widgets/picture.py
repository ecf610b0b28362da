"""What the model sees of an image: which layers as which colours, and at which contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari.layers import Image
from qtpy.QtCore import QObject, QTimer, Signal

from napari_sam.widgets.connections import Connections
from napari_sam.widgets.grid import level_data, lies_as, working_grid
from napari_sam.widgets.plane_source import CombinedSource, Contrast, PlaneSource

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from napari.layers import Layer

    from napari_sam.widgets.plane import Plane
    from napari_sam.widgets.plane_source import PictureSource

    Channels = tuple[Image | None, Image | None, Image | None]

_REST = 250  # milliseconds: a contrast slider that is dragged counts where it comes to rest


def fits(layer: Layer, image: Image) -> bool:
    """Say whether a layer can be a colour of the same picture: as large, and in its place."""
    return _has_same_pixels(layer, image) and lies_as(layer, image)


def _has_same_pixels(layer: Layer, image: Image) -> bool:
    return (
        isinstance(layer, Image)
        and not (layer.rgb or image.rgb)
        and layer.ndim == image.ndim
        and working_grid(layer) == working_grid(image)
    )


class Picture(QObject):
    """An image layer as the model sees it.

    By default that is the layer alone, at automatic contrast. Several layers can be seen as
    red, green and blue together, pixel by pixel, and each at the contrast limits and gamma that
    it is shown with.

    Parameters
    ----------
    image : Image
        The layer that is segmented.
    parent : QObject, optional
        Owner in Qt.
    """

    changed = Signal()
    """The model would see something else than before."""

    def __init__(self, image: Image, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._image = image
        self._channels: Channels | None = None
        self._sees_contrast = False
        self._contrasts: dict[Image, Contrast] = {}
        self._versions: dict[Image, int] = {}
        self._connections = Connections()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._on_rest)
        self._watch()

    @property
    def channels(self) -> Channels | None:
        """The layers seen as red, green and blue; None while the image is seen alone."""
        return self._channels

    def combine(self, channels: Channels | None) -> None:
        """See these layers as red, green and blue; None sees the image alone again.

        Raises
        ------
        ValueError
            If a layer has another size or lies elsewhere, or there is none at all.
        """
        for layer in channels or ():
            if layer is not None and not fits(layer, self._image):
                raise ValueError(
                    f"“{layer.name}” has another size or place than “{self._image.name}”, or is "
                    "in colour itself: choose layers that cover each other."
                )
        if channels is not None and not any(layer is not None for layer in channels):
            raise ValueError("No layer was chosen: choose one for red, green or blue.")
        if channels != self._channels:
            self._channels = channels
            self._watch()
            self.changed.emit()

    @property
    def sees_contrast(self) -> bool:
        """Whether the model sees the layers' contrast limits and gamma."""
        return self._sees_contrast

    @sees_contrast.setter
    def sees_contrast(self, sees: bool) -> None:
        if sees != self._sees_contrast:
            self._sees_contrast = sees
            self._watch()
            self.changed.emit()

    def source(self, plane: Plane) -> PictureSource:
        """Say where a plane's pixels are to be read."""
        if self._channels is None:
            return self._source_of(self._image, plane)
        red, green, blue = (
            None if layer is None else self._source_of(layer, plane) for layer in self._channels
        )
        return CombinedSource(plane, (red, green, blue))

    def keep(self, layers: Collection[Layer]) -> None:
        """Let go of the colours whose layers are not in the list any more."""
        self._keep(lambda layer: layer in layers)

    def close(self) -> None:
        """Let go of the layers."""
        self._rest.stop()
        self._connections.close()
        self.setParent(None)
        self.deleteLater()

    @property
    def _layers(self) -> list[Image]:
        seen = self._channels if self._channels is not None else (self._image,)
        return list(dict.fromkeys(layer for layer in seen if layer is not None))

    @property
    def _followed(self) -> list[Image]:
        """The layers seen, and the image itself: its shape decides on the grid."""
        return list(dict.fromkeys((self._image, *self._layers)))

    def _source_of(self, layer: Image, plane: Plane) -> PlaneSource:
        return PlaneSource(
            level_data(layer, plane.grid),
            plane,
            rgb=bool(layer.rgb),
            version=self._versions.get(layer, 0),
            contrast=self._contrasts.get(layer),
        )

    def _keep(self, stays: Callable[[Layer], bool]) -> None:
        """Leave out the colours whose layer does not stay; without any, see the image alone."""
        if self._channels is None:
            return
        red, green, blue = (
            layer if layer is not None and stays(layer) else None for layer in self._channels
        )
        kept = (red, green, blue)
        if kept != self._channels:
            self._channels = kept if any(layer is not None for layer in kept) else None
            self._watch()
            self.changed.emit()

    def _watch(self) -> None:
        """Follow the layers that are seen now, and no others."""
        self._rest.stop()
        self._connections.close()
        self._contrasts = self._shown_contrasts()
        self._connections.add(self._on_pixels, *(each.events.data for each in self._followed))
        if self._sees_contrast:
            for layer in self._layers:
                events = layer.events
                self._connections.add(self._on_contrast, events.contrast_limits, events.gamma)

    def _shown_contrasts(self) -> dict[Image, Contrast]:
        if not self._sees_contrast:
            return {}
        return {layer: _contrast(layer) for layer in self._layers if not layer.rgb}

    def _on_pixels(self, event: Any) -> None:
        layer = event.source
        self._versions[layer] = self._versions.get(layer, 0) + 1
        self._keep(lambda each: _has_same_pixels(each, self._image))
        self.changed.emit()

    def _on_contrast(self, _event: object) -> None:
        self._rest.start(_REST)

    def _on_rest(self) -> None:
        shown = self._shown_contrasts()
        if shown != self._contrasts:
            self._contrasts = shown
            self.changed.emit()


def _contrast(layer: Image) -> Contrast:
    low, high = layer.contrast_limits
    return Contrast(float(low), float(high), float(layer.gamma))
