"""Icons of the tools, drawn at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

if TYPE_CHECKING:
    from napari_sam.widgets.canvas_mouse import Tool

_SIDE = 64  # pixels; Qt scales it down, also on dense screens
_INK = QColor("#9aa4b2")  # a grey that shows in both themes


def tool_icon(tool: Tool) -> QIcon:
    """Draw what a tool draws: a target, a dashed box, a loop or a squiggle."""
    pixmap = QPixmap(_SIDE, _SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(_INK, _SIDE / 10)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    if tool == "box":
        pen.setStyle(Qt.PenStyle.DashLine)
        pen.setDashPattern([2.0, 1.4])
    painter.setPen(pen)
    painter.drawPath(_path(tool))
    if tool == "point":
        painter.setBrush(_INK)
        painter.drawEllipse(QPointF(32, 32), 5, 5)
    painter.end()
    return QIcon(pixmap)


def _path(tool: Tool) -> QPainterPath:
    path = QPainterPath()
    if tool == "point":
        path.addEllipse(QPointF(32, 32), 21, 21)
    elif tool == "box":
        path.addRect(QRectF(10, 14, 44, 36))
    elif tool == "lasso":
        path.moveTo(30, 56)
        path.cubicTo(46, 44, 8, 52, 8, 30)
        path.cubicTo(8, 4, 58, 2, 56, 28)
        path.cubicTo(55, 44, 36, 46, 22, 40)
    else:
        path.moveTo(8, 46)
        path.cubicTo(14, 6, 28, 6, 30, 32)
        path.cubicTo(32, 60, 46, 58, 56, 18)
    return path
