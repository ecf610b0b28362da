"""A person who does anything in any order, and what must hold whatever that is."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from tests.end_to_end.driver import CTRL, PLAIN, SHIFT
from tests.end_to_end.scenes import balls
from tests.end_to_end.stand_in import stand_in_loader

from napari_sam.widgets.segment_widget import SegmentWidget
from napari_sam.widgets.session import session_of

MODELS = ("default", "vit_b")


class Walker:
    """Does named actions with drawn numbers; the log of both replays a walk.

    Attributes
    ----------
    log : list of (str, list of float)
        What was done.
    """

    def __init__(self, driver):
        self.driver, self.log = driver, []
        viewer = driver.viewer
        for name, centre in (("one", (8, 30, 40)), ("two", (6, 25, 30))):
            viewer.add_image(balls(centre=centre), name=name)
        viewer.layers["two"].visible = False
        viewer.dims.set_point(0, 8)
        driver.session.choose_image(viewer.layers["one"])
        driver.wait_ready()
        self.first = self.state()

    # -- what there is

    def pixels(self):
        """Return the pixels of every labels layer but the preview, by identity."""
        labels = [each for each in self.driver.viewer.layers if each.name.startswith("objects")]
        return {id(layer): np.array(layer.data) for layer in labels}

    def state(self):
        """Return all committed pixels and prompts that are not empty."""
        prompts = [each.prompts.state() for each in self.driver.session.workspaces._all]
        pixels = [data.tobytes() for data in self.pixels().values() if data.any()]
        return pixels, [each for each in prompts if each.points or each.shapes]

    # -- what is done

    ACTIONS = (
        ("click", 0.24),
        ("box", 0.08),
        ("delete_point", 0.05),
        ("slice", 0.08),
        ("model", 0.03),
        ("image", 0.05),
        ("step", 0.04),
        ("commit", 0.12),
        ("discard", 0.04),
        ("paint", 0.06),
        ("native_undo", 0.04),
        ("undo", 0.09),
        ("redo", 0.05),
        ("edit", 0.05),
        ("reopen", 0.01),
    )
    MAY_CHANGE_PIXELS = ("commit", "paint", "native_undo", "undo", "redo", "edit")

    def draw(self, rng):
        """Draw an action and its numbers."""
        names, chances = zip(*self.ACTIONS, strict=True)
        name = names[rng.choice(len(names), p=np.array(chances) / sum(chances))]
        return str(name), [round(float(x), 3) for x in rng.random(4)]

    def do(self, name, numbers):
        """Do one action, and see that only what may change pixels has."""
        self.log.append((name, numbers))
        before = self.pixels()
        getattr(self, f"_{name}")(*numbers)
        self.driver.qtbot.wait(1)
        if name not in self.MAY_CHANGE_PIXELS:
            after = self.pixels()
            for key, data in before.items():
                assert np.array_equal(after[key], data), f"{name} changed committed pixels"

    def undo_all(self):
        """Undo whatever there is to undo."""
        while self.driver.session.history.next_undo is not None:
            self.driver.session.undo()
        self.driver.qtbot.wait(20)

    def _place(self, x, y):
        return 5 + 50 * y, 5 + 70 * x

    def _click(self, x, y, kind, *_):
        self.driver.click(self._place(x, y), CTRL if kind > 0.8 else PLAIN)

    def _box(self, x, y, width, height):
        row, column = self._place(x * 0.6, y * 0.6)
        end = (row + 5 + 20 * height, column + 5 + 30 * width)
        self.driver.drag((row, column), end, SHIFT, steps=3)

    def _delete_point(self, which, *_):
        points = self.driver.session.workspace.prompts.points
        if len(points.data):
            points.selected_data = {int(which * len(points.data))}
            points.remove_selected()

    def _slice(self, where, *_):
        self.driver.viewer.dims.set_point(0, 5 + int(where * 6))

    def _model(self, which, *_):
        self.driver.session.choose_model(MODELS[int(which * 2)])

    def _image(self, which, *_):
        names = ("one", "two")
        self.driver.session.choose_image(self.driver.viewer.layers[names[int(which * 2)]])

    def _step(self, *_):
        self.driver.key(Qt.Key.Key_Period)

    def _commit(self, wait, *_):
        if wait > 0.3:  # otherwise it is committed when the answer comes
            self.driver.wait_answer()
        self.driver.key(Qt.Key.Key_Return)

    def _discard(self, *_):
        self.driver.key(Qt.Key.Key_Escape)

    def _objects(self):
        objects = self.driver.session.editor.objects
        return None if objects is None else objects.layer

    def _paint(self, x, y, label, *_):
        layer = self._objects()
        if layer is not None:
            layer.brush_size = 6
            at = self.driver.viewer.dims.current_step[0]
            layer.paint((at, *self._place(x, y)), int(label * 4))

    def _native_undo(self, redo, *_):
        layer = self._objects()
        if layer is not None:
            layer.redo() if redo > 0.7 else layer.undo()

    def _undo(self, *_):
        QTest.keyClick(self.driver.canvas.native, Qt.Key.Key_Z, CTRL)

    def _redo(self, *_):
        QTest.keyClick(self.driver.canvas.native, Qt.Key.Key_Z, CTRL | SHIFT)

    def _edit(self, which, x, y, *_):
        editor, at = self.driver.session.editor, self.driver.viewer.dims.current_step[0]
        if editor.pick((at, *self._place(x, y))):
            edits = (editor.delete, editor.fill_holes, editor.keep_largest_part, editor.refine)
            edits[int(which * 4)]()

    def _reopen(self, *_):
        driver = self.driver
        driver.wait_answer()
        driver.viewer.window.remove_dock_widget(driver.dock)
        driver.qtbot.wait(20)
        driver.session = session_of(driver.viewer, stand_in_loader())
        driver.widget = SegmentWidget(driver.viewer)
        driver.dock = driver.viewer.window.add_dock_widget(driver.widget, name="Segment Anything")
        driver.wait(lambda: driver.session.image is not None)
        driver.session.editor.objects  # noqa: B018 - takes up what was left there
        driver.qtbot.wait(20)
        self.first = self.state()
