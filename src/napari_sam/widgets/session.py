"""Everything one viewer's work needs. Found by its viewer, never a singleton."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from qtpy.QtCore import QObject, Signal

from napari_sam.widgets.canvas_keys import CanvasKeys
from napari_sam.widgets.canvas_mouse import CanvasMouse
from napari_sam.widgets.current_object import CurrentObject
from napari_sam.widgets.history import History
from napari_sam.widgets.hover import HoverPreview
from napari_sam.widgets.journal_writer import JournalWriter
from napari_sam.widgets.models import known_model, loader_of
from napari_sam.widgets.object_editor import ObjectEditor
from napari_sam.widgets.object_maker import ObjectMaker
from napari_sam.widgets.pursuit import Pursuit
from napari_sam.widgets.settings import read_settings
from napari_sam.widgets.viewer_watch import ViewerWatch
from napari_sam.widgets.weak_viewer import WeakViewer
from napari_sam.widgets.wording import travelled
from napari_sam.widgets.workspaces import Workspaces

if TYPE_CHECKING:
    from napari import Viewer
    from napari.layers import Image, Labels

    from napari_sam.widgets.history import Change
    from napari_sam.widgets.models import ModelLoader
    from napari_sam.widgets.plane import Plane
    from napari_sam.widgets.settings import Settings
    from napari_sam.widgets.workspace import Workspace

_OBJECT_NAME = "napari-sam-session"
_SLICE_DELAY = 40  # milliseconds: a slider that is dragged embeds where it comes to rest


class Dock(Protocol):
    """What a session needs to know of a dock that shows it."""

    @property
    def is_open(self) -> bool:
        """Whether the person has it open."""


def session_of(viewer: Viewer, load: ModelLoader | None = None) -> Session:
    """Return the viewer's session, begun if there is none.

    Parameters
    ----------
    viewer : Viewer
        A viewer with a window.
    load : ModelLoader
        How a session that is begun now brings models to memory; by default as the person's
        settings say.
    """
    found = viewer.window._qt_window.findChild(QObject, _OBJECT_NAME)
    if isinstance(found, Session):
        return found
    settings = read_settings()
    return Session(viewer, load or loader_of(settings), settings)


class Session(QObject):
    """The work in one viewer: image, model, prompts, preview and objects.

    Lives in the viewer's window. Its methods are called in the GUI thread and return at
    once; loading, embedding and predicting happen in the background.

    Parameters
    ----------
    viewer : Viewer
        The viewer.
    load : ModelLoader
        Brings a model to memory, in the background.
    settings : Settings
        What the person has set in napari's preferences.

    Attributes
    ----------
    maker : ObjectMaker
        The object being made, and what can be done to it.
    editor : ObjectEditor
        What can be done to the objects committed already.
    workspaces : Workspaces
        The images, and the layers of each.
    pursuit : Pursuit
        The work in the background, and its status.
    history : History
        All that can be undone.
    journal : JournalWriter
        Keeps it on the disk.
    mouse : CanvasMouse
        What the mouse draws.
    hover : HoverPreview
        What a click would give, before it.
    """

    images_changed = Signal()
    """The images to choose among, their names, or the choice have changed."""

    def __init__(self, viewer: Viewer, load: ModelLoader, settings: Settings) -> None:
        super().__init__(viewer.window._qt_window)
        self.setObjectName(_OBJECT_NAME)
        self._viewer, self.load = WeakViewer(viewer), load
        current = CurrentObject()
        self.history = History(self)
        self.workspaces = Workspaces(viewer, self.history, self._on_change)
        self.workspaces.sees_contrast = settings.model_sees_contrast_limits
        self.pursuit = Pursuit(load, current, self)
        self.pursuit.model = known_model(settings.model)
        self.maker = ObjectMaker(self.workspaces, self.pursuit, current, self.history, self)
        self.maker.committer.overlap = settings.overlap
        self.editor = ObjectEditor(self.maker)
        self.history.changed.connect(self.maker.changed)
        self.journal = JournalWriter(
            self.history,
            self.workspaces.image_of,
            self,
            folder=settings.autosave_path,
            is_on=settings.autosave,
        )
        self.journal.model = self.pursuit.model
        self.journal.failed.connect(self.maker.said)
        self._docks: list[Dock] = []
        self.mouse = CanvasMouse(self)
        self.hover = HoverPreview(self)
        self.hover.is_on = settings.hover_preview
        self._keys = CanvasKeys(self)
        self._watch = ViewerWatch(self)
        self.choose_image(self.workspaces.first_choice())

    # -- the docks that show it --------------------------------------------------------------

    def attach(self, dock: Dock) -> None:
        """Take notice of a dock: while it is open, the canvas gives prompts."""
        self._docks.append(dock)

    def detach(self, dock: Dock) -> None:
        """Take notice that a dock has been closed; without any, the work ends."""
        self._docks.remove(dock)
        if not self._docks:
            self.close()

    @property
    def is_open(self) -> bool:
        """Whether any of its docks is open."""
        return any(dock.is_open for dock in self._docks)

    @property
    def viewer(self) -> Viewer:
        """The viewer."""
        return self._viewer()

    @property
    def workspace(self) -> Workspace | None:
        """The layers of the image being segmented."""
        return self.workspaces.current

    @property
    def image(self) -> Image | None:
        """The image layer being segmented."""
        return None if self.workspace is None else self.workspace.image

    @property
    def plane(self) -> Plane | None:
        """The plane on display, where there is one."""
        return self.pursuit.plane

    # -- what is worked on -------------------------------------------------------------------

    def choose_image(self, image: Image | None) -> None:
        """Segment another image layer. The prompts of the one before are kept with it."""
        before = self.workspace
        if before is not None and image is before.image and not before.is_outdated:
            return
        self.maker.begin_next()
        self.maker.committer.class_label = None
        self.workspaces.choose(image)
        self.pursuit.workspace = self.workspace
        self.pursuit.look()
        if self.workspace is not None and self.plane is not None:
            self.workspace.show(self.plane)
        self.images_changed.emit()

    def choose_model(self, name: str) -> None:
        """Work with another model of the catalogue; the prompts are answered anew."""
        if name != self.pursuit.model:
            self.pursuit.model = self.journal.model = name
            self.maker.answer_anew()
            self.pursuit.look_soon()

    def choose_objects(self, layer: Labels | None) -> None:
        """Commit into a Labels layer from now on, or into a new one; the others stay."""
        if self.workspace is not None:
            self.workspace.use_objects(layer)
            self.maker.committer.class_label = None
            self.maker.changed.emit()

    def choose_label(self, label: str) -> None:
        """Decide what a plain click means, foreground or background; with Ctrl the other."""
        self.mouse.click_label = label
        if self.workspace is not None:
            self.workspace.prompts.new_label = label

    # -- what is taken back -------------------------------------------------------------------

    def undo(self) -> None:
        """Take the newest change back, on the image that it was made to."""
        self._show_place_of(self.history.next_undo)
        self.maker.said.emit(travelled(self.history.undo(), "undo"))

    def redo(self) -> None:
        """Do again what was undone last, on the image that it was made to."""
        self._show_place_of(self.history.next_redo)
        self.maker.said.emit(travelled(self.history.redo(), "redo"))

    def _show_place_of(self, change: Change | None) -> None:
        owner = None if change is None else self.workspaces.owner_of(change)
        if owner is not None and owner is not self.workspace:
            self.choose_image(owner.image)

    def close(self) -> None:
        """End the work: the thread ends, the viewer is as it was, the objects stay."""
        self.setObjectName("")  # so that it is not found any more
        self.let_go()
        self.workspaces.close()
        self.setParent(None)
        self.deleteLater()

    def let_go(self) -> None:
        """End the thread and leave the viewer's events, mouse and keys alone."""
        self.pursuit.stop()
        self.journal.close()
        self._watch.close()
        self._keys.close()
        self.hover.close()
        self.mouse.close()

    # -- what is reported to it --------------------------------------------------------------

    def on_layers(self) -> None:
        """Take notice that layers were added, moved or removed."""
        self.workspaces.prune()
        if self.workspace is None:
            self.choose_image(self.workspaces.first_choice())
        else:
            self.images_changed.emit()

    def on_dims(self) -> None:
        """Take notice that another plane may be on display."""
        if self.is_open:
            self.pursuit.look_soon(_SLICE_DELAY)

    def on_zoom(self) -> None:
        """Take notice that the canvas shows the image at another size."""
        if self.workspace is not None and self.plane is not None:
            self.workspace.fit_screen(self.plane)

    def _on_change(self) -> None:
        """Prompts or pixels of an image have changed."""
        self.workspaces.record_prompts()
        if self.workspace is not None and self.workspace.is_outdated:
            self.choose_image(self.image)
        self.pursuit.look_soon()
        self.maker.changed.emit()
