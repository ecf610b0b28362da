"""Icons drawn at run time: the prompts as they look on the canvas."""

from __future__ import annotations

from qtpy.QtCore import QLineF, QPointF, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from napari_sam.widgets.palette import PROMPT_COLOURS, PROMPT_SYMBOLS

_SIDE = 64  # pixels; Qt scales it down, also on dense screens


def prompt_icon(label: str) -> QIcon:
    """Draw the symbol of foreground or background points, white-rimmed as on the canvas."""
    pixmap = QPixmap(_SIDE, _SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = QColor(PROMPT_COLOURS[label])
    if PROMPT_SYMBOLS[label] == "disc":
        painter.setPen(QPen(Qt.GlobalColor.white, _SIDE / 12))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(_SIDE / 2, _SIDE / 2), _SIDE * 0.38, _SIDE * 0.38)
    else:
        near, far = _SIDE * 0.2, _SIDE * 0.8
        strokes = [QLineF(near, near, far, far), QLineF(near, far, far, near)]
        for pen in (QPen(Qt.GlobalColor.white, _SIDE / 3.2), QPen(colour, _SIDE / 5)):
            painter.setPen(pen)
            painter.drawLines(strokes)
    painter.end()
    return QIcon(pixmap)
