"""Buttons that edit committed objects, and what becomes of overlaps."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_sam.widgets.edit_strokes import EditTool
    from napari_sam.widgets.session import Session

_OVERLAPS = (
    ("keep", "keep what is there"),
    ("overwrite", "take the pixels"),
    ("ask", "ask each time"),
)
_TOOLS: dict[EditTool, tuple[str, str]] = {
    "pick": ("Pick", "Click an object to pick it"),
    "cut": ("Cut", "Drag a line right across an object: it is split there"),
    "join": ("Join", "Drag a line over objects: they get the id of the first"),
}


class EditTools(QWidget):
    """Edit the selected object; draw lines that cut and join.

    Parameters
    ----------
    session : Session
        Does it.
    parent : QWidget, optional
        Owner in Qt.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.selected = QLabel()
        self.all_slices = QCheckBox("In all slices")
        self.all_slices.setChecked(True)
        self.all_slices.setToolTip("Edits go through all slices of the object, not this one only")
        self.all_slices.toggled.connect(self._on_all_slices)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._make_tools())
        layout.addWidget(self.selected)
        layout.addLayout(self._make_buttons())
        layout.addWidget(self.all_slices)
        layout.addLayout(self._make_overlap())
        session.maker.committer.ask = self._ask
        session.maker.changed.connect(self.update_state)
        self.update_state()

    def update_state(self) -> None:
        """Enable what can be done now."""
        editor = self._session.editor
        label = editor.selected
        self.selected.setText(f"Object {label}" if label else "No object picked")
        for tool, tool_button in self.tool_buttons.items():
            tool_button.setChecked(tool == self._session.mouse.tool)
        for button in self.buttons.values():
            button.setEnabled(label > 0)
        grid = None if self._session.workspace is None else self._session.workspace.grid
        self.all_slices.setVisible(grid is not None and grid.ndim > 2)

    def _make_tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.tool_buttons: dict[EditTool, QPushButton] = {}
        for tool, (text, tip) in _TOOLS.items():
            button = QPushButton(text)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.clicked.connect(partial(self._on_tool, tool))
            row.addWidget(button)
            self.tool_buttons[tool] = button
        return row

    def _make_buttons(self) -> QGridLayout:
        editor = self._session.editor
        actions: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("Refine", "Correct it with clicks; its commit keeps the id", editor.refine),
            ("Delete", "Clear its pixels", editor.delete),
            ("Fill holes", "Fill what it encloses; objects within stay", editor.fill_holes),
            ("Largest part", "Clear all but its largest part", editor.keep_largest_part),
            ("New id …", "Give it another id", self._ask_id),
        )
        grid = QGridLayout()
        grid.setSpacing(4)
        self.buttons: dict[str, QPushButton] = {}
        for at, (text, tip, action) in enumerate(actions):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _on=False, action=action: action())
            grid.addWidget(button, at // 2, at % 2)
            self.buttons[text] = button
        return grid

    def _make_overlap(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.overlap = QComboBox()
        for name, text in _OVERLAPS:
            self.overlap.addItem(text, name)
        self.overlap.setToolTip("What a new object does with pixels that belong to another")
        self.overlap.setCurrentIndex(self.overlap.findData(self._session.maker.committer.overlap))
        self.overlap.activated.connect(self._on_overlap)
        row.addWidget(QLabel("Overlaps:"))
        row.addWidget(self.overlap, stretch=1)
        return row

    def _on_tool(self, tool: EditTool, _on: bool = False) -> None:
        """Take a tool; pressed again, the mouse gives prompts as before."""
        is_on = self.tool_buttons[tool].isChecked()
        self._session.mouse.tool = tool if is_on else "point"
        self._session.maker.changed.emit()

    def _on_overlap(self, index: int) -> None:
        self._session.maker.committer.overlap = self.overlap.itemData(index)

    def _on_all_slices(self, on: bool) -> None:
        self._session.editor.all_slices = on

    def _ask_id(self) -> None:
        editor = self._session.editor
        objects = editor.objects
        try:
            free = 1 if objects is None else objects.next_label()
        except ValueError as error:
            self._session.maker.said.emit(str(error))
            return
        label, is_given = QInputDialog.getInt(
            self, "New id", f"New id of object {editor.selected}:", free, 1
        )
        if is_given:
            editor.relabel(label)

    def _ask(self, others: Sequence[int], count: int) -> bool:
        """Ask whether a new object takes pixels from others."""
        shown = ", ".join(str(label) for label in others[:5])
        answer = QMessageBox.question(
            self,
            "Overlap",
            f"{count:,} px belong to object {shown} already. Take them for the new object?",
        )
        return answer == QMessageBox.StandardButton.Yes
