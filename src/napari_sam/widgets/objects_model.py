"""Measurements as Qt's item views want them."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from napari_sam.inference.pixel_size import PIXEL, PixelSize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qtpy.QtGui import QColor

    from napari_sam.inference.measurements import Measurement

_NO_INDEX = QModelIndex()
_ROLE = Qt.ItemDataRole
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ID, CLASS, AREA, DIAMETER, INTENSITY = range(5)
_TIPS = {
    ID: "The object's number in the labels layer",
    CLASS: "The class it was given",
    AREA: "How much of the image it covers",
    DIAMETER: "Diameter of a disc (in 3-D, a ball) of the same size",
    INTENSITY: "The image's mean brightness within it",
}


def _known(value: float | None) -> float:
    return -math.inf if value is None else value


_SORT_KEYS: dict[int, Callable[[Any], Any]] = {
    ID: attrgetter("id"),
    CLASS: attrgetter("class_name"),
    AREA: attrgetter("area"),
    DIAMETER: lambda row: _known(row.equivalent_diameter),
    INTENSITY: lambda row: _known(row.mean_intensity),
}


class ObjectsModel(QAbstractTableModel):
    """A row for each object: id, class, area, diameter, mean intensity.

    Parameters
    ----------
    colour_of : callable
        Gives an object's colour.
    parent : QObject, optional
        Owner in Qt.
    """

    def __init__(
        self, colour_of: Callable[[int], QColor | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._colour_of = colour_of
        self._rows: list[Measurement] = []
        self._row_of: dict[int, int] = {}
        self._column, self._order = ID, Qt.SortOrder.AscendingOrder
        self.pixel_size = PixelSize.pixels(2)

    @property
    def rows(self) -> list[Measurement]:
        """The objects, from the top of the table."""
        return self._rows

    def row_of(self, label: int) -> int | None:
        """Find an object's row."""
        return self._row_of.get(label)

    def replace(self, rows: Iterable[Measurement], pixel_size: PixelSize) -> None:
        """Show other objects."""
        self.beginResetModel()
        self.pixel_size = pixel_size
        self._take(rows)
        self.endResetModel()

    def update_some(self, changed: Iterable[int], rows: Iterable[Measurement]) -> None:
        """Put newly measured objects in the place of changed ones, some of which may be gone."""
        fresh = {row.id: row for row in rows}
        outdated = set(changed) | fresh.keys()
        kept = [row for row in self._rows if row.id not in outdated]
        order = [row.id for row in self._rows]
        after = self._sorted([*kept, *fresh.values()])
        if [row.id for row in after] != order:
            self.replace(after, self.pixel_size)
            return
        self._rows = after
        for label in fresh:
            row = self._row_of[label]
            self.dataChanged.emit(self.index(row, ID), self.index(row, INTENSITY))

    # -- what Qt asks ------------------------------------------------------------------------

    def rowCount(self, parent: Any = _NO_INDEX) -> int:
        """Count the objects."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Any = _NO_INDEX) -> int:
        """Count the columns."""
        return 0 if parent.isValid() else len(_TIPS)

    def data(self, index: Any, role: int = _ROLE.DisplayRole) -> Any:
        """Return what a cell shows."""
        row, column = self._rows[index.row()], index.column()
        if role == _ROLE.DisplayRole:
            return _text(row, column)
        if role == _ROLE.ToolTipRole and column == CLASS:  # a long name is cut short in its cell
            return row.class_name
        if role == _ROLE.TextAlignmentRole and column != CLASS:
            return _RIGHT
        if role == _ROLE.DecorationRole and column == ID:
            return self._colour_of(row.id)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole
    ) -> Any:
        """Return a column's title, with its unit."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _ROLE.ToolTipRole:
            return f"{_TIPS[section]} (click to sort)"
        return self._title(section) if role == _ROLE.DisplayRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; equals by their id."""
        self.beginResetModel()
        self._column, self._order = column, order
        self._take(self._rows)
        self.endResetModel()

    # -- inside ------------------------------------------------------------------------------

    def _take(self, rows: Iterable[Measurement]) -> None:
        self._rows = self._sorted(rows)
        self._row_of = {row.id: at for at, row in enumerate(self._rows)}

    def _sorted(self, rows: Iterable[Measurement]) -> list[Measurement]:
        descending = self._order == Qt.SortOrder.DescendingOrder
        by_id = sorted(rows, key=attrgetter("id"), reverse=descending)
        return sorted(by_id, key=_SORT_KEYS[self._column], reverse=descending)

    def _title(self, section: int) -> str:
        size = self.pixel_size
        is_volume = size.ndim > 2
        unit = {AREA: size.area_unit, DIAMETER: size.unit}.get(section)
        names = {ID: "Id", CLASS: "Class", AREA: "Volume" if is_volume else "Area",
                 DIAMETER: "Diam.", INTENSITY: "Mean"}  # fmt: skip
        return f"{names[section]}\n{unit}" if unit else names[section]


def _text(row: Measurement, column: int) -> str:
    if column == ID:
        return str(row.id)
    if column == CLASS:
        return row.class_name
    if column == AREA:
        return amount(row.area)
    return amount(row.equivalent_diameter if column == DIAMETER else row.mean_intensity)


def amount(value: float | None, unit: str = "") -> str:
    """Write a number as a person reads it: four digits that count, thousands apart."""
    if value is None:
        return "–"
    magnitude = abs(value)
    if unit == PIXEL or magnitude >= 1000 or float(value).is_integer():
        text = f"{value:,.0f}"
    elif magnitude >= 0.001:
        text = f"{value:.4g}"
    else:
        text = f"{value:.2e}"
    return f"{text} {unit}".rstrip()
