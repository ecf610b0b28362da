"""The button that exports the objects."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QMenu, QMessageBox, QPushButton, QWidget

from napari_sam.inference.export.formats import FORMATS, Format, exporting, format_of
from napari_sam.inference.export.labelled_image import LabelledImage
from napari_sam.inference.pixel_size import PIXEL
from napari_sam.widgets.labelled_layer import labelled_image, pixel_size_of
from napari_sam.widgets.side_job import SideJob

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from napari.layers import Image, Labels

    from napari_sam.inference.progress import Progress
    from napari_sam.widgets.side_job import IsCancelled

_TEXT = "Export…"
_TIP = "Write the objects, their measurements or their outlines into a file"


class ExportButton(QPushButton):
    """Exports the objects of a Labels layer in a format of its menu.

    Asks where to, and before anything is replaced; writes in the background, and stops when
    clicked meanwhile.

    Parameters
    ----------
    parent : QWidget, optional
        Owner in Qt.
    """

    said = Signal(str)
    """A sentence for the person: what was written where, or why not."""
    began = Signal()
    """The labels are being written, as they are now."""
    saved = Signal(object)
    """(Labels) All pixels of a layer, as they were when it began, are in a file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_TEXT, parent)
        self._labels: Labels | None = None
        self._image: Image | None = None
        self._exporting: Labels | None = None
        self._classes: Mapping[int, str] = {}
        self._folder = Path.home()
        self._format_menu = self._make_menu()
        self._job = SideJob(self)
        self._job.progressed.connect(self._on_progress)
        self._job.finished.connect(self._on_finished)
        self._job.failed.connect(self._on_failed)
        self.clicked.connect(self._on_click)
        self._show_idle()

    def set_layers(self, labels: Labels | None, image: Image | None) -> None:
        """Export another layer, measured in an image where its shape fits."""
        self._labels, self._image = labels, image
        self.setEnabled(self._job.is_running or labels is not None)

    def set_classes(self, classes: Mapping[int, str]) -> None:
        """Name the class of each id."""
        self._classes = dict(classes)

    @property
    def is_busy(self) -> bool:
        """Whether a file is being written."""
        return self._job.is_running

    def ask_and_export(self, format_: Format) -> None:
        """Ask where to export to, and do it."""
        if self._labels is None or self.is_busy:
            return
        path = self._ask_path(format_, self._labels.name)
        if path is None:
            return
        self._folder = path.parent
        is_there = path.exists()
        if is_there and not self._may_replace(path):
            self.said.emit("Nothing was exported.")
            return
        described = labelled_image(self._labels, self._image, self._classes)
        self._exporting = self._labels
        self._show_busy()
        self.began.emit()
        self._job.start(partial(_exporting_snapshot, described, path, is_there))

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        for format_ in FORMATS:
            action = menu.addAction(format_.name)
            action.triggered.connect(lambda _on=False, each=format_: self.ask_and_export(each))
            if "physical" in format_.suffixes[0]:
                self._physical_action = action
        menu.aboutToShow.connect(self._enable_physical)
        return menu

    def _enable_physical(self) -> None:
        has_size = self._labels is not None and pixel_size_of(self._labels).unit != PIXEL
        self._physical_action.setEnabled(has_size)

    def _ask_path(self, format_: Format, name: str) -> Path | None:
        suffix = format_.suffixes[0]
        stem = name.replace("/", "-").replace("\\", "-")
        patterns = " ".join(f"*{each}" for each in format_.suffixes)
        # Whether to replace is asked below, once the suffix is complete.
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            f"Export {format_.name}",
            str(self._folder / f"{stem}{suffix}"),
            f"{format_.name} ({patterns})",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if not chosen:
            return None
        if chosen.lower().endswith(format_.suffixes):
            return Path(chosen)
        return Path(f"{chosen}{suffix}")

    def _may_replace(self, path: Path) -> bool:
        answer = QMessageBox.question(
            self,
            "Replace?",
            f"“{path.name}” exists already in {path.parent}. Replace it?",
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
            QMessageBox.StandardButton.No,
        )
        return answer == QMessageBox.StandardButton.Yes

    def _on_click(self, _on: bool = False) -> None:
        if self.is_busy:
            self._job.stop()
            self._show_idle()
            self.said.emit("Export stopped, nothing was written.")
        else:
            self._format_menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _show_idle(self) -> None:
        self.setText(_TEXT)
        self.setToolTip(_TIP)
        self.setEnabled(self._labels is not None)

    def _show_busy(self) -> None:
        self.setText("Exporting… Stop")
        self.setToolTip("Stop writing; nothing is left behind")
        self.setEnabled(True)

    def _on_progress(self, progress: Progress) -> None:
        self.setText(f"Exporting, {100 * progress.done // progress.total} %… Stop")

    def _on_finished(self, path: Path) -> None:
        self._show_idle()
        self.said.emit(f"Exported to {path}.")
        if self._exporting is not None and format_of(path).is_whole:
            self.saved.emit(self._exporting)

    def _on_failed(self, error: Exception) -> None:
        self._show_idle()
        self.said.emit(f"Not exported: {error}")


def _exporting_snapshot(
    image: LabelledImage, path: Path, overwrite: bool, _is_cancelled: IsCancelled
) -> Generator[Progress, None, Path]:
    """Export labels as they are now, whatever is painted while the file is written."""
    labels = image.labels.copy() if isinstance(image.labels, np.ndarray) else image.labels
    snapshot = LabelledImage(
        labels, image.pixel_size, image.name, image.axes, image.image, image.classes
    )
    return (yield from exporting(snapshot, path, overwrite=overwrite))
