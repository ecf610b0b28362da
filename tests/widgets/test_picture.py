from __future__ import annotations

import itertools

import numpy as np
import pytest
from napari.components import Dims
from napari.layers import Image
from tests.widgets.counting import CountingArray

from napari_sam.inference.preprocessing import to_rgb_uint8
from napari_sam.widgets.grid import working_grid
from napari_sam.widgets.picture import Picture
from napari_sam.widgets.plane import displayed_plane

STACK = np.random.default_rng(0).integers(0, 4000, (5, 7, 9), dtype=np.uint16)


def plane_of(layer, order=None, point=None):
    dims = Dims(ndim=layer.ndim, range=tuple((0, n - 1, 1) for n in working_grid(layer).shape))
    if order is not None:
        dims.order = order
    if point is not None:
        dims.point = point
    return displayed_plane(layer, working_grid(layer), dims)


@pytest.fixture
def changes(qtbot):
    return []


@pytest.fixture
def picture_of(changes):
    made = []

    def make(layer):
        picture = Picture(layer)
        picture.changed.connect(lambda: changes.append(None))
        made.append(picture)
        return picture

    yield make
    for picture in made:
        picture.close()


def flat(values, **settings):
    return Image(np.asarray(values), **settings)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("kind", ["grey", "rgb", "rgba", "pyramid"])
def test_no_more_than_the_slice_is_read(picture_of, order, kind):
    colours = {"rgb": 3, "rgba": 4}.get(kind)
    values = STACK.astype(np.uint8)
    if colours:
        values = np.stack([values + shift for shift in range(colours)], axis=-1)
    finest, coarse = CountingArray(values), CountingArray(values[:, ::2, ::2])
    data = [finest, coarse] if kind == "pyramid" else finest
    layer = Image(
        data, rgb=bool(colours), multiscale=kind == "pyramid", contrast_limits=(0, 255), cache=False
    )
    point = (3, 4, 5)
    source = picture_of(layer).source(plane_of(layer, order, point))
    finest.reads.clear()
    coarse.reads.clear()
    seen = source.read_rgb()
    cut = values[tuple(point[axis] if axis == order[0] else slice(None) for axis in range(3))]
    assert finest.reads == [cut.shape]
    assert coarse.reads == []
    expected = cut if order[1] < order[2] else cut.swapaxes(0, 1)
    assert np.array_equal(
        seen, to_rgb_uint8(np.ascontiguousarray(expected), -1 if colours else None)
    )


def test_a_memory_mapped_stack_and_one_in_dask(picture_of, tmp_path):
    import dask.array as da

    np.save(tmp_path / "stack.npy", STACK)
    mapped = np.load(tmp_path / "stack.npy", mmap_mode="r")
    for data in (mapped, da.from_array(STACK, chunks=(1, 7, 9))):
        layer = Image(data, contrast_limits=(0, 4000))
        source = picture_of(layer).source(plane_of(layer, (1, 2, 0), (0, 3, 0)))
        assert np.array_equal(source.read_rgb(), to_rgb_uint8(STACK[:, 3].T))


def test_layers_are_combined_each_at_its_own_scale(picture_of, changes):
    red, blue = flat(STACK[0]), flat(STACK[1] / 1e6)
    picture = picture_of(red)
    picture.combine((red, None, blue))
    seen = picture.source(plane_of(red)).read_rgb()
    assert np.array_equal(seen[..., 0], to_rgb_uint8(STACK[0])[..., 0])
    assert not seen[..., 1].any()
    assert np.array_equal(seen[..., 2], to_rgb_uint8(STACK[1] / 1e6)[..., 0])
    assert len(changes) == 1


def test_a_layer_of_another_size_or_place_cannot_be_a_colour(picture_of):
    image = flat(STACK[0], name="one")
    picture = picture_of(image)
    others = [
        flat(STACK[0, 1:], name="two"),
        flat(STACK[0], name="two", translate=(0, 0.5)),
        flat(STACK[0], name="two", scale=(1, 2)),
        flat(STACK, name="two"),
        flat(np.stack([STACK[0].astype(np.uint8)] * 3, axis=-1), name="two", rgb=True),
    ]
    for other in others:
        with pytest.raises(ValueError, match="“two” has another size or place than “one”"):
            picture.combine((image, other, None))
    with pytest.raises(ValueError, match="No layer was chosen"):
        picture.combine((None, None, None))
    assert picture.channels is None


def test_a_colour_whose_layer_is_gone_is_left_out(picture_of, changes):
    one, two = flat(STACK[0]), flat(STACK[1])
    picture = picture_of(one)
    picture.combine((two, one, None))
    picture.keep([one])
    assert picture.channels == (None, one, None)
    picture.keep([])
    assert picture.channels is None
    assert len(changes) == 3


def test_a_colour_whose_layer_gets_another_shape_is_left_out(picture_of):
    one, two = flat(STACK[0]), flat(STACK[1])
    picture = picture_of(one)
    picture.combine((one, two, None))
    two.data = STACK[1, 1:]
    assert picture.channels == (one, None, None)


@pytest.mark.parametrize("seen_layer", [0, 1])
def test_new_pixels_of_any_layer_seen_make_another_source(picture_of, changes, seen_layer):
    layers = flat(STACK[0].copy()), flat(STACK[1].copy())
    picture = picture_of(layers[0])
    picture.combine((*layers, None))
    before = picture.source(plane_of(layers[0])).key
    assert picture.source(plane_of(layers[0])).key == before
    layers[seen_layer].events.data(value=layers[seen_layer].data)
    assert picture.source(plane_of(layers[0])).key != before
    assert len(changes) == 2


def test_contrast_counts_only_when_chosen_and_where_it_comes_to_rest(picture_of, changes, qtbot):
    layer = flat(STACK[0], contrast_limits=(0, 4000))
    picture, plane = picture_of(layer), plane_of(layer)
    automatic = picture.source(plane).read_rgb()
    layer.contrast_limits = (1000, 2000)
    qtbot.wait(300)
    assert not changes
    assert np.array_equal(picture.source(plane).read_rgb(), automatic)

    picture.sees_contrast = True
    assert len(changes) == 1
    before = picture.source(plane)
    expected = np.clip((STACK[0].astype(float) - 1000) / 1000, 0, 1)
    assert np.allclose(before.read_rgb()[..., 0], 255 * expected, atol=0.5)
    for low in range(500, 900, 100):  # a slider is dragged
        layer.contrast_limits = (low, 2000)
        assert picture.source(plane).key == before.key
    qtbot.waitUntil(lambda: len(changes) == 2, timeout=2000)
    layer.gamma = 2.0
    qtbot.waitUntil(lambda: len(changes) == 3, timeout=2000)
    expected = np.clip((STACK[0].astype(float) - 800) / 1200, 0, 1) ** 2
    assert np.allclose(picture.source(plane).read_rgb()[..., 0], 255 * expected, atol=2)

    picture.sees_contrast = False
    assert np.array_equal(picture.source(plane).read_rgb(), automatic)


def test_colours_are_seen_as_they_are_whatever_the_contrast(picture_of):
    values = np.stack([STACK[0].astype(np.uint8)] * 3, axis=-1)
    layer = flat(values, rgb=True)
    picture = picture_of(layer)
    picture.sees_contrast = True
    assert np.array_equal(picture.source(plane_of(layer)).read_rgb(), values)
