"""The lower half of the dock: tabs for what comes after an object is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from napari_sam.widgets.commit_choice import CommitChoice
from napari_sam.widgets.edit_tools import EditTools

if TYPE_CHECKING:
    from napari_sam.widgets.session import Session


class Panels(QTabWidget):
    """Tabs: the labels and their editing.

    Parameters
    ----------
    session : Session
        What the tabs are about.
    parent : QWidget, optional
        Owner in Qt.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.commit_choice = CommitChoice(session)
        self.edit_tools = EditTools(session)
        self._add("Edit", self.commit_choice, self.edit_tools)

    def minimumSizeHint(self) -> QSize:
        """Let the dock be as small as its upper half needs; the tabs scroll."""
        return QSize(0, self.tabBar().sizeHint().height() + 60)

    def _add(self, title: str, *parts: QWidget) -> None:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 6, 0, 0)
        for part in parts:
            layout.addWidget(part)
        layout.addStretch()
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidgetResizable(True)
        area.setWidget(page)
        self.addTab(area, title)
