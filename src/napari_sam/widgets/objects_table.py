"""The table of the objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QModelIndex, Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from napari_sam.widgets.connections import Connections
from napari_sam.widgets.go_to_object import go_to_object
from napari_sam.widgets.labelled_layer import pixel_size_of
from napari_sam.widgets.objects_measuring import ObjectsMeasuring
from napari_sam.widgets.objects_model import CLASS, ID, INTENSITY, ObjectsModel, amount
from napari_sam.widgets.weak_viewer import WeakViewer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari import Viewer
    from napari.layers import Image, Labels

    from napari_sam.inference.measurements import Measurement
    from napari_sam.inference.progress import Progress

_ROW_HEIGHT = 22  # pixels; one for all, so that Qt need not ask each row
_ID_WIDTH = 52  # pixels: a swatch and four digits


class ObjectsTable(QWidget):
    """Lists the objects of a Labels layer, with their count and total above.

    A click on a row selects the object's label and moves the sliders to it; a label that is
    selected elsewhere marks its row.

    Parameters
    ----------
    viewer : Viewer
        Whose sliders are moved.
    parent : QWidget, optional
        Owner in Qt.
    """

    def __init__(self, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = WeakViewer(viewer)
        self._labels: Labels | None = None
        self._is_marking = False
        self._connections = Connections()
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.model = ObjectsModel(self._colour_of, self)
        self.view = self._make_view()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.summary)
        layout.addWidget(self.view)
        self.measuring = ObjectsMeasuring(self)
        self.measuring.measured.connect(self._on_measured)
        self.measuring.progressed.connect(self._on_progress)
        self.measuring.failed.connect(self._on_failed)
        self.set_layers(None, None)

    def set_layers(self, labels: Labels | None, image: Image | None) -> None:
        """List the objects of another layer, measured in an image where its shape fits."""
        self._connections.close()
        self._labels = labels
        if labels is not None:
            events = labels.events
            self._connections.add(self._mark_selected, events.selected_label)
            self._connections.add(self._on_colours, events.colormap)
        self.measuring.set_layers(labels, image)

    def set_classes(self, classes: Mapping[int, str]) -> None:
        """Name the class of each id."""
        self.measuring.set_classes(classes)

    def on_history(self, direction: str, change: object) -> None:
        """Take notice of a change that a session's history tells of."""
        self.measuring.on_history(direction, change)

    def close_layers(self) -> None:
        """Let go of the layers and end the measuring."""
        self._connections.close()
        self.measuring.close()
        self._labels = None

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.model)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setWordWrap(False)
        view.setShowGrid(False)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        view.horizontalHeader().setSectionResizeMode(ID, QHeaderView.ResizeMode.Fixed)
        view.horizontalHeader().setMinimumSectionSize(30)
        view.setColumnWidth(ID, _ID_WIDTH)
        view.setSortingEnabled(True)
        view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        view.selectionModel().currentRowChanged.connect(self._on_row)
        view.clicked.connect(self._on_row)
        self.model.modelReset.connect(self._mark_selected)
        return view

    # -- the link between rows and the selected label ----------------------------------------

    def _on_row(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        if self._is_marking or self._labels is None or not index.isValid():
            return
        row = self.model.rows[index.row()]
        self._is_marking = True
        try:
            self._labels.selected_label = row.id
            go_to_object(self._labels, row, self._viewer().dims)
        finally:
            self._is_marking = False

    def _mark_selected(self, _event: object = None) -> None:
        if self._is_marking or self._labels is None:
            return
        row = self.model.row_of(int(self._labels.selected_label))
        self._is_marking = True
        try:
            if row is None:
                self.view.clearSelection()
                self.view.setCurrentIndex(QModelIndex())
            else:
                self.view.selectRow(row)
                self.view.scrollTo(self.model.index(row, 0))
        finally:
            self._is_marking = False

    def _colour_of(self, label: int) -> QColor | None:
        colour = None if self._labels is None else self._labels.get_color(label)
        return None if colour is None else QColor.fromRgbF(*(float(part) for part in colour))

    def _on_colours(self, _event: object) -> None:
        self.view.viewport().update()

    # -- measurements ------------------------------------------------------------------------

    def _on_measured(self, labels: list[int] | None, rows: list[Measurement]) -> None:
        if labels is not None:
            self.model.update_some(labels, rows)
        else:
            size = self.model.pixel_size if self._labels is None else pixel_size_of(self._labels)
            self.model.replace(rows, size)
        shown = self.model.rows
        self.view.setColumnHidden(CLASS, not any(row.class_name for row in shown))
        self.view.setColumnHidden(INTENSITY, all(row.mean_intensity is None for row in shown))
        self._say_totals()

    def _say_totals(self) -> None:
        rows, unit = self.model.rows, self.model.pixel_size.area_unit
        if not rows:
            self.summary.setText("No objects yet")
            return
        total = sum(row.area for row in rows)
        count = f"{len(rows):,} object{'s' if len(rows) > 1 else ''}"
        mean = f" · mean {amount(total / len(rows), unit)}" if len(rows) > 1 else ""
        self.summary.setText(f"{count} · total {amount(total, unit)}{mean}")

    def _on_progress(self, progress: Progress) -> None:
        if progress.done < progress.total:
            self.summary.setText(f"Measuring, {100 * progress.done // progress.total} %")

    def _on_failed(self, error: Exception) -> None:
        self.summary.setText(f"The objects could not be measured: {error}")
