"""Layers as colours, contrast limits, and stacks on disk, in a real viewer."""

from __future__ import annotations

import numpy as np
import pytest
from tests.end_to_end.scenes import LEFT_DISC, RIGHT_DISC, balls, discs
from tests.end_to_end.stand_in import stand_in_loader
from tests.widgets.counting import CountingArray


@pytest.fixture
def made():
    return []


@pytest.fixture
def driver(open_viewer, made):
    return open_viewer(stand_in_loader(made=made))


def test_the_channels_of_an_image_are_combined(driver, made):
    left, right = discs(centres=[LEFT_DISC]), discs(centres=[RIGHT_DISC])
    channels = np.stack([left, right, left // 2]) * np.uint16(10)
    driver.viewer.add_image(channels, channel_axis=0, name=["dna", "actin", "tubulin"])
    driver.wait_ready()
    choice = driver.widget.panels.channels
    assert choice.combined.isVisibleTo(choice)
    assert not choice.choices[0].isVisible()
    driver.picture("channels_apart")
    choice.combined.click()
    driver.wait_ready()
    driver.wait(lambda: made[-1].images[0][..., 0].any() and made[-1].images[0][..., 1].any())
    names = [each.currentText() for each in choice.choices]
    assert sorted(names) == ["actin", "dna", "tubulin"]
    driver.picture("channels_combined")

    for colour, name in enumerate(("actin", "dna", "left out")):
        each = choice.choices[colour]
        each.setCurrentIndex(each.findText(name))
        each.activated.emit(each.currentIndex())
    driver.wait_ready()
    seen = made[-1].images[0]
    assert seen[(*RIGHT_DISC, 0)] == seen[(*LEFT_DISC, 1)] == 255
    assert not seen[..., 2].any()
    assert driver.widget.layout().heightForWidth(320) <= 700

    driver.viewer.layers.remove("dna")
    driver.wait(lambda: choice.choices[1].currentText() == "left out")
    choice.combined.click()
    driver.wait_ready()
    assert driver.session.workspace.picture.channels is None


def test_layers_that_do_not_cover_each_other_are_not_offered(driver):
    driver.viewer.add_image(discs(), name="one")
    driver.viewer.add_image(discs(), name="two", translate=(3, 0))
    driver.viewer.add_image(np.stack([discs()] * 3, axis=-1), name="colours", rgb=True)
    driver.wait_ready()
    driver.session.choose_image(driver.viewer.layers["one"])
    assert not driver.widget.panels.channels.combined.isVisibleTo(driver.widget.panels.channels)
    assert driver.widget.panels.channels.contrast.isVisibleTo(driver.widget.panels.channels)
    driver.session.choose_image(driver.viewer.layers["colours"])
    assert not driver.widget.panels.channels.contrast.isVisibleTo(driver.widget.panels.channels)


def test_contrast_embeds_again_only_when_the_model_sees_it(driver, made):
    image = driver.viewer.add_image(discs(), name="discs", contrast_limits=(0, 255))
    driver.wait_ready()
    count = len(made)
    image.contrast_limits = (150, 210)
    driver.qtbot.wait(400)
    assert len(made) == count
    driver.widget.panels.channels.contrast.click()
    driver.wait(lambda: len(made) == count + 1)
    driver.wait_ready()
    assert made[-1].images[0].max() == 212  # 200 of 150 to 210
    for high in range(220, 250, 5):
        image.contrast_limits = (150, high)
        driver.qtbot.wait(20)
    driver.wait(lambda: len(made) > count + 1)
    driver.wait_ready()
    assert len(made) == count + 2
    driver.picture("contrast")


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_a_stack_that_is_not_in_memory_is_read_by_the_slice(driver, order):
    values = balls()
    stack = CountingArray(values)
    driver.viewer.add_image(stack, name="stack", contrast_limits=(0, 255))
    driver.viewer.dims.order = order
    middle = (8, 30, 40)
    driver.viewer.dims.set_point(order[0], middle[order[0]])
    driver.viewer.reset_view()
    driver.wait_ready()
    driver.wait(lambda: driver.session.plane.index[order[0]] == middle[order[0]])
    driver.wait_ready()
    driver.click([middle[axis] for axis in order[1:]])
    driver.wait_answer()
    cut = np.take(values, middle[order[0]], axis=order[0]) > 0
    assert np.array_equal(driver.preview, cut if order[1] < order[2] else cut.T)
    largest = max(values.shape[1] * values.shape[2], values.size // min(values.shape[1:]))
    assert max(int(np.prod(shape)) for shape in stack.reads) <= largest < values.size / 2


def test_the_three_views_of_a_tilted_pyramid_in_turn(driver):
    """napari's roll button turns the axis order by one."""
    values = balls((16, 60, 80))
    pyramid = [values, values[:, ::2, ::2]]
    image = driver.viewer.add_image(
        pyramid, multiscale=True, name="pyramid", scale=(3, 1, 0.5), translate=(10, 20, 30)
    )
    world = image.data_to_world((8, 30, 40))
    for _ in range(3):
        driver.viewer.dims.point = world
        driver.viewer.reset_view()
        driver.wait_ready()
        order = driver.viewer.dims.order
        driver.wait(lambda order=order: driver.session.plane.cut_axes == order[:1])
        driver.wait_ready()
        driver.click([world[axis] for axis in order[1:]])
        driver.wait_answer()
        cut = np.take(values, (8, 30, 40)[order[0]], axis=order[0]) > 0
        assert np.array_equal(driver.preview, cut if order[1] < order[2] else cut.T)
        driver.picture(f"rolled_{''.join(map(str, order))}")
        driver.session.maker.discard()
        driver.viewer.dims.roll()
