"""The banner that offers to continue after a crash."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from napari.layers import Labels
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from napari_sam.widgets.errand import Errand
from napari_sam.widgets.grid import level_data
from napari_sam.widgets.journal_writer import reference_to
from napari_sam.widgets.objects_layer import OBJECTS_NAME
from napari_sam.widgets.recoverable import recoverable_sessions
from napari_sam.widgets.recovery import bring_back
from napari_sam.widgets.tags import find_tagged

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path
    from typing import Any

    from napari.layers import Image
    from qtpy.QtWidgets import QWidget

    from napari_sam.widgets.journal.reference import Reference
    from napari_sam.widgets.recoverable import RecoverableSession
    from napari_sam.widgets.session import Session


class RecoveryBanner(QFrame):
    """Says what an earlier session left for the image, and asks what shall become of it.

    Hidden as long as there is nothing to offer. Looks once for each image that is chosen,
    off the GUI thread.

    Parameters
    ----------
    session : Session
        Its image is looked for.
    parent : QWidget, optional
        Owner in Qt.
    """

    said = Signal(str)
    """A sentence about what was brought back."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: WeakSet[Image] = WeakSet()
        self._errand: Errand | None = None
        self.offered: RecoverableSession | None = None
        self._make_parts()
        self.hide()
        session.images_changed.connect(self.look)
        self.look()

    def look(self) -> None:
        """See whether there is something to continue for the image that is chosen."""
        workspace = self._session.workspace
        if workspace is None or workspace.image in self._asked:
            return
        self._withdraw()
        image = workspace.image
        self._asked.add(image)
        data = level_data(image, workspace.grid)
        left = find_tagged(self._session.viewer.layers, Labels, OBJECTS_NAME, image)
        # Objects that this process made and that are still there need not be offered.
        process = None if left is None else os.getpid()
        self._errand = Errand(
            partial(
                _search, self._session.journal.folder, reference_to(image, data), data, process
            ),
            self,
        )
        self._errand.finished.connect(self._offer)
        self._errand.start()

    def close_search(self) -> None:
        """End a search that is under way."""
        if self._errand is not None:
            self._errand.cancel()
            self._errand = None

    def _make_parts(self) -> None:
        self.setObjectName("samRecoveryBanner")
        self.setStyleSheet(
            "#samRecoveryBanner { border: 1px solid #d9a400; border-radius: 6px;"
            " background: rgba(217, 164, 0, 40); }"
            "#samRecoveryBanner QLabel { background: transparent; }"
        )
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.setSpacing(4)
        self.continue_button = self._button(
            "Continue", "Bring these objects and prompts back", self._continue
        )
        self.discard_button = self._button(
            "Discard", "Delete what was saved of that session", self._discard
        )
        self.later_button = self._button(
            "Later", "Keep it, and ask again when the image is opened again", self._withdraw
        )
        for button in (self.continue_button, self.discard_button, self.later_button):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.addWidget(self.text)
        layout.addLayout(row)

    def _button(self, text: str, tip: str, then: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda _on=False: then())
        return button

    def _offer(self, found: RecoverableSession | None) -> None:
        self._errand = None
        self.offered = found
        if found is not None:
            self.text.setText(f"Continue where you were: {found.description(time.time())}")
            self.show()

    def _withdraw(self) -> None:
        self.close_search()
        self.offered = None
        self.hide()

    def _continue(self) -> None:
        found, workspace = self.offered, self._session.workspace
        self._withdraw()
        if found is None or workspace is None:
            return
        session = self._session
        warnings = bring_back(
            found.labels, found.prompts, workspace, session.viewer, session.history
        )
        session.journal.afterwards(found.settle)
        self.said.emit(" ".join(warnings) or "What you had made is back.")

    def _discard(self) -> None:
        found = self.offered
        self._withdraw()
        if found is not None and not found.settle():
            self.said.emit("That session is being continued in another window: it was left alone.")


def _search(
    folder: Path,
    image: Reference,
    data: Any,
    process: int | None,
    _is_cancelled: Callable[[], bool],
) -> Generator[None, None, RecoverableSession | None]:
    for found in recoverable_sessions(folder, image, data, but_of_process=process):
        if found is not None:
            return found
        yield
    return None
