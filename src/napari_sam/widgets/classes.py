"""Classes that objects can be committed as: names and colours, kept with the Labels layer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from napari.utils.colormaps import DirectLabelColormap

if TYPE_CHECKING:
    from napari.layers import Labels

_KEY = "napari-sam-medical classes"
_COLOURS: Final = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00")
"""Okabe and Ito's palette, which people with any common kind of colour blindness tell apart."""


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
    classes = sorted([*present, added], key=lambda each: each.label)
    layer.metadata[_KEY] = [asdict(each) for each in classes]
    _colour(layer, classes)
    return added


def _colour(layer: Labels, classes: list[ObjectClass]) -> None:
    """Show classes in their colours and every other label in the layer's own."""
    colours: dict[int | None, object] = {each.label: each.colour for each in classes if each.label}
    colours |= {None: "#999999", 0: (0.0, 0.0, 0.0, 0.0)}
    layer.colormap = DirectLabelColormap(color_dict=colours)
