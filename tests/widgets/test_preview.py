"""The preview's pictures, edits, thumbnails, and what of them is committed."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_sam.widgets.current_object import CurrentObject
from napari_sam.widgets.events import Candidates
from napari_sam.widgets.grid import working_grid
from napari_sam.widgets.pictures import candidate_pictures, mask_of, outlined
from napari_sam.widgets.plane import Plane
from napari_sam.widgets.plane_edit import PlaneEdit
from napari_sam.widgets.preview_layer import PreviewLayer
from napari_sam.widgets.prompts import PlanePrompts
from napari_sam.widgets.thumbnails import SIDE, glance_at, thumbnails
from napari_sam.widgets.to_commit import masks_to_commit

IMAGE = Image(np.zeros((4, 20, 30)), name="image")
GRID = working_grid(IMAGE)
PLANE = Plane(GRID, 1, 2, (2, 0, 0))


def square(row, column, side=6):
    mask = np.zeros((20, 30), dtype=bool)
    mask[row : row + side, column : column + side] = True
    return mask


@pytest.fixture
def preview(qapp):
    edits = []
    preview = PreviewLayer(IMAGE, PLANE, edits.append)
    preview.edits = edits
    return preview


def stroke(rows, columns, added):
    pixels = np.ravel_multi_index(np.ix_(rows, columns), PLANE.shape).ravel()
    return pixels, np.full(pixels.size, added)


def test_outlines_of_other_candidates_are_not_part_of_the_mask():
    masks = np.stack([square(4, 4, 3), square(3, 3, 6), square(1, 1, 12)])
    pictures = candidate_pictures(masks)
    for mask, picture in zip(masks, pictures, strict=True):
        assert np.array_equal(mask_of(picture), mask)
    assert set(np.unique(pictures[1])) == {0, 1, 2, 4, 5}


def test_a_later_stroke_counts_more():
    edit = PlaneEdit.nothing(PLANE).with_stroke(*stroke([1, 2], [3, 4, 5], True))
    edit = edit.with_stroke(*stroke([2], [4, 9], False))
    mask = edit.applied(np.ones((20, 30), dtype=bool))
    assert (~mask).sum() == 2
    assert edit.applied(np.zeros((20, 30), dtype=bool)).sum() == 5
    assert (np.diff(edit.pixels) > 0).all()


@pytest.mark.parametrize(
    ("plane", "shape"), [(PLANE, (20, 30)), (Plane(GRID, 2, 0, (0, 11, 0)), (30, 4))]
)
def test_only_what_differs_is_redrawn_and_the_layer_is_as_if_all_were(preview, plane, shape):
    rng = np.random.default_rng(0)
    picture = np.zeros(shape, np.uint8)
    for size in (1, 3, 40, 2, 0):
        picture = picture.copy()
        picture.reshape(-1)[rng.integers(0, picture.size, size)] = rng.integers(0, 3)
        preview.show(plane, picture)
        assert np.array_equal(plane.flat(preview.layer.data), picture)
    assert not preview.layer._undo_history


def test_edits_outlast_answers_and_stay_in_their_plane(preview):
    edit = PlaneEdit.nothing(PLANE).with_stroke(*stroke([5], range(4, 14), True))
    preview.set_edit(PLANE, edit)
    assert not preview.is_blank
    preview.show(PLANE, outlined(square(4, 4)))
    assert preview.mask().sum() == 36 + 4
    preview.blank()
    assert preview.mask().sum() == 10
    other = Plane(GRID, 1, 2, (3, 0, 0))
    preview.set_edit(other, None)
    assert preview.is_blank
    assert not preview.mask().any()


def test_a_stroke_of_the_brush_is_told_with_what_it_turned(preview, qapp):
    preview.show(PLANE, outlined(square(4, 4)))
    preview.layer.data_setitem(
        (np.zeros(3, int), np.array([4, 4, 5]), np.array([9, 10, 12])), 1
    )  # the first is inside already
    (edit,) = preview.edits
    assert edit.pixels.tolist() == [4 * 30 + 10, 5 * 30 + 12]
    assert edit.added.all()
    preview.set_edit(PLANE, edit)
    qapp.processEvents()
    preview.layer.data_setitem((np.zeros(1, int), np.array([4]), np.array([10])), 0)
    assert preview.edits[-1].added.tolist() == [False, True]
    qapp.processEvents()


def test_painting_many_objects_goes_to_the_nearest_and_erasing_to_all(preview):
    current = CurrentObject()
    masks = np.stack([square(2, 2), square(2, 20)])
    objects = (PlanePrompts(points=((3.0, 3.0, 1),)), PlanePrompts(points=((22.0, 3.0, 1),)))
    together = masks.any(axis=0)
    current.candidates = Candidates(
        together[None], np.ones(1), outlined(together)[None], 0, objects=masks
    )
    current.answered = PlanePrompts(objects=objects)
    edit = PlaneEdit.nothing(PLANE).with_stroke(*stroke([3], [8, 9, 18, 19], True))
    edit = edit.with_stroke(*stroke([2], range(30), False))
    preview.set_edit(PLANE, edit)
    preview.show(PLANE, current.candidates.pictures[0])
    first, second = masks_to_commit(current, preview)
    assert first.prompts is objects[0]
    assert first.mask.sum() == second.mask.sum() == 36 - 6 + 2
    assert first.mask[3, 9]
    assert second.mask[3, 18]


def test_nothing_is_committed_of_a_hover(preview):
    preview.hover(outlined(square(4, 4)))
    assert preview.layer.data.any()
    assert masks_to_commit(CurrentObject(), preview) == []
    preview.hover(None)
    assert not preview.layer.data.any()


@pytest.mark.parametrize("shape", [(20, 30), (2100, 900)])
def test_thumbnails_show_all_masks_at_one_scale(shape):
    pixels = np.full((*shape, 3), 200, np.uint8)
    masks = np.zeros((2, *shape), dtype=bool)
    masks[0, : shape[0] // 4, : shape[1] // 4] = True
    masks[1, : shape[0] // 2, : shape[1] // 2] = True
    small, large = thumbnails(*glance_at(pixels), masks)
    assert small.shape == (SIDE, SIDE, 3)
    bright = [(picture == 200).all(axis=-1).sum() for picture in (small, large)]
    assert 0 < bright[0] < bright[1]
    assert (small == (255, 230, 51)).all(axis=-1).any()
    empty = thumbnails(*glance_at(pixels), np.zeros((1, *shape), dtype=bool))
    assert not (empty[0] == (255, 230, 51)).all(axis=-1).any()
