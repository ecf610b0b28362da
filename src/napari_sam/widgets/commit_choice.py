"""Where objects are committed: which Labels layer, and as an object of its own or as a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSignalBlocker
from qtpy.QtWidgets import QComboBox, QFormLayout, QInputDialog, QSizePolicy, QWidget

from napari_sam.widgets.classes import add_class, classes_of
from napari_sam.widgets.objects_layer import fitting_labels

if TYPE_CHECKING:
    from napari.layers import Labels

    from napari_sam.widgets.session import Session

_NEW_LAYER = "a new layer"
_INSTANCES = "objects, each its own id"
_NEW_CLASS = "a new class …"


class CommitChoice(QWidget):
    """Choose the Labels layer and the class.

    Parameters
    ----------
    session : Session
        Commits there.
    parent : QWidget, optional
        Owner in Qt.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown: list[Labels] = []
        self.layers, self.classes = QComboBox(), QComboBox()
        self.layers.setToolTip("Labels that commits go into, and that the tools edit")
        self.classes.setToolTip("Whether each commit is an object of its own, or part of a class")
        for choice in (self.layers, self.classes):
            choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.layers.activated.connect(self._on_layer)
        self.classes.activated.connect(self._on_class)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Labels", self.layers)
        form.addRow("Commit as", self.classes)
        session.images_changed.connect(self.update_state)
        session.maker.changed.connect(self.update_state)
        self.update_state()

    def update_state(self) -> None:
        """Offer what fits the image now."""
        workspace = self._session.workspace
        fitting: list[Labels] = []
        if workspace is not None:
            fitting = fitting_labels(self._session.viewer.layers, workspace.grid)
        objects = self._session.editor.objects
        layer = None if objects is None else objects.layer
        self._fill_layers(fitting, layer)
        self._fill_classes(layer)
        self.setEnabled(workspace is not None)

    def _fill_layers(self, fitting: list[Labels], layer: Labels | None) -> None:
        names = [_NEW_LAYER, *(each.name for each in fitting)]
        self._shown = fitting
        _fill(self.layers, names, fitting.index(layer) + 1 if layer in fitting else 0)

    def _fill_classes(self, layer: Labels | None) -> None:
        classes = [] if layer is None else classes_of(layer)
        labels = [each.label for each in classes]
        chosen = self._session.maker.committer.class_label
        names = [_INSTANCES, *(f"{each.label}: {each.name}" for each in classes), _NEW_CLASS]
        _fill(self.classes, names, labels.index(chosen) + 1 if chosen in labels else 0)

    def _on_layer(self, index: int) -> None:
        self._session.choose_objects(self._shown[index - 1] if index else None)
        self.update_state()

    def _on_class(self, index: int) -> None:
        maker, workspace = self._session.maker, self._session.workspace
        if workspace is None:
            return
        if index == self.classes.count() - 1:
            name, is_given = QInputDialog.getText(self, "New class", "Name of the class:")
            if is_given:
                self.add_class(name)
        elif index == 0:
            maker.committer.class_label = None
        else:
            layer = workspace.objects_to_write().layer
            maker.committer.class_label = classes_of(layer)[index - 1].label
        self.update_state()

    def add_class(self, name: str) -> None:
        """Add a class under the next free label, and commit as it from now on."""
        workspace, maker = self._session.workspace, self._session.maker
        if workspace is None:
            return
        objects = workspace.objects_to_write()
        try:
            label = objects.next_label()
            maker.committer.class_label = add_class(objects.layer, name, label).label
        except ValueError as error:
            maker.said.emit(f"No class added: {error}.")
        self.update_state()


def _fill(choice: QComboBox, names: list[str], current: int) -> None:
    if [choice.itemText(i) for i in range(choice.count())] != names:
        with QSignalBlocker(choice):
            choice.clear()
            choice.addItems(names)
    choice.setCurrentIndex(current)
