"""The table and the export button, in a dock of a real viewer."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog, QMenu, QMessageBox, QVBoxLayout, QWidget
from tests.end_to_end.heartbeat import Heartbeat, work_threads

from napari_sam.inference.export.formats import FORMATS
from napari_sam.widgets.changes import PixelChange, Together
from napari_sam.widgets.export_button import ExportButton
from napari_sam.widgets.history import History
from napari_sam.widgets.objects_model import AREA, CLASS, DIAMETER, ID, INTENSITY
from napari_sam.widgets.objects_table import ObjectsTable


def grid_of_objects(side, spacing, radius):
    rows, columns = np.indices((side, side))
    count = side // spacing
    labels = (rows // spacing) * count + columns // spacing + 1
    middle = spacing // 2
    outside = (rows % spacing - middle) ** 2 + (columns % spacing - middle) ** 2 > radius**2
    labels[outside | (rows // spacing >= count) | (columns // spacing >= count)] = 0
    return labels.astype(np.int32)


class Panel:
    """Table and button in a dock 320 pixels wide."""

    def __init__(self, viewer, qtbot):
        self.viewer, self.qtbot = viewer, qtbot
        viewer.window.resize(1100, 750)
        self.table, self.button = ObjectsTable(viewer), ExportButton()
        self.said = []
        self.button.said.connect(self.said.append)
        self.widget = QWidget()
        layout = QVBoxLayout(self.widget)
        layout.addWidget(self.table)
        layout.addWidget(self.button)
        self.widget.setFixedWidth(320)
        viewer.window.add_dock_widget(self.widget, name="Objects", area="right")

    def show(self, labels, image=None):
        self.table.set_layers(labels, image)
        self.button.set_layers(labels, image)
        self.wait()

    def wait(self):
        self.qtbot.waitUntil(lambda: self.table.measuring.is_up_to_date, timeout=10_000)

    def cell(self, row, column):
        return self.table.model.index(row, column).data()

    def click(self, row, column=AREA):
        view = self.table.view
        view.scrollTo(self.table.model.index(row, column))
        rect = view.visualRect(self.table.model.index(row, column))
        QTest.mouseClick(
            view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
            rect.center(),
        )  # fmt: skip

    @property
    def marked(self):
        rows = self.table.view.selectionModel().selectedRows()
        return [self.table.model.rows[index.row()].id for index in rows]

    def close(self):
        self.table.close_layers()
        self.button.set_layers(None, None)
        self.viewer = None


@pytest.fixture
def panel(make_napari_viewer, qtbot):
    panel = Panel(make_napari_viewer(show=True), qtbot)
    yield panel
    panel.close()


@pytest.fixture
def cells(panel):
    """Sixteen discs of 20 px, of half a micrometre a pixel, over a ramp of brightness."""
    labels = grid_of_objects(200, 50, 10)
    ramp = np.broadcast_to(np.arange(200, dtype=np.uint8)[:, None], labels.shape).copy()
    space = {"scale": (0.5, 0.5), "units": ("um", "um")}
    image = panel.viewer.add_image(ramp, name="ramp", **space)
    layer = panel.viewer.add_labels(labels, name="objects", **space)
    panel.show(layer, image)
    return layer


def test_what_the_table_says(panel, cells, pictures):
    table = panel.table
    area = (cells.data == 1).sum()
    assert [row.id for row in table.model.rows] == list(range(1, 17))
    assert panel.cell(0, AREA) == f"{area / 4:.4g}"
    assert panel.cell(0, INTENSITY) == "25"
    assert float(panel.cell(0, DIAMETER)) == pytest.approx(10, rel=0.02)
    headers = [table.model.headerData(c, Qt.Orientation.Horizontal) for c in range(5)]
    assert headers == ["Id", "Class", "Area\nµm²", "Diam.\nµm", "Mean"]
    assert table.view.isColumnHidden(CLASS)
    assert not table.view.isColumnHidden(INTENSITY)
    assert table.summary.text() == f"16 objects · total {4 * area:,} µm² · mean {area / 4:.4g} µm²"
    table.set_classes({1: "nucleus", 2: "cell body"})
    panel.wait()
    assert panel.cell(0, CLASS) == "nucleus"
    assert not table.view.isColumnHidden(CLASS)
    panel.click(5)
    panel.qtbot.wait(200)
    shot = panel.viewer.screenshot(canvas_only=False, flash=False)
    import imageio.v3 as iio

    iio.imwrite(pictures / "objects_table.png", shot)


def test_it_fits_320_pixels(panel, cells):
    panel.table.set_classes({1: "nucleus"})
    panel.wait()
    view = panel.table.view
    assert panel.widget.width() == 320
    assert panel.widget.minimumSizeHint().width() <= 320
    assert sum(view.columnWidth(column) for column in range(5)) <= view.viewport().width()


def test_a_click_selects_and_a_selected_label_marks_its_row(panel, cells):
    panel.click(4)
    assert cells.selected_label == 5
    assert panel.marked == [5]
    cells.selected_label = 9
    assert panel.marked == [9]
    QTest.keyClick(panel.table.view, Qt.Key.Key_Down)
    assert cells.selected_label == 10
    cells.selected_label = 99
    assert panel.marked == []


def test_sorting_keeps_the_mark(panel, cells):
    cells.data_setitem((np.array([0, 0, 1]), np.array([0, 1, 0])), 77)
    panel.wait()
    cells.selected_label = 77
    panel.table.view.sortByColumn(AREA, Qt.SortOrder.AscendingOrder)
    assert panel.table.model.rows[0].id == 77
    assert panel.marked == [77]
    panel.table.view.sortByColumn(ID, Qt.SortOrder.DescendingOrder)
    assert [row.id for row in panel.table.model.rows] == [77, *range(16, 0, -1)]
    assert panel.marked == [77]


def test_only_changed_objects_are_measured_again(panel, cells, monkeypatch):
    from napari_sam.inference.measurements import Measurer

    asked = []
    some = Measurer.some

    def watched(self, boxes):
        asked.extend(boxes)
        return some(self, boxes)

    def refuse(self):
        raise AssertionError("everything was measured again")

    monkeypatch.setattr(Measurer, "some", watched)
    monkeypatch.setattr(Measurer, "measuring", refuse)
    # a commit, in part over object 1
    before = panel.table.model.rows[0].pixels
    box = np.nonzero(np.pad(np.ones((20, 25), bool), ((0, 180), (0, 175))))
    cells.data_setitem(box, 50)
    panel.wait()
    assert sorted(asked) == [1, 50]
    rows = {row.id: row for row in panel.table.model.rows}
    assert rows[50].pixels == 500
    assert rows[1].pixels == (cells.data == 1).sum() < before
    assert panel.table.summary.text().startswith("17 objects")
    # napari's brush, and an object that goes altogether
    cells.brush_size = 30
    cells.selected_label = 50
    cells.paint((25, 25), 50)
    panel.wait()
    rows = {row.id: row for row in panel.table.model.rows}
    assert 1 not in rows
    assert rows[50].pixels == (cells.data == 50).sum()
    assert panel.table.summary.text().startswith("16 objects")


def test_a_session_s_history_is_followed(panel, cells):
    history = History()
    history.happened.connect(panel.table.on_history)
    indices = np.nonzero(cells.data == 3)
    plan = PixelChange.of("delete object 3", cells, indices, 0)
    history.do(Together("delete", (plan,)))
    panel.wait()
    assert panel.table.model.row_of(3) is None
    history.undo()
    panel.wait()
    assert panel.table.model.rows[2].pixels == len(indices[0])


def test_other_data_and_another_scale_are_measured(panel, cells):
    cells.scale = (1, 1)
    panel.wait()
    assert panel.cell(0, AREA) == str((cells.data == 1).sum())
    cells.data = np.where(cells.data == 4, 4, 0).astype(np.int32)
    panel.wait()
    assert [row.id for row in panel.table.model.rows] == [4]
    assert panel.table.summary.text().startswith("1 object · total")
    cells.data = np.zeros_like(cells.data)
    panel.wait()
    assert panel.table.summary.text() == "No objects yet"


def test_the_sliders_go_to_the_object(panel):
    labels = np.zeros((12, 40, 50), np.uint16)
    labels[2:4, 5:15, 5:15] = 1
    labels[8, 20:30, 20:30] = 2
    labels[0, 30, 40] = labels[10, 30:35, 40:45] = 3  # its centre lies between its parts
    labels[7:10, 0, 0] = 4
    viewer = panel.viewer
    viewer.add_image(np.zeros((12, 40, 50)), scale=(5, 1, 1), translate=(100, 0, 0))
    layer = viewer.add_labels(labels, scale=(5, 1, 1), translate=(100, 0, 0))
    panel.show(layer)
    viewer.dims.set_current_step(0, 0)
    panel.click(1)
    assert viewer.dims.point[0] == pytest.approx(140)
    panel.click(3)  # it is there already
    assert viewer.dims.point[0] == pytest.approx(140)
    panel.click(2)
    assert viewer.dims.point[0] == pytest.approx(150)
    panel.click(0)
    assert labels[round((viewer.dims.point[0] - 100) / 5), 10, 10] == 1
    assert panel.cell(0, AREA) == "1,000"
    viewer.dims.order = (2, 0, 1)
    panel.click(1)
    assert labels[8, 25, round(viewer.dims.point[2])] == 2


def test_thousands_of_rows_do_not_hold_up_the_window(panel):
    labels = grid_of_objects(2048, 30, 12)
    layer = panel.viewer.add_labels(labels)
    image = panel.viewer.add_image(np.zeros(labels.shape, np.uint8))
    panel.qtbot.wait(2000)  # napari draws the layers
    with Heartbeat() as heart:
        panel.show(layer, image)
    assert len(panel.table.model.rows) == 68**2
    assert heart.longest < 0.15  # a third of it is the window's own redraw
    with Heartbeat() as heart:
        panel.table.view.sortByColumn(AREA, Qt.SortOrder.DescendingOrder)
        panel.qtbot.wait(50)
    assert heart.longest < 0.15


def test_closing_in_the_middle_of_measuring(make_napari_viewer, qtbot):
    panel = Panel(make_napari_viewer(show=True), qtbot)
    layer = panel.viewer.add_labels(np.ones((80, 700, 700), np.int32))
    panel.table.set_layers(layer, None)
    assert work_threads()
    panel.viewer.close()
    qtbot.waitUntil(lambda: not work_threads(), timeout=2000)


# -- the export button -------------------------------------------------------------------------


@pytest.fixture
def answers(monkeypatch, tmp_path):
    """What the person answers to the dialogs."""
    given = {"path": tmp_path / "cells.csv", "replace": None, "asked": []}

    def choose(_parent, _title, start, _filter, **_options):
        given["start"] = start
        return str(given["path"]) if given["path"] else "", ""

    def question(_parent, _title, text, *_buttons):
        given["asked"].append(text)
        return given["replace"]

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    monkeypatch.setattr(QMessageBox, "question", question)
    return given


def export(panel, name):
    format_ = next(each for each in FORMATS if each.name == name)
    panel.button.ask_and_export(format_)
    panel.qtbot.waitUntil(lambda: not panel.button.is_busy, timeout=10_000)
    panel.qtbot.wait(20)


def test_the_menu_offers_the_formats(panel, cells):
    QTest.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    menu = panel.button.findChild(QMenu)
    panel.qtbot.waitUntil(menu.isVisible)
    assert [action.text() for action in menu.actions()] == [each.name for each in FORMATS]
    assert all(action.isEnabled() for action in menu.actions())
    menu.close()
    cells.scale, cells.units = (1, 1), ("pixel", "pixel")
    menu.aboutToShow.emit()
    disabled = [action.text() for action in menu.actions() if not action.isEnabled()]
    assert disabled == ["Outlines in physical units (GeoJSON)"]


def test_it_says_where_it_wrote_what(panel, cells, answers):
    panel.button.set_classes({2: "nucleus"})
    export(panel, "Measurements (CSV)")
    assert panel.said == [f"Exported to {answers['path']}."]
    table = pd.read_csv(answers["path"])
    assert table["class"].tolist()[:3] == [pytest.approx(np.nan, nan_ok=True), "nucleus",
                                           pytest.approx(np.nan, nan_ok=True)]  # fmt: skip
    assert table["area"][0] == pytest.approx((cells.data == 1).sum() / 4)
    assert panel.button.text() == "Export…"


@pytest.mark.parametrize("format_", FORMATS, ids=lambda each: each.name)
def test_every_format(panel, cells, answers, tmp_path, format_):
    answers["path"] = tmp_path / "cells"  # the suffix is added
    export(panel, format_.name)
    path = tmp_path / f"cells{format_.suffixes[0]}"
    assert panel.said == [f"Exported to {path}."]
    assert path.exists()
    assert answers["start"].endswith(f"objects{format_.suffixes[0]}")


def test_it_asks_before_it_replaces(panel, cells, answers, tmp_path):
    (tmp_path / "cells.json").write_text("mine")
    answers["path"] = tmp_path / "cells"  # the dialog itself could not know
    answers["replace"] = QMessageBox.StandardButton.No
    export(panel, "Masks (COCO JSON)")
    assert (tmp_path / "cells.json").read_text() == "mine"
    assert panel.said == ["Nothing was exported."]
    answers["replace"] = QMessageBox.StandardButton.Yes
    export(panel, "Masks (COCO JSON)")
    assert len(json.loads((tmp_path / "cells.json").read_text())["annotations"]) == 16
    assert answers["asked"] == [f"“cells.json” exists already in {tmp_path}. Replace it?"] * 2


def test_a_failure_is_told_and_the_button_is_there_again(panel, cells, answers, tmp_path):
    answers["path"] = tmp_path / "missing" / "cells.csv"
    export(panel, "Measurements (CSV)")
    assert panel.said[0].startswith("Not exported: expected an existing folder for cells.csv")
    assert panel.button.isEnabled()
    answers["path"] = None
    export(panel, "Measurements (CSV)")
    assert len(panel.said) == 1


def test_a_click_stops_it(panel, answers, tmp_path):
    layer = panel.viewer.add_labels(np.ones((60, 400, 400), np.int32))
    panel.button.set_layers(layer, None)
    answers["path"] = tmp_path / "cells.json"
    with Heartbeat() as heart:
        panel.button.ask_and_export(FORMATS[3])
        panel.qtbot.waitUntil(lambda: "%" in panel.button.text())
    assert panel.button.text().endswith("Stop")
    # On a machine that is busy with other things, only what is grossly wrong can be told.
    assert heart.longest < (0.05 if heart.is_quiet else 0.3)
    QTest.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    assert panel.said == ["Export stopped, nothing was written."]
    panel.qtbot.waitUntil(lambda: list(tmp_path.glob("*cells*")) == [])
