"""Save, reopen and replay, from the menu."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from tests.end_to_end.scenes import LEFT_DISC, RIGHT_DISC, discs


@pytest.fixture
def cells(tmp_path):
    path = tmp_path / "cells.tif"
    tifffile.imwrite(path, discs())
    return path


def open_menu(driver):
    menu = driver.widget.panels.session_menu
    said = []
    menu.said.connect(said.append)
    driver.qtbot.wait(20)
    return menu, said


def commit(driver, at):
    driver.click(at)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)


def test_save_reopen_and_replay(open_viewer, cells, tmp_path, sessions_root):
    first = open_viewer()
    first.viewer.open(str(cells), plugin="napari")
    first.wait_ready()
    menu, said = open_menu(first)
    menu.replay("default")
    assert said == ["There is no object made from prompts yet: commit one first."]
    commit(first, LEFT_DISC)
    commit(first, RIGHT_DISC)
    first.click(LEFT_DISC)
    first.wait_answer()
    made, prompts = first.objects.copy(), first.session.workspace.prompts.state()
    path = tmp_path / "work.samsession"
    menu.save(path)
    first.wait(lambda: not menu.is_busy)
    assert said[-1] == "Session saved as work.samsession."
    first.picture("session_menu")

    # All labels are in a file now: nothing is left to recover.
    first.session.journal.close()
    assert first.session.journal.join(3)
    assert list(sessions_root.iterdir()) == []

    second = open_viewer()
    menu, said = open_menu(second)
    menu.open(path)
    second.wait(lambda: not menu.is_busy)
    second.wait_ready()
    assert said[-1] == "Session work.samsession is open."
    assert np.array_equal(second.viewer.layers["cells"].data, discs())
    assert np.array_equal(second.objects, made)
    assert second.session.workspace.prompts.state() == prompts

    menu.replay("default")
    second.wait(lambda: not menu.is_busy)
    replayed = second.viewer.layers["objects (default)"]
    assert said[-1] == "Made again with default: see the new layer “objects (default)”."
    assert np.array_equal(replayed.data, made)
    second.picture("replayed")

    menu.open(path)  # once more: what is there stays, and the file's lie beside it
    second.wait(lambda: not menu.is_busy)
    assert "“objects” holds other objects by now." in said[-1]
    assert np.array_equal(second.objects, made)
    assert np.array_equal(second.viewer.layers["objects (recovered)"].data, made)


def test_an_image_that_is_not_found_is_said(open_viewer, cells, tmp_path):
    first = open_viewer()
    first.viewer.open(str(cells), plugin="napari")
    first.wait_ready()
    menu, _ = open_menu(first)
    commit(first, LEFT_DISC)
    path = tmp_path / "work.samsession"
    menu.save(path)
    first.wait(lambda: not menu.is_busy)
    cells.unlink()

    second = open_viewer()
    menu, said = open_menu(second)
    menu.open(path)
    second.wait(lambda: not menu.is_busy)
    assert said[-1].startswith("The image “cells” of this session was not found.")
    assert len(second.viewer.layers) == 0
    second.viewer.add_image(discs(), name="the same by another name")
    second.wait_ready()
    menu.open(path)
    second.wait(lambda: not menu.is_busy)
    assert second.objects[LEFT_DISC] == 1


def test_a_session_file_that_is_dragged_in_opens_image_and_objects(open_viewer, cells, tmp_path):
    first = open_viewer()
    first.viewer.open(str(cells), plugin="napari")
    first.wait_ready()
    menu, _ = open_menu(first)
    commit(first, LEFT_DISC)
    made = first.objects.copy()
    path = tmp_path / "work.samsession"
    menu.save(path)
    first.wait(lambda: not menu.is_busy)

    from napari_sam.widgets.session_reader import get_reader

    second = open_viewer()
    for data, settings, kind in get_reader(str(path))(str(path)):
        getattr(second.viewer, f"add_{kind}")(data, **settings)
    second.wait_ready()
    assert np.array_equal(second.objects, made)
    assert second.session.workspace.objects_to_write().layer is second.viewer.layers["objects"]
