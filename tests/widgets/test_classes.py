"""Classes in their colours, and the other labels in theirs."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels

from napari_sam.widgets.classes import (
    ObjectClass,
    add_class,
    bring_classes_back,
    classes_of,
    settings_with,
)

GREY = pytest.approx((0.6, 0.6, 0.6, 1))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint16, np.int32, np.uint64])
def test_other_labels_keep_their_colours(dtype):
    layer = Labels(np.arange(120, dtype=dtype).reshape(10, 12))
    own = {label: layer.get_color(label) for label in (1, 2, 50, 119)}
    add_class(layer, "nucleus", 3)
    add_class(layer, "debris", 4)
    for label, colour in own.items():
        assert layer.get_color(label) == pytest.approx(colour)
    assert layer.get_color(3) == pytest.approx((0x56 / 255, 0xB4 / 255, 0xE9 / 255, 1))
    assert layer.get_color(4) == pytest.approx((0xE6 / 255, 0x9F / 255, 0, 1))
    drawn = layer.colormap.map(layer.data)
    assert drawn[0, 1] == pytest.approx(own[1])
    assert drawn[0, 0, 3] == 0


def test_labels_far_up_are_grey_and_classes_there_are_not():
    layer = Labels(np.zeros((10, 12), np.int32))
    add_class(layer, "nucleus", 5000)
    assert layer.get_color(4999) == GREY
    assert layer.get_color(5000) != GREY


def test_classes_that_come_back_leave_those_that_are_there():
    layer = Labels(np.zeros((10, 12), np.int32))
    nucleus = add_class(layer, "nucleus", 1)
    cell, other = ObjectClass(3, "cell", "#009e73"), ObjectClass(1, "other", "#009e73")
    bring_classes_back(layer, [other, cell, ObjectClass(9, "nucleus", "#009e73")])
    assert classes_of(layer) == [nucleus, cell]
    made = Labels(np.zeros((10, 12), np.int32), **settings_with([cell]))
    assert classes_of(made) == [cell]
    assert made.get_color(3) == pytest.approx((0, 0x9E / 255, 0x73 / 255, 1))
    plain = Labels(np.zeros((10, 12), np.int32))
    assert made.get_color(2) == pytest.approx(plain.get_color(2))
