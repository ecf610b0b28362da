"""The button "Session": save, open, and the same prompts on another model."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QMenu, QPushButton

from napari_sam.widgets.models import offered_models
from napari_sam.widgets.open_session import images_in, opening
from napari_sam.widgets.recovery import bring_back
from napari_sam.widgets.replay_objects import layer_of, replayed_objects
from napari_sam.widgets.session_file import SUFFIX, write_session
from napari_sam.widgets.side_job import SideJob, sentence_of
from napari_sam.widgets.snapshot import labels_of, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt
    from napari.layers import Image, Labels
    from qtpy.QtWidgets import QWidget

    from napari_sam.widgets.models import ModelLoader
    from napari_sam.widgets.open_session import OpenedSession
    from napari_sam.widgets.session import Session
    from napari_sam.widgets.side_job import Work

_FILTER = f"Segment Anything session (*{SUFFIX})"


class SessionMenu(QPushButton):
    """A button with what can be done with the session as a whole.

    Parameters
    ----------
    session : Session
        The session.
    load : ModelLoader
        Brings a model to memory, for a replay.
    parent : QWidget, optional
        Owner in Qt.
    """

    said = Signal(str)
    """A sentence: how far it is, what was done, or what went wrong."""

    def __init__(self, session: Session, load: ModelLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._load = session, load
        self._job = SideJob(self)
        self._job.progressed.connect(self._on_progressed)
        self._job.failed.connect(self._on_failed)
        self._job.finished.connect(self._on_finished)
        self._then: Callable[..., None] | None = None
        self._in_words: Callable[..., str] = str
        self.setText("Session")
        self.setToolTip("Save or open a session; make the objects again with another model")
        menu = QMenu(self)
        menu.addAction("Save session …", self.ask_where_to_save)
        menu.addAction("Open session …", self.ask_what_to_open)
        self.models = menu.addMenu("Make the objects again with")
        for name, text in offered_models():
            self.models.addAction(text, partial(self.replay, name))
        menu.addSeparator()
        self.stop_action = menu.addAction("Stop", self.stop)
        self.stop_action.setEnabled(False)
        self.setMenu(menu)

    @property
    def is_busy(self) -> bool:
        """Whether something is being saved, opened or made."""
        return self._job.is_running

    def stop(self) -> None:
        """End what is under way; what it had made is dropped."""
        if self.is_busy:
            self._job.stop()
            self._done()
            self.said.emit("Stopped.")

    def ask_where_to_save(self) -> None:
        """Ask for a file name, then save; Qt asks before a file is replaced."""
        path, _filter = QFileDialog.getSaveFileName(self, "Save session", "", _FILTER)
        if path:
            self.save(Path(path if path.endswith(SUFFIX) else f"{path}{SUFFIX}"))

    def ask_what_to_open(self) -> None:
        """Ask for a file, then open it."""
        path, _filter = QFileDialog.getOpenFileName(self, "Open session", "", _FILTER)
        if path:
            self.open(Path(path))

    def save(self, path: Path) -> None:
        """Save the session of the image that is chosen."""
        workspace = self._session.workspace
        if workspace is None:
            self.said.emit("There is no session yet: open an image first.")
            return
        layer, last = labels_of(workspace), self._session.history.next_undo
        saved = snapshot(workspace, self._session.pursuit.model)
        self._begin(
            lambda is_cancelled: write_session(path, saved(), is_cancelled),
            partial(self._on_saved, layer, last),
            lambda part: f"saving {part:.0%}",
        )

    def open(self, path: Path) -> None:
        """Open a session, onto the image that it was made on."""
        self._begin(partial(opening, path, images_in(self._session.viewer)), self._on_read, str)

    def replay(self, model: str) -> None:
        """Make all committed objects again with another model, in a new layer."""
        workspace = self._session.workspace
        objects = None if workspace is None else workspace.objects
        if workspace is None or objects is None or not objects.records.records:
            self.said.emit("There is no object made from prompts yet: commit one first.")
            return
        self._begin(
            partial(
                replayed_objects,
                workspace.picture.source,
                workspace.grid,
                objects,
                model,
                self._load,
            ),
            partial(self._on_replayed, workspace.image, model),
            str,
        )

    def _begin(self, work: Work, then: Callable[..., None], in_words: Callable[..., str]) -> None:
        if self.is_busy:
            self.said.emit("One thing at a time: wait for the other, or stop it.")
            return
        self._then, self._in_words = then, in_words
        self.stop_action.setEnabled(True)
        self._job.start(work)

    def _on_progressed(self, event: object) -> None:
        self.said.emit(self._in_words(event))

    def _on_finished(self, result: object) -> None:
        then = self._then
        self._done()
        if then is not None:
            then(result)

    def _on_failed(self, error: Exception) -> None:
        self._done()
        self.said.emit(sentence_of(error))

    def _done(self) -> None:
        self._then, self._in_words = None, str  # they may hold a session's pixels
        self.stop_action.setEnabled(False)

    def _on_saved(self, layer: Labels | None, last: object, path: Path) -> None:
        if layer is not None and self._session.history.next_undo is last:
            self._session.journal.saved(layer)
        self.said.emit(f"Session saved as {path.name}.")

    def _on_read(self, opened: OpenedSession) -> None:
        session = self._session
        image = opened.image
        if image is None and opened.layer_data is not None:
            image = session.viewer.add_image(opened.layer_data[0], **opened.layer_data[1])
        if image is None or image not in session.viewer.layers:
            self.said.emit(opened.problem or "The image was closed meanwhile: open it again.")
            return
        session.choose_image(image)
        if session.workspace is not None:
            warnings = bring_back(
                opened.labels,
                opened.session.prompts,
                session.workspace,
                session.viewer,
                session.history,
            )
            self.said.emit(" ".join(warnings) or f"Session {opened.file.name} is open.")

    def _on_replayed(self, image: Image, model: str, pixels: npt.NDArray[np.int32]) -> None:
        layers = self._session.viewer.layers
        if image in layers:
            layer, active = layer_of(pixels, image, model), layers.selection.active
            layers.insert(layers.index(image) + 1, layer)  # below prompts and preview
            layers.selection.active = active  # so that the tool in hand stays in hand
            self.said.emit(f"Made again with {model}: see the new layer “{layer.name}”.")
