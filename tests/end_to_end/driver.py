"""Hands for a viewer: events go through Qt, as the mouse's and the keyboard's do."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_sam.widgets.compat import camera_of
from napari_sam.widgets.segment_widget import SegmentWidget
from napari_sam.widgets.session import session_of

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Driver:
    """A viewer with the dock, and what a person can do to it."""

    def __init__(self, viewer, qtbot, load, pictures):
        self.viewer, self.qtbot, self.pictures = viewer, qtbot, pictures
        viewer.window.resize(1280, 800)
        self.session = session_of(viewer, load)
        self.widget = SegmentWidget(viewer)
        self.dock = viewer.window.add_dock_widget(
            self.widget, name="Segment Anything", area="right"
        )
        qtbot.wait(50)

    def forget(self):
        """Let go, so that napari's check for leaks sees only real ones."""
        self.viewer = self.session = self.widget = self.dock = None

    # -- what is there

    @property
    def objects(self):
        return self.viewer.layers["objects"].data

    @property
    def preview(self):
        return self.session.workspace.preview.mask()

    @property
    def message(self):
        return self.widget.message.text()

    @property
    def chip(self):
        return self.widget.chip.text

    @property
    def camera(self):
        return camera_of(self.viewer)

    @property
    def canvas(self):
        return self.viewer.window._qt_viewer.canvas

    # -- waiting

    def wait(self, condition, timeout=10_000):
        self.qtbot.waitUntil(condition, timeout=timeout)

    def wait_ready(self, timeout=20_000):
        self.wait(
            lambda: (
                self.session.pursuit.status.kind == "ready" and self.session.pursuit.is_up_to_date
            ),
            timeout,
        )

    def wait_answer(self, timeout=10_000):
        self.wait(lambda: not self.session.pursuit.is_answer_due(), timeout)
        self.qtbot.wait(30)

    # -- mouse and keys

    def on_canvas(self, world):
        """Return where a world position, of the displayed axes, is in the canvas."""
        view = self.canvas.view
        point = (view.transform * view.scene.transform).map(list(world)[::-1])
        return QPoint(round(point[0]), round(point[1]))

    def click(self, world, modifiers=PLAIN):
        QTest.mouseClick(self.canvas.native, LEFT, modifiers, self.on_canvas(world))
        # Qt takes two clicks within this time for a double click.
        self.qtbot.wait(10)

    def drag(self, start, end, modifiers=PLAIN, steps=6):
        native = self.canvas.native
        places = [self.on_canvas(at) for at in np.linspace(start, end, steps)]
        QTest.mousePress(native, LEFT, modifiers, places[0])
        for place in places[1:]:
            self.move(place, modifiers)
            self.qtbot.wait(15)
        QTest.mouseRelease(native, LEFT, modifiers, places[-1])
        self.qtbot.wait(10)

    def move(self, place, modifiers):
        """Move with the button held: QTest.mouseMove would say that none is."""
        native = self.canvas.native
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(place),
            QPointF(native.mapToGlobal(place)),
            Qt.MouseButton.NoButton,
            LEFT,
            modifiers,
        )
        QApplication.sendEvent(native, event)

    def rest(self, world):
        """Move to a place without a button, and stay there long enough for a hover."""
        native, place = self.canvas.native, self.on_canvas(world)
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(place),
            QPointF(native.mapToGlobal(place)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton,
            PLAIN,
        )
        QApplication.sendEvent(native, event)
        self.qtbot.wait(250)

    def trace(self, path, modifiers=PLAIN):
        """Drag along world positions."""
        places = [self.on_canvas(at) for at in path]
        QTest.mousePress(self.canvas.native, LEFT, modifiers, places[0])
        for place in places[1:]:
            self.move(place, modifiers)
            self.qtbot.wait(10)
        QTest.mouseRelease(self.canvas.native, LEFT, modifiers, places[-1])
        self.qtbot.wait(20)

    def key(self, key):
        self.canvas.native.setFocus()
        QTest.keyClick(self.canvas.native, key)
        self.qtbot.wait(10)

    def picture(self, name):
        """Write what the window shows; someone should look at it."""
        import imageio.v3 as iio

        self.qtbot.wait(150)
        shown = self.viewer.screenshot(canvas_only=False, flash=False)
        iio.imwrite(self.pictures / f"{name}.png", shown)
