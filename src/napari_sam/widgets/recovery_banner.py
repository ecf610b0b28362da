"""The banner that offers to continue after a crash."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from napari.layers import Labels
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from napari_sam.widgets.grid import level_data
from napari_sam.widgets.journal_writer import reference_to
from napari_sam.widgets.objects_layer import OBJECTS_NAME
from napari_sam.widgets.recoverable import recoverable_sessions
from napari_sam.widgets.recovery import bring_back
from napari_sam.widgets.side_job import SideJob
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
    from napari_sam.widgets.workspace import Workspace


class RecoveryBanner(QFrame):
    """Says what an earlier session left for the image, and asks what shall become of it.

    Hidden as long as there is nothing to offer for the image that is chosen. Each image is
    searched for once, off the GUI thread; what was found is offered whenever the image is
    chosen, until the person has answered.

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
        self._found: WeakKeyDictionary[Image, RecoverableSession | None] = WeakKeyDictionary()
        self._looked_at: ref[Image] | None = None
        self._search = SideJob(self)
        self._search.finished.connect(self._on_found)
        self._make_parts()
        self.hide()
        session.images_changed.connect(self.look)
        self.look()

    @property
    def offered(self) -> RecoverableSession | None:
        """What can be continued on the image that is chosen."""
        image = self._session.image
        return None if image is None else self._found.get(image)

    @property
    def is_searching(self) -> bool:
        """Whether a search is under way."""
        return self._search.is_running

    def look(self) -> None:
        """See whether there is something to continue, if another image was chosen."""
        workspace = self._session.workspace
        image = None if workspace is None else workspace.image
        if image is not None and self._looked_at is not None and image is self._looked_at():
            return
        self._search.stop()  # of the image before, which is searched for when it comes back
        self._looked_at = None if image is None else ref(image)
        self._show_offer()
        if workspace is not None and image not in self._found:
            self._begin_search(workspace)

    def close_search(self) -> None:
        """End a search that is under way."""
        self._search.stop()

    def _begin_search(self, workspace: Workspace) -> None:
        image = workspace.image
        data = level_data(image, workspace.grid)
        left = find_tagged(self._session.viewer.layers, Labels, OBJECTS_NAME, image)
        # Objects that this process made and that are still there need not be offered.
        process = None if left is None else os.getpid()
        folder = self._session.journal.folder
        self._search.start(partial(_searching, folder, reference_to(image, data), data, process))

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
            "Later", "Keep it, and ask again when the image is opened again", self._forget
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

    def _on_found(self, found: RecoverableSession | None) -> None:
        image = None if self._looked_at is None else self._looked_at()
        if image is not None:
            self._found[image] = found
            self._show_offer()

    def _show_offer(self) -> None:
        found = self.offered
        if found is not None:
            self.text.setText(f"Continue where you were: {found.description(time.time())}")
        self.setVisible(found is not None)

    def _forget(self) -> None:
        """Take notice of an answer: the image is not asked about again."""
        if self._session.image is not None:
            self._found[self._session.image] = None
        self.hide()

    def _continue(self) -> None:
        found, workspace = self.offered, self._session.workspace
        self._forget()
        if found is None or workspace is None:
            return
        session = self._session
        warnings = bring_back(
            found.labels, found.prompts, workspace, session.viewer, session.history
        )
        said = warnings or ["What you had made is back."]
        if not warnings and session.journal.is_on:  # all of it is in the new journal
            session.journal.afterwards(found.settle)
        else:
            said = [*said, "The earlier session's own copy is kept."]
        self.said.emit(" ".join(said))

    def _discard(self) -> None:
        found = self.offered
        self._forget()
        if found is not None and not found.settle():
            self.said.emit("That session is being continued in another window: it was left alone.")


def _searching(
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
