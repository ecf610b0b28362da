"""The lower half of the dock: tabs for what comes after an object is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from napari_sam.widgets.channel_choice import ChannelChoice
from napari_sam.widgets.classes import classes_of
from napari_sam.widgets.commit_choice import CommitChoice
from napari_sam.widgets.connections import Connections
from napari_sam.widgets.edit_tools import EditTools
from napari_sam.widgets.export_button import ExportButton
from napari_sam.widgets.objects_table import ObjectsTable
from napari_sam.widgets.session_menu import SessionMenu

if TYPE_CHECKING:
    from napari.layers import Image, Labels

    from napari_sam.widgets.history import Change
    from napari_sam.widgets.session import Session


class Panels(QTabWidget):
    """Tabs: labels and their editing, the table of objects, what the model sees, the session.

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
        self._session = session
        self._listed: tuple[Labels | None, Image | None] = (None, None)
        self._selected = Connections()
        self._exported: Change | None = None
        self._classes: dict[int, str] = {}
        self.commit_choice = CommitChoice(session)
        self.edit_tools = EditTools(session)
        self.table, self.export_button = ObjectsTable(session.viewer), ExportButton()
        self.channels = ChannelChoice(session)
        self._add("Edit", self.commit_choice, self.edit_tools)
        self._add("Objects", self.table, self.export_button)
        self.session_menu = SessionMenu(session, session.load)
        self._add("Image", self.channels)
        self._add("Session", self.session_menu)
        self.session_menu.said.connect(session.maker.said)
        self.export_button.said.connect(session.maker.said)
        self.export_button.began.connect(self._on_export)
        self.export_button.saved.connect(self._on_saved)
        session.history.happened.connect(self.table.on_history)
        session.maker.changed.connect(self._show_objects)
        session.images_changed.connect(self._show_objects)
        self._show_objects()

    def let_go(self) -> None:
        """End what is under way and let go of the layers: the dock is being closed."""
        self.session_menu.stop()
        self._listed = (None, None)
        self._selected.close()
        self.table.close_layers()
        self.export_button.set_layers(None, None)

    def sizeHint(self) -> QSize:
        """Ask for little, and take what the dock has left."""
        return QSize(super().sizeHint().width(), 200)

    def minimumSizeHint(self) -> QSize:
        """Let the dock be as small as its upper half needs; the tabs scroll."""
        return QSize(0, self.tabBar().sizeHint().height() + 60)

    def _on_selected(self, _event: object) -> None:
        self.edit_tools.update_state()

    def _on_export(self) -> None:
        self._exported = self._session.history.next_undo

    def _on_saved(self, layer: Labels) -> None:
        """Labels that are in a file need no journal, if nothing was done meanwhile."""
        if self._session.history.next_undo is self._exported:
            self._session.journal.saved(layer)

    def _show_objects(self) -> None:
        """List the objects that are committed to now, if they are others than before."""
        objects, image = self._session.editor.objects, self._session.image
        layer = None if objects is None else objects.layer
        if (layer, image) != self._listed:
            self._selected.close()
            if layer is not None:
                self._selected.add(self._on_selected, layer.events.selected_label)
            self._listed = (layer, image)
            self.table.set_layers(layer, image)
            self.export_button.set_layers(layer, image)
        classes = {} if layer is None else {each.label: each.name for each in classes_of(layer)}
        if classes != self._classes:
            self._classes = classes
            self.table.set_classes(classes)
            self.export_button.set_classes(classes)

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
