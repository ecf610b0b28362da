"""Thumbnails of the masks that an ambiguous click may mean."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QIcon, QImage, QPixmap
from qtpy.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from napari_sam.widgets.palette import CHOSEN_COLOUR

if TYPE_CHECKING:
    import numpy.typing as npt

    from napari_sam.widgets.events import Candidates
    from napari_sam.widgets.session import Session

MOST: Final = 3
"""Masks that a model offers for a click."""

_NAMES = ("smallest", "middle", "largest")
_SIDE = 78  # pixels: three of them fit in a dock of 300
_STYLE = f"""
QToolButton {{ border: 2px solid transparent; border-radius: 3px; }}
QToolButton:checked {{ border-color: {CHOSEN_COLOUR}; }}
"""


class CandidateStrip(QWidget):
    """A row of thumbnails, smallest mask first; a click on one takes it.

    Hidden while there is nothing to choose among.

    Parameters
    ----------
    session : Session
        Has the candidates.
    parent : QWidget, optional
        Owner in Qt.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown: Candidates | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.setStyleSheet(_STYLE)
        group = QButtonGroup(self)
        self.buttons: list[QToolButton] = []
        for index, name in enumerate(_NAMES):
            button = QToolButton()
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(_SIDE, _SIDE))
            button.setToolTip(f"Take the {name} mask (, and . step through them)")
            button.clicked.connect(partial(self._choose, index))
            group.addButton(button)
            layout.addWidget(button)
            self.buttons.append(button)
        layout.addStretch()
        session.maker.changed.connect(self.update_state)
        self.update_state()

    def update_state(self) -> None:
        """Show the candidates there are, and which one is on the canvas."""
        current = self._session.maker.current
        found = current.candidates
        if found is not None and len(found.thumbnails) != MOST:
            found = None
        if found is not None:
            if found is not self._shown:
                self._draw(found)
            self.buttons[current.chosen].setChecked(True)
        self._shown = found
        self.setVisible(found is not None)

    def _draw(self, candidates: Candidates) -> None:
        for button, picture, quality in zip(
            self.buttons, candidates.thumbnails, candidates.iou_predictions, strict=True
        ):
            button.setIcon(_icon(picture))
            button.setText(f"quality {quality:.2f}")

    def _choose(self, index: int, _on: bool = False) -> None:
        self._session.maker.choose_candidate(index)


def _icon(picture: npt.NDArray[np.uint8]) -> QIcon:
    """Turn (side, side, 3) uint8 into an icon."""
    rows, columns = picture.shape[:2]
    pixels = np.ascontiguousarray(picture).tobytes()
    image = QImage(pixels, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
    return QIcon(QPixmap.fromImage(image.copy()))  # a copy: the bytes are not kept by Qt
