"""What an earlier session left, put into the layers of an image."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import LayerList
from napari.layers import Image, Labels

from napari_sam.widgets.changes import PixelChange
from napari_sam.widgets.classes import ObjectClass, classes_of
from napari_sam.widgets.grid import working_grid
from napari_sam.widgets.history import History
from napari_sam.widgets.journal.content import LabelsContent
from napari_sam.widgets.journal.deltas import PixelDelta
from napari_sam.widgets.journal.reference import Reference
from napari_sam.widgets.object_record import ObjectRecord
from napari_sam.widgets.objects_layer import ObjectsLayer
from napari_sam.widgets.prompt_state import PromptPoint, PromptState
from napari_sam.widgets.recoverable import RecoverableLabels, recoverable_copy
from napari_sam.widgets.recovery import bring_back


class Viewer:
    def __init__(self):
        self.layers = LayerList()

    def add_layer(self, layer):
        self.layers.append(layer)


class Prompts:
    def __init__(self):
        self._state = PromptState()

    def state(self):
        return self._state

    def restore(self, state):
        self._state = state


class Workspace:
    """An image and its objects, without a window."""

    def __init__(self, history, dtype):
        self.image = Image(np.zeros((6, 8)), name="cells")
        self.grid = working_grid(self.image)
        self.prompts = Prompts()
        layer = Labels(np.zeros((6, 8), dtype), name="objects")
        self.objects = ObjectsLayer(self.image, self.grid, history, layer)

    def objects_to_write(self):
        return self.objects


@pytest.fixture
def history(qapp):
    return History()


def left(pixels, name="objects", classes=()):
    reference = Reference(name, None, pixels.shape, str(pixels.dtype), (), ())
    record = ObjectRecord(int(pixels.max()), (0, 1, (0, 0)))
    content = LabelsContent(0, reference, "copy", records=[record], classes=classes)
    return recoverable_copy(content, pixels)


def disc(label, rows, dtype=np.int32):
    pixels = np.zeros((6, 8), dtype)
    pixels[rows] = label
    return pixels


def test_two_layers_stay_two_and_all_is_one_change(history):
    workspace, viewer = Workspace(history, np.int32), Viewer()
    one, two = disc(1, slice(0, 2)), disc(1, slice(3, 5))
    classes = (ObjectClass(1, "nucleus", "#56b4e9"),)
    state = PromptState((PromptPoint((1.0, 2.0), "foreground"),))
    warnings = bring_back(
        (left(one, classes=classes), left(two, "others")), state, workspace, viewer, history
    )
    assert classes_of(workspace.objects.layer) == list(classes)
    assert np.array_equal(workspace.objects.layer.data, one)
    assert np.array_equal(viewer.layers["others (recovered)"].data, two)
    assert warnings == [
        "“objects” holds other objects by now. "
        "What was recovered is in the new layer “others (recovered)”."
    ]
    assert len(workspace.objects.records.records) == 1
    assert workspace.prompts.state() == state
    history.undo()
    assert history.next_undo is None
    assert not workspace.objects.layer.data.any()
    assert workspace.prompts.state() == PromptState()
    history.redo()
    assert np.array_equal(workspace.objects.layer.data, one)


def test_ids_that_the_layer_cannot_hold_come_as_a_new_layer(history):
    workspace, viewer = Workspace(history, np.uint8), Viewer()
    pixels, classes = disc(300, slice(0, 2)), (ObjectClass(300, "nucleus", "#56b4e9"),)
    warnings = bring_back(
        (left(pixels, classes=classes),), PromptState(), workspace, viewer, history
    )
    assert classes_of(viewer.layers["objects (recovered)"]) == list(classes)
    assert not workspace.objects.layer.data.any()
    assert np.array_equal(viewer.layers["objects (recovered)"].data, pixels)
    assert warnings[0].startswith(
        "“objects” holds ids up to 255, and the earlier session's go up to 300. What was "
    )
    assert history.next_undo is None


def test_what_was_made_is_recorded_even_if_the_next_layer_fails(history, monkeypatch):
    workspace, viewer = Workspace(history, np.int32), Viewer()
    found = (left(disc(1, slice(0, 2))), left(disc(1, slice(3, 5))))
    monkeypatch.setattr(viewer, "add_layer", lambda _layer: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bring_back(found, PromptState(), workspace, viewer, history)
    history.undo()
    assert not workspace.objects.layer.data.any()


def test_misfits_are_values_that_the_session_never_had():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 4, 40)
    before, deltas = pixels.copy(), []
    seen = [{int(value)} for value in pixels]
    for _ in range(5):
        at = np.sort(rng.choice(40, 12, replace=False))
        after = rng.integers(0, 9, 12)
        deltas.append(PixelDelta(1, at, pixels[at], after))
        pixels[at] = after
        for index, value in zip(at, after, strict=True):
            seen[index].add(int(value))
    content = LabelsContent(0, Reference("a", None, (40,), "int64", (), ()), "file", deltas=deltas)
    merged = content.merged()
    labels = RecoverableLabels(content, merged.indices, merged.before, merged.after, pixels)
    present = rng.integers(0, 9, 40)
    wanted = sum(int(present[i]) not in seen[i] for i in merged.indices)
    assert 0 < wanted < len(merged.indices)
    assert labels.misfits(present[merged.indices]) == wanted
    assert labels.misfits(before[merged.indices]) == 0


def test_an_edit_is_not_taken_for_a_blank_layer(history):
    workspace, viewer = Workspace(history, np.int32), Viewer()
    edit = PixelChange.of("x", workspace.objects.layer, (np.array([5]), np.array([7])), 4)
    history.do(edit)
    bring_back((left(disc(1, slice(0, 2))),), PromptState(), workspace, viewer, history)
    assert np.count_nonzero(workspace.objects.layer.data) == 1
