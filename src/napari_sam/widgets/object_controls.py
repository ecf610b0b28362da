"""The buttons for the object being made: which mask, commit, discard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from napari_sam.widgets.history import Change
    from napari_sam.widgets.session import Session


class ObjectControls(QWidget):
    """Buttons that do what the mouse and the keys do, for whom they suit better.

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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._make_candidates())
        layout.addLayout(self._make_actions())
        session.maker.changed.connect(self.update_state)
        self.update_state()

    def update_state(self) -> None:
        """Enable what can be done now, and say which mask is shown."""
        session, masks = self._session, self._session.maker.current.candidates
        count = 0 if masks is None else len(masks)
        if masks is None:
            self._score.setText("no mask yet")
        else:
            chosen = session.maker.current.chosen
            which = f"mask {chosen + 1} of {count} · " if count > 1 else ""
            self._score.setText(f"{which}quality {masks.iou_predictions[chosen]:.2f}")
        self._previous.setEnabled(count > 1)
        self._next.setEnabled(count > 1)
        preview = None if session.workspace is None else session.workspace.preview
        has_mask = preview is not None and not preview.is_blank  # perhaps painted by hand
        self.commit_button.setEnabled(has_mask)
        self.discard_button.setEnabled(has_mask or bool(session.maker.prompts))
        self.undo_button.setEnabled(session.history.next_undo is not None)
        self.redo_button.setEnabled(session.history.next_redo is not None)
        self.undo_button.setToolTip(_tip("Undo", "Ctrl+Z", session.history.next_undo))
        self.redo_button.setToolTip(_tip("Redo", "Ctrl+Shift+Z", session.history.next_redo))

    def _make_candidates(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._previous = self._tool(Qt.ArrowType.LeftArrow, "The mask before (,)", -1)
        self._next = self._tool(Qt.ArrowType.RightArrow, "The next mask (.)", 1)
        self._score = QLabel()
        self._score.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(self._previous)
        row.addWidget(self._score, stretch=1)
        row.addWidget(self._next)
        return row

    def _tool(self, arrow: Qt.ArrowType, tip: str, by: int) -> QToolButton:
        button = QToolButton()
        button.setArrowType(arrow)
        button.setToolTip(tip)
        button.clicked.connect(lambda _on=False: self._session.maker.step_candidates(by))
        return button

    def _make_actions(self) -> QGridLayout:
        session = self._session
        grid = QGridLayout()
        self.commit_button = QPushButton("Commit object")
        self.commit_button.setToolTip("Write the mask into the objects layer (Enter)")
        self.commit_button.clicked.connect(lambda _on=False: session.maker.commit())
        self.discard_button = QPushButton("Discard")
        self.discard_button.setToolTip("Drop this object and its prompts (Esc)")
        self.discard_button.clicked.connect(lambda _on=False: session.maker.discard())
        self.undo_button, self.redo_button = QPushButton("Undo"), QPushButton("Redo")
        self.undo_button.clicked.connect(lambda _on=False: session.undo())
        self.redo_button.clicked.connect(lambda _on=False: session.redo())
        grid.addWidget(self.commit_button, 0, 0)
        grid.addWidget(self.discard_button, 0, 1)
        grid.addWidget(self.undo_button, 1, 0)
        grid.addWidget(self.redo_button, 1, 1)
        return grid


def _tip(verb: str, key: str, change: Change | None) -> str:
    return f"{verb} ({key})" if change is None else f"{verb}: {change.description} ({key})"
