"""The part of the dock that decides what the model sees: layers as colours, and contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.layers import Image
from qtpy.QtCore import QSignalBlocker
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_sam.widgets.picture import fits

if TYPE_CHECKING:
    from napari_sam.widgets.picture import Channels, Picture
    from napari_sam.widgets.session import Session

_COLOURS = ("red", "green", "blue")
_LEFT_OUT = "left out"


class ChannelChoice(QWidget):
    """Chooses the layers that the model sees as red, green and blue.

    napari opens the channels of an image as a layer each. Only what there is a choice for is
    shown: colours where other layers cover the image, contrast where the image is grey.

    Parameters
    ----------
    session : Session
        Whose image it is.
    parent : QWidget, optional
        Owner in Qt.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._layers: list[Image] = []
        self.combined = QCheckBox("Combine layers as colours")
        self.combined.setToolTip(
            "The model sees several layers at once, as red, green and blue.\n"
            "For the channels of one image, which napari opens as a layer each."
        )
        self.combined.toggled.connect(self._on_combined)
        self.choices = tuple(self._choice(colour) for colour in _COLOURS)
        self._rows = QWidget()
        form = QFormLayout(self._rows)
        form.setContentsMargins(18, 0, 0, 0)
        form.setVerticalSpacing(2)
        for colour, choice in zip(_COLOURS, self.choices, strict=True):
            form.addRow(QLabel(colour.capitalize()), choice)
        self.contrast = QCheckBox("The model sees my contrast")
        self.contrast.setToolTip(
            "Show the model the contrast limits and gamma that you see,\n"
            "in place of automatic ones. Changing them makes it look again."
        )
        self.contrast.toggled.connect(self._on_contrast)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for part in (self.combined, self._rows, self.contrast):
            layout.addWidget(part)
        session.images_changed.connect(self.update_state)
        self.update_state()

    def update_state(self) -> None:
        """Show what can be chosen for the image, and what is."""
        image, picture = self._session.image, self._picture
        channels = None if picture is None else picture.channels
        offered = [] if image is None else self._covering(image)
        seen = [layer for layer in channels or () if layer is not None]  # be they moved since
        self._layers = list(dict.fromkeys((*offered, *seen)))
        with QSignalBlocker(self.combined), QSignalBlocker(self.contrast):
            self.combined.setChecked(channels is not None)
            self.contrast.setChecked(picture is not None and picture.sees_contrast)
        for index, choice in enumerate(self.choices):
            self._fill(choice, None if channels is None else channels[index])
        self.combined.setVisible(len(self._layers) > 1 or channels is not None)
        self._rows.setVisible(channels is not None)
        self.contrast.setVisible(image is not None and not image.rgb)

    @property
    def _picture(self) -> Picture | None:
        workspace = self._session.workspace
        return None if workspace is None else workspace.picture

    def _covering(self, image: Image) -> list[Image]:
        """List the layers that may be colours together with the image, in the list's order."""
        layers = self._session.viewer.layers
        return [each for each in layers if isinstance(each, Image) and fits(each, image)]

    def _choice(self, colour: str) -> QComboBox:
        choice = QComboBox()
        choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        choice.setToolTip(f"The layer that the model sees as {colour}")
        choice.activated.connect(self._on_choice)
        return choice

    def _fill(self, choice: QComboBox, chosen: Image | None) -> None:
        with QSignalBlocker(choice):
            choice.clear()
            choice.addItem(_LEFT_OUT)
            for layer in self._layers:
                choice.addItem(layer.name)
            choice.setCurrentIndex(1 + self._layers.index(chosen) if chosen in self._layers else 0)

    def _on_combined(self, on: bool) -> None:
        self._combine(guess(self._layers) if on else None)

    def _on_choice(self, _index: int) -> None:
        rows = [choice.currentIndex() - 1 for choice in self.choices]
        red, green, blue = (self._layers[row] if row >= 0 else None for row in rows)
        chosen = (red, green, blue)
        self._combine(chosen if any(each is not None for each in chosen) else None)

    def _combine(self, channels: Channels | None) -> None:
        if self._picture is not None:
            self._picture.combine(channels)
            self.update_state()

    def _on_contrast(self, on: bool) -> None:
        if self._picture is not None:
            self._picture.sees_contrast = on


def guess(layers: list[Image]) -> Channels:
    """Guess which layer is which colour: by its colormap, else in the order of the list."""
    found: dict[str, Image] = {}
    for layer in layers:
        if layer.colormap.name in _COLOURS:
            found.setdefault(layer.colormap.name, layer)
    others = [layer for layer in layers if layer not in found.values()]
    red, green, blue = (
        found.get(colour) or (others.pop(0) if others else None) for colour in _COLOURS
    )
    return red, green, blue
