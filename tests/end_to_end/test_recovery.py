"""After a crash: the dock offers what was made, and brings it back."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import tifffile
from napari.layers import Labels
from qtpy.QtCore import Qt
from tests.end_to_end.scenes import LEFT_DISC, RIGHT_DISC, discs

from napari_sam.widgets.changes import PixelChange
from napari_sam.widgets.journal.folder import sessions
from napari_sam.widgets.journal.thread import THREAD_NAME
from napari_sam.widgets.objects_layer import OBJECTS_NAME
from napari_sam.widgets.tags import tag


@pytest.fixture
def root(sessions_root):
    return sessions_root


@pytest.fixture
def cells(tmp_path):
    path = tmp_path / "cells.tif"
    tifffile.imwrite(path, discs())
    return path


def open_cells(open_viewer, cells):
    driver = open_viewer()
    driver.viewer.open(str(cells), plugin="napari")
    driver.wait_ready()
    return driver


def banner_of(driver):
    banner = driver.widget.banner
    driver.qtbot.waitUntil(lambda: not banner.is_searching, timeout=10_000)
    driver.qtbot.wait(30)
    return banner


def crash(driver, root):
    """Leave what a crash would leave: the files as they are now, without their process."""
    done = []
    driver.session.journal.afterwards(lambda: done.append(1))
    driver.wait(lambda: bool(done))
    (folder,) = sessions(root)
    kept = root.parent / "kept"
    shutil.copytree(folder.path, kept)
    end(driver)
    shutil.copytree(kept, root / "crashed")
    header = json.loads((root / "crashed" / "session.json").read_text())
    (root / "crashed" / "session.json").write_text(json.dumps({**header, "pid": 1}))
    driver.viewer.layers.clear()
    driver.qtbot.wait(50)


def end(driver):
    """End the journal as if all had been saved: nothing is left of it."""
    objects = driver.session.workspace.objects
    driver.session.journal.saved(objects.layer)
    driver.session.journal.close()
    assert driver.session.journal.join(3)


def commit(driver, at):
    driver.click(at)
    driver.wait_answer()
    driver.key(Qt.Key.Key_Return)


def test_after_a_crash_objects_and_prompts_are_offered_and_come_back(open_viewer, cells, root):
    first = open_cells(open_viewer, cells)
    commit(first, LEFT_DISC)
    commit(first, RIGHT_DISC)
    first.key(Qt.Key.Key_Z)
    first.click(LEFT_DISC)
    first.wait_answer()
    made = first.objects.copy()
    prompts = first.session.workspace.prompts.state()
    records = first.session.workspace.objects.records.records
    assert made.max() == 2
    assert [record.label for record in records] == [1, 2]
    crash(first, root)

    second = open_cells(open_viewer, cells)
    banner = banner_of(second)
    assert banner.isVisible()
    assert banner.text.text() == (
        "Continue where you were: cells, 2 objects, 1 prompt, a moment ago"
    )
    second.picture("recovery_offered")
    banner.continue_button.click()
    assert np.array_equal(second.objects, made)
    assert second.session.workspace.prompts.state() == prompts
    found = second.session.workspace.objects.records.records
    assert found == records
    assert not banner.isVisible()
    # The old folder goes when the new journal holds all of it.
    second.wait(lambda: "crashed" not in [folder.path.name for folder in sessions(root)])
    second.picture("recovery_done")
    commit(second, LEFT_DISC)  # refused: it is all object 1 already
    assert np.array_equal(second.objects, made)
    second.session.undo()
    while second.session.history.next_undo is not None:
        second.session.undo()
    assert not second.objects.any()


def test_later_keeps_and_discard_deletes(open_viewer, cells, root):
    first = open_cells(open_viewer, cells)
    commit(first, LEFT_DISC)
    crash(first, root)
    second = open_cells(open_viewer, cells)
    banner = banner_of(second)
    banner.later_button.click()
    assert not banner.isVisible()
    assert len(sessions(root)) == 1
    again = banner_of(open_cells(open_viewer, cells))
    again.discard_button.click()
    assert sessions(root) == []
    assert "objects" not in second.viewer.layers


def test_another_image_is_offered_nothing(open_viewer, cells, root, tmp_path):
    first = open_cells(open_viewer, cells)
    commit(first, LEFT_DISC)
    crash(first, root)
    other = discs()
    other[60, 50] = 7
    other = np.roll(other, 3, axis=1)
    second = open_viewer()
    second.viewer.add_image(other, name="cells")
    second.wait_ready()
    assert not banner_of(second).isVisible()
    assert len(sessions(root)) == 1


def test_labels_of_a_file_that_has_changed_are_left_as_they_are(open_viewer, cells, root, tmp_path):
    path = tmp_path / "labels.tif"
    earlier = np.zeros((120, 160), np.int32)
    earlier[5:10, 5:10] = 7
    tifffile.imwrite(path, earlier)

    first = open_cells(open_viewer, cells)
    use_as_objects(first, path)
    commit(first, LEFT_DISC)
    driver_labels = first.viewer.layers["labels"]
    change = PixelChange.of("edit", driver_labels, (np.array([6]), np.array([6])), 8)
    first.session.history.do(change)
    made = driver_labels.data.copy()
    crash(first, root)

    # the file as it was: it is opened, and gets the changes
    second = open_cells(open_viewer, cells)
    kept = root.parent / "kept"
    banner = banner_of(second)
    banner.continue_button.click()
    assert np.array_equal(second.viewer.layers["labels"].data, made)
    assert made[5, 5] == 7
    assert made[6, 6] == 8
    second.wait(lambda: "crashed" not in [folder.path.name for folder in sessions(root)])
    end(second)
    second.viewer.layers.clear()
    shutil.copytree(kept, root / "again")
    header = json.loads((root / "again" / "session.json").read_text())
    (root / "again" / "session.json").write_text(json.dumps({**header, "pid": 1}))

    # the file was changed meanwhile: it stays so, and what was recovered lies beside it
    earlier[6, 6] = 3
    tifffile.imwrite(path, earlier)
    third = open_cells(open_viewer, cells)
    said = []
    banner = banner_of(third)
    banner.said.connect(said.append)
    banner.continue_button.click()
    assert np.array_equal(third.viewer.layers["labels"].data, earlier)
    recovered = third.viewer.layers["labels (recovered)"]
    assert isinstance(recovered, Labels)
    assert recovered.data[6, 6] == 8
    assert recovered.data[LEFT_DISC] == made[LEFT_DISC]
    assert said[0].startswith("“labels” has changed since: 1 of ")


def use_as_objects(driver, path):
    (layer,) = driver.viewer.open(str(path), layer_type="labels", plugin="napari")
    layer.metadata.update(tag(OBJECTS_NAME, driver.session.image))


def test_closing_the_viewer_ends_the_journal_in_time(open_viewer, cells, root, qtbot):
    import threading

    driver = open_cells(open_viewer, cells)
    commit(driver, LEFT_DISC)
    driver.viewer.close()
    qtbot.waitUntil(
        lambda: THREAD_NAME not in [t.name for t in threading.enumerate()], timeout=2000
    )
    (folder,) = sessions(root)  # nothing was saved: it is kept
    assert folder.header().ended is not None
