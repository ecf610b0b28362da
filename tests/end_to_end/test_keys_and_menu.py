"""Keys with every kind of layer active, and the way in through napari's menus."""

from __future__ import annotations

import numpy as np
import pytest
from npe2 import PluginManager
from qtpy.QtCore import Qt
from tests.end_to_end.scenes import LEFT_DISC, discs
from tests.end_to_end.stand_in import stand_in_loader

from napari_sam.widgets.segment_widget import SegmentWidget
from napari_sam.widgets.session import session_of

NAME = "napari-sam-medical"


@pytest.fixture
def clicked(open_viewer):
    """Return a driver whose first object waits for Enter or Escape."""
    driver = open_viewer()
    driver.viewer.add_image(discs(), name="discs")
    driver.wait_ready()
    driver.click(LEFT_DISC)
    driver.wait_answer()
    return driver


def test_enter_and_escape_work_with_every_kind_of_layer_active(clicked):
    viewer, session = clicked.viewer, clicked.session
    zeros = np.zeros((120, 160), dtype=int)
    others = [
        viewer.add_labels(zeros, name="other labels"),
        viewer.add_shapes(name="other shapes"),
        viewer.add_points(np.zeros((0, 2)), name="other points"),
        viewer.add_vectors(np.zeros((1, 2, 2)), name="vectors"),
        viewer.add_tracks(np.array([[0, 0, 1, 1], [0, 1, 2, 2]]), name="tracks"),
    ]
    before = {layer.name: set(layer.keymap) for layer in others}
    for layer in [*viewer.layers, None]:
        viewer.layers.selection.active = layer
        clicked.qtbot.wait(20)
        if not session.maker.prompts:
            session.maker.add_point(np.array(LEFT_DISC, dtype=float))
            clicked.wait_answer()
        clicked.key(Qt.Key.Key_Escape)
        assert not session.maker.prompts, layer
        session.maker.add_point(np.array(LEFT_DISC, dtype=float))
        clicked.wait_answer()
        clicked.key(Qt.Key.Key_Return)
        clicked.wait(lambda: clicked.message != "")
        assert "committed" in clicked.message.lower(), layer
    viewer.layers.selection.active = viewer.layers["discs"]
    assert {layer.name: set(layer.keymap) for layer in others} == before


def test_a_polygon_that_is_being_drawn_keeps_enter(clicked):
    labels = clicked.viewer.add_labels(np.zeros((120, 160), dtype=int), name="other labels")
    labels.mode = "polygon"
    for corner in [(10, 10), (10, 40), (40, 40), (40, 10)]:
        clicked.click(corner)
        clicked.qtbot.wait(500)  # or two clicks would be a double click
    clicked.key(Qt.Key.Key_Return)
    assert labels.data[25, 25] == 1
    assert "objects" not in clicked.viewer.layers
    assert clicked.session.maker.prompts


def test_keys_that_were_taken_are_left_alone(open_viewer, make_napari_viewer):
    viewer = make_napari_viewer()
    pressed = []

    def mine(_viewer):
        pressed.append(1)

    viewer.bind_key("Enter", mine)
    widget = SegmentWidget(viewer)
    viewer.window.add_dock_widget(widget)
    assert mine in viewer.keymap.values()
    viewer.window.remove_dock_widget(widget)
    assert list(viewer.keymap.values()) == [mine]


def test_the_dock_opens_from_the_plugins_menu(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    if NAME not in PluginManager.instance():
        pytest.skip("needs the package installed, for napari to find it")
    session_of(viewer, stand_in_loader())
    action = next(
        each for each in viewer.window.plugins_menu.actions() if "Segment Anything" in each.text()
    )
    action.trigger()
    docks = viewer.window._wrapped_dock_widgets
    (dock,) = [dock for name, dock in docks.items() if "Segment Anything" in name]
    assert isinstance(dock.inner_widget(), SegmentWidget)
    assert dock.inner_widget().chip.text == "open an image to begin"
    viewer.open_sample(NAME, "nuclei_stack")
    assert viewer.layers["nuclei stack"].data.ndim == 3
    qtbot.wait(20)
