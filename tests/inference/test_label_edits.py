"""Edits of objects change the pixels they should, and no other."""

import numpy as np
import pytest

from napari_sam.inference import label_edits as edits


@pytest.fixture
def labels():
    """A square ring 1 with object 2 inside it, and a two-part object 3."""
    labels = np.zeros((40, 60), np.int32)
    labels[5:25, 5:25] = 1
    labels[10:20, 10:20] = 0
    labels[14:16, 14:16] = 2
    labels[5:15, 35:55] = 3
    labels[30:32, 40:42] = 3
    return labels


def made(labels, edit):
    out = labels.copy()
    out[edit.indices] = edit.values
    return out


def test_merge_takes_the_first_id(labels):
    out = made(labels, edits.merge(labels, [3, 1]))
    assert ((out == 3) == np.isin(labels, [1, 3])).all()
    assert (out[labels == 2] == 2).all()


@pytest.mark.parametrize(("ids", "said"), [([1], "two or more"), ([1, 9], "no object 9")])
def test_merge_refuses(labels, ids, said):
    with pytest.raises(ValueError, match=said):
        edits.merge(labels, ids)


def test_delete(labels):
    out = made(labels, edits.delete(labels, 3))
    assert not (out == 3).any()
    assert (out[labels != 3] == labels[labels != 3]).all()


def test_relabel(labels):
    assert ((made(labels, edits.relabel(labels, 1, 8)) == 8) == (labels == 1)).all()
    with pytest.raises(ValueError, match="object 2 exists already: merge the two"):
        edits.relabel(labels, 1, 2)
    with pytest.raises(ValueError, match="1 or more, got 0"):
        edits.relabel(labels, 1, 0)


def test_filled_holes_spare_the_objects_within(labels):
    out = made(labels, edits.fill_holes(labels, 1))
    assert (out[10:20, 10:20] > 0).all()
    assert ((out == 2) == (labels == 2)).all()
    assert (out == 1).sum() == 400 - 4


def test_holes_that_are_open_at_the_image_border_stay():
    labels = np.zeros((10, 10), np.int32)
    labels[0:5, 0:8] = 1
    labels[0:3, 2:5] = 0
    assert edits.fill_holes(labels, 1).size == 0


def test_the_largest_part_stays(labels):
    out = made(labels, edits.keep_largest_part(labels, 3))
    assert (out[5:15, 35:55] == 3).all()
    assert (out == 3).sum() == 200


def test_a_volume_is_edited_like_a_plane(labels):
    volume = np.stack([labels, labels * 0, labels])
    out = made(volume, edits.keep_largest_part(volume, 2))
    assert (out == 2).sum() == 4
    assert (made(volume, edits.delete(volume, 1)) == 1).sum() == 0


@pytest.mark.parametrize("path", [[(0, 45), (20, 45)], [(2, 36), (18, 54)], [(2, 54), (18, 36)]])
def test_split_gives_every_pixel_to_a_part(labels, path):
    out = made(labels, edits.split(labels, path, next_label=7))
    pieces = out[5:15, 35:55]
    assert set(np.unique(pieces)) == {3, 7}
    assert 60 <= (pieces == 7).sum() <= 100
    assert (out[labels == 0] == 0).all()
    assert (out[np.isin(labels, [1, 2])] == labels[np.isin(labels, [1, 2])]).all()


def test_split_of_a_named_object(labels):
    out = made(labels, edits.split(labels, [(0, 15), (39, 15)], next_label=4, label=1))
    assert {1, 4} <= set(np.unique(out))
    assert (out == 2).sum() == 4


def test_split_that_does_not_cut_is_refused(labels):
    with pytest.raises(ValueError, match="does not go right through object 3"):
        edits.split(labels, [(0, 45), (10, 45)], next_label=7)
    with pytest.raises(ValueError, match="crosses no object"):
        edits.split(labels, [(38, 0), (38, 30)], next_label=7)


def test_objects_under_a_line_in_its_order(labels):
    assert edits.crossed_objects(labels, [(10, 58), (10, 2)]) == [3, 1]
    assert edits.crossed_objects(labels, [(-5, 2), (-3, 80)]) == []


@pytest.mark.parametrize(
    "edit", [edits.delete, edits.fill_holes, edits.keep_largest_part], ids=lambda e: e.__name__
)
def test_an_object_that_is_not_there_is_told(labels, edit):
    with pytest.raises(ValueError, match="there is no object 9 here"):
        edit(labels, 9)
