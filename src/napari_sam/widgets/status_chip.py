"""The chip that says in plain words what the work is doing, and its one button."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from napari_sam.widgets.palette import STATUS_COLOURS
from napari_sam.widgets.status import NO_IMAGE, STOPPED, Status

_BUTTON = {"busy": "Cancel", "idle": "Start", "error": "Try again"}


class StatusChip(QFrame):
    """A coloured dot, a sentence, and a button that cancels or begins again.

    Parameters
    ----------
    parent : QWidget, optional
        Owner in Qt.
    """

    cancel_asked = Signal()
    start_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("samStatusChip")
        self.setStyleSheet(
            "#samStatusChip { border: 1px solid rgba(128, 128, 128, 90); border-radius: 9px; }"
            "#samStatusChip QLabel { background: transparent; border: none; }"
            "#samStatusChip QToolButton { border: 1px solid rgba(128, 128, 128, 140);"
            " border-radius: 4px; padding: 1px 6px; }"
        )
        self._dot = QLabel("●")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._button = QToolButton()
        self._button.clicked.connect(self._on_button)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 6, 4)
        layout.addWidget(self._dot)
        layout.addWidget(self._text)
        layout.addWidget(self._button)
        self._status = NO_IMAGE
        self.show_status(NO_IMAGE)

    @property
    def text(self) -> str:
        """What the person reads."""
        return self._text.text()

    def show_status(self, status: Status) -> None:
        """Say what the work is doing."""
        self._status = status
        self._dot.setStyleSheet(f"color: {STATUS_COLOURS[status.kind]};")
        self._text.setText(status.text)
        self._text.setToolTip(status.detail)
        self._button.setText(_BUTTON.get(status.kind, ""))
        self._button.setVisible(status.kind in ("busy", "error") or status == STOPPED)

    def _on_button(self) -> None:
        if self._status.kind == "busy":
            self.cancel_asked.emit()
        else:
            self.start_asked.emit()
