"""The dock "Segment Anything"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QSignalBlocker, Qt
from qtpy.QtWidgets import (
    QComboBox,
    QDockWidget,
    QFormLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_sam.widgets.candidate_strip import CandidateStrip
from napari_sam.widgets.hints import hint
from napari_sam.widgets.models import offered_models
from napari_sam.widgets.object_controls import ObjectControls
from napari_sam.widgets.open_image import OpenImage
from napari_sam.widgets.panels import Panels
from napari_sam.widgets.prompt_tools import PromptTools
from napari_sam.widgets.recovery_banner import RecoveryBanner
from napari_sam.widgets.session import session_of
from napari_sam.widgets.status_chip import StatusChip

if TYPE_CHECKING:
    from napari import Viewer
    from qtpy.QtGui import QShowEvent

_MIN_WIDTH = 260


class SegmentWidget(QWidget):
    """Segments the objects of an image layer from clicks and boxes.

    While the dock is open, clicks on the image are prompts. Closing it ends the work and
    leaves the committed objects.

    Parameters
    ----------
    napari_viewer : Viewer
        The viewer to work in.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self.session = session_of(napari_viewer)
        self._is_closed = False
        self._was_docked = False
        self._make_parts()
        self._connect()
        self.session.attach(self)
        self._show_images()
        self._show_state()
        self.chip.show_status(self.session.pursuit.status)

    @property
    def is_open(self) -> bool:
        """Whether the dock is there for the person, be it behind another tab."""
        dock = self.parentWidget()
        while dock is not None and not isinstance(dock, QDockWidget):
            dock = dock.parentWidget()
        return not self._is_closed and (dock is None or not dock.isHidden())

    def event(self, event: QEvent) -> bool:
        """Notice that the dock lets go of the widget: it has been closed for good."""
        if event.type() == QEvent.Type.ParentChange:
            if self.parentWidget() is not None:
                self._was_docked = True
            elif self._was_docked and not self._is_closed:
                self._is_closed = True
                self.banner.close_search()
                self.panels.let_go()
                self.session.detach(self)
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Take up the work where it was when the dock was hidden."""
        super().showEvent(event)
        self.session.pursuit.look_soon()

    def _make_parts(self) -> None:
        self.chip = StatusChip()
        self.banner = RecoveryBanner(self.session)
        self.opener = OpenImage(self.session)
        self.image_choice, self.model_choice = QComboBox(), QComboBox()
        for choice in (self.image_choice, self.model_choice):
            choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for name, text in offered_models():
            self.model_choice.addItem(text, name)
        self.model_choice.setCurrentIndex(self.model_choice.findData(self.session.pursuit.model))
        self.tools = PromptTools(self.session)
        self.candidates = CandidateStrip(self.session)
        self.controls = ObjectControls(self.session)
        self.panels = Panels(self.session)
        self.message, self.hint = QLabel(), QLabel()
        for label in (self.message, self.hint):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText)
        form = QFormLayout()
        form.addRow("Image", self.image_choice)
        form.addRow("Model", self.model_choice)
        layout = QVBoxLayout(self)
        layout.addWidget(self.chip)
        layout.addWidget(self.banner)
        layout.addWidget(self.opener)
        layout.addLayout(form)
        layout.addWidget(self.tools)
        layout.addWidget(self.candidates)
        layout.addWidget(self.controls)
        layout.addWidget(self.message)
        layout.addWidget(self.hint)
        layout.addWidget(self.panels, stretch=1)
        self.message.hide()
        self.setMinimumWidth(_MIN_WIDTH)

    def _connect(self) -> None:
        session = self.session
        session.pursuit.status_changed.connect(self.chip.show_status)
        session.images_changed.connect(self._show_images)
        session.maker.changed.connect(self._show_state)
        session.maker.said.connect(self._say)
        self.banner.said.connect(self._say)
        self.chip.cancel_asked.connect(session.pursuit.cancel)
        self.chip.start_asked.connect(session.pursuit.restart)
        self.image_choice.activated.connect(self._on_image)
        self.model_choice.activated.connect(self._on_model)

    def _show_images(self) -> None:
        images = self.session.workspaces.images()
        with QSignalBlocker(self.image_choice):
            self.image_choice.clear()
            for image in images:
                self.image_choice.addItem(image.name)
            if self.session.image in images:
                self.image_choice.setCurrentIndex(images.index(self.session.image))
        self.opener.setVisible(not images)
        self.image_choice.setEnabled(bool(images))
        self._show_state()

    def _show_state(self) -> None:
        self.hint.setText(hint(self.session))

    def _say(self, sentence: str) -> None:
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))

    def _on_image(self, index: int) -> None:
        images = self.session.workspaces.images()
        if index < len(images):
            self.session.choose_image(images[index])

    def _on_model(self, index: int) -> None:
        self.session.choose_model(self.model_choice.itemData(index))
