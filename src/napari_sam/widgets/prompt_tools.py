"""The row of buttons that says what the mouse draws."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize
from qtpy.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_sam.widgets.icons import prompt_icon
from napari_sam.widgets.palette import BACKGROUND, FOREGROUND
from napari_sam.widgets.tool_icons import tool_icon

if TYPE_CHECKING:
    from napari_sam.widgets.canvas_mouse import Tool
    from napari_sam.widgets.session import Session

_TOOL_TIPS: dict[Tool, str] = {
    "point": "Points: click on the object. Dragging moves the view",
    "box": "Box: drag from corner to corner (Shift+drag does it with any tool)",
    "lasso": "Lasso: drag around the object",
    "scribble": "Scribble: drag a line along the object",
}
_LABEL_TIPS = {
    FOREGROUND: "Include: what you mark belongs to the object (Ctrl for the opposite)",
    BACKGROUND: "Exclude: what you mark does not belong to the object (Ctrl for the opposite)",
}
_ICON = QSize(20, 20)
_WIDTH = 36


class PromptTools(QWidget):
    """Point, box, lasso or scribble; include or exclude; hover preview; many at once.

    Parameters
    ----------
    session : Session
        Does what is chosen.
    parent : QWidget, optional
        Owner in Qt.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.setSpacing(3)
        self.tool_buttons: dict[Tool, QPushButton] = {}
        tools = QButtonGroup(self)
        for tool, tip in _TOOL_TIPS.items():
            button = self._button(tip, tools, row)
            button.setIcon(tool_icon(tool))
            button.clicked.connect(partial(self._choose_tool, tool))
            self.tool_buttons[tool] = button
        row.addStretch()
        self.label_buttons: dict[str, QPushButton] = {}
        labels = QButtonGroup(self)
        for label, tip in _LABEL_TIPS.items():
            button = self._button(tip, labels, row)
            button.setIcon(prompt_icon(label))
            button.clicked.connect(partial(self._choose_label, label))
            self.label_buttons[label] = button
        layout.addLayout(row)
        self.hover_box = QCheckBox("Show the outline under the mouse")
        self.hover_box.setToolTip("While the mouse rests: what a click there would give")
        self.hover_box.toggled.connect(self._choose_hover)
        self.each_box = QCheckBox("Every point or box is its own object")
        self.each_box.setToolTip("Mark many objects, then commit all of them at once")
        self.each_box.toggled.connect(self._choose_each)
        layout.addWidget(self.hover_box)
        layout.addWidget(self.each_box)
        session.images_changed.connect(self.update_state)
        self.update_state()

    def update_state(self) -> None:
        """Show what is chosen."""
        session = self._session
        self.tool_buttons[session.mouse.tool].setChecked(True)
        self.label_buttons[session.mouse.click_label].setChecked(True)
        self.hover_box.setChecked(session.hover.is_on)
        if session.workspace is not None:
            self.each_box.setChecked(session.workspace.prompts.each_is_own)

    def _button(self, tip: str, group: QButtonGroup, row: QHBoxLayout) -> QPushButton:
        button = QPushButton()
        button.setCheckable(True)
        button.setIconSize(_ICON)
        button.setFixedWidth(_WIDTH)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(":")[0])
        group.addButton(button)
        row.addWidget(button)
        return button

    def _choose_tool(self, tool: Tool, _on: bool = False) -> None:
        self._session.mouse.tool = tool
        self._session.maker.changed.emit()

    def _choose_label(self, label: str, _on: bool = False) -> None:
        self._session.choose_label(label)

    def _choose_hover(self, is_on: bool) -> None:
        self._session.hover.is_on = is_on

    def _choose_each(self, each_is_own: bool) -> None:
        if self._session.workspace is not None:
            self._session.workspace.prompts.each_is_own = each_is_own
