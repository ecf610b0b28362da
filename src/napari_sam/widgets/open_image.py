"""What the dock offers while there is no image: samples, or a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_sam.sample_data import cells, coins

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.types import LayerData

    from napari_sam.widgets.session import Session

_SAMPLES: tuple[tuple[str, Callable[[], list[LayerData]]], ...] = (
    ("Sample: stained tissue", cells),
    ("Sample: coins", coins),
)


class OpenImage(QWidget):
    """Buttons that bring an image into the viewer.

    Parameters
    ----------
    session : Session
        Its viewer gets the image.
    parent : QWidget, optional
        Owner in Qt.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(QLabel("No image is open."))
        for text, sample in _SAMPLES:
            button = QPushButton(text)
            button.clicked.connect(partial(self._open_sample, sample))
            layout.addWidget(button)
        file = QPushButton("Open a file …")
        file.clicked.connect(self._open_file)
        layout.addWidget(file)

    def _open_sample(self, sample: Callable[[], list[LayerData]], _on: bool = False) -> None:
        for data, settings, _kind in sample():
            self._session.viewer.add_image(data, **settings)

    def _open_file(self, _on: bool = False) -> None:
        paths, _filter = QFileDialog.getOpenFileNames(self, "Open an image")
        for path in paths:
            self._session.viewer.open(path)
