"""Classes that objects can be committed as: names and colours, kept with the Labels layer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari.layers import Labels
    from napari.utils.colormaps import CyclicLabelColormap, DirectLabelColormap

_KEY = "napari-sam-medical classes"
_COLOURS: Final = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00")
"""Okabe and Ito's palette, which people with any common kind of colour blindness tell apart."""
_COLOURED: Final = 2048  # ids below it keep the layer's own colours; to set more takes longer
_GREY: Final = "#999999"


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """A kind of object.

    Attributes
    ----------
    label : int
        The value that its pixels get.
    name : str
        What people call it.
    colour : str
        As #rrggbb.
    """

    label: int
    name: str
    colour: str


def classes_of(layer: Labels) -> list[ObjectClass]:
    """Read the classes kept with a layer, by label."""
    return [ObjectClass(**entry) for entry in layer.metadata.get(_KEY, [])]


def add_class(layer: Labels, name: str, label: int) -> ObjectClass:
    """Keep another class with a layer, and show it in a colour of its own.

    Other ids up to 2,047 keep the colours they have; those beyond are grey, because napari
    has no colormap that gives colours to some labels and repeats others without an end.

    Raises
    ------
    ValueError
        If the name is empty, or the name or the label is taken.
    """
    present, name = classes_of(layer), name.strip()
    if not name:
        raise ValueError("expected a name for the class, got nothing")
    for each in present:
        if name == each.name or label == each.label:
            raise ValueError(f"class {each.label} is called “{each.name}” already: choose another")
    added = ObjectClass(label, name, _COLOURS[len(present) % len(_COLOURS)])
    _put(layer, [*present, added])
    return added


def bring_classes_back(layer: Labels, classes: Iterable[ObjectClass]) -> None:
    """Keep the classes of an earlier session with a layer, beside those that it has.

    One whose name or label is taken is left out.
    """
    present = classes_of(layer)
    names, labels = {each.name for each in present}, {each.label for each in present}
    added = [each for each in classes if each.name not in names and each.label not in labels]
    if added:
        _put(layer, [*present, *added])


def settings_with(classes: Iterable[ObjectClass]) -> dict[str, Any]:
    """Return metadata and colours for a Labels layer that is made with classes."""
    from napari.utils.colormaps import label_colormap

    kept = sorted(classes, key=lambda each: each.label)
    if not kept:
        return {"metadata": {}}
    colours = _coloured(label_colormap(49), kept)  # as napari gives a new layer
    return {"metadata": {_KEY: [asdict(each) for each in kept]}, "colormap": colours}


def _put(layer: Labels, classes: list[ObjectClass]) -> None:
    kept = sorted(classes, key=lambda each: each.label)
    layer.metadata[_KEY] = [asdict(each) for each in kept]
    layer.colormap = _coloured(layer.colormap, kept)


def _coloured(
    own: CyclicLabelColormap | DirectLabelColormap, classes: list[ObjectClass]
) -> DirectLabelColormap:
    """Show classes in their colours, and other labels as a layer's own colormap does."""
    from napari.utils.colormaps import DirectLabelColormap

    colours: dict[int | None, Any]
    if isinstance(own, DirectLabelColormap):
        colours = dict(own.color_dict)
    else:
        ids = np.arange(1, _COLOURED)
        colours = {None: _GREY, **dict(zip(ids.tolist(), np.asarray(own.map(ids)), strict=True))}
    colours |= {each.label: each.colour for each in classes if each.label}
    colours[0] = (0.0, 0.0, 0.0, 0.0)
    return DirectLabelColormap(color_dict=colours)
