"""Edits of the objects in a label image: which pixels get which values.

Nothing is written here. Each function looks at a label image, a plane of one or a whole volume,
and returns a `LabelEdit` that whoever holds the image can make, show or take back.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.draw import line_nd

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Labels = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True, eq=False)
class LabelEdit:
    """Pixels of a label image and the values that they should get.

    Attributes
    ----------
    indices : tuple of ndarray
        An index array for each axis.
    values : ndarray or int
        (N,), or one for all.
    """

    indices: tuple[npt.NDArray[np.intp], ...]
    values: Labels | int

    @property
    def size(self) -> int:
        """How many pixels it is about."""
        return len(self.indices[0])


def merge(labels: Labels, ids: Sequence[int]) -> LabelEdit:
    """Give several objects the id of the first.

    Raises
    ------
    ValueError
        If fewer than two different objects are named, or one is not in the image.
    """
    wanted = list(dict.fromkeys(ids))
    if len(wanted) < 2:
        raise ValueError(f"expected two or more objects to merge, got {len(wanted)}")
    for label in wanted[1:]:
        _require(labels, label)
    return LabelEdit(np.nonzero(np.isin(labels, wanted[1:])), wanted[0])


def delete(labels: Labels, label: int) -> LabelEdit:
    """Clear an object's pixels."""
    _require(labels, label)
    return LabelEdit(np.nonzero(labels == label), 0)


def relabel(labels: Labels, label: int, new_label: int) -> LabelEdit:
    """Give an object another id.

    Raises
    ------
    ValueError
        If the new id is not positive, or another object has it: that would merge the two.
    """
    _require(labels, label)
    if new_label < 1:
        raise ValueError(f"expected a new id of 1 or more, got {new_label}")
    if new_label != label and (labels == new_label).any():
        raise ValueError(
            f"object {new_label} exists already: merge the two, or choose a free id for {label}"
        )
    return LabelEdit(np.nonzero(labels == label), new_label)


def fill_holes(labels: Labels, label: int) -> LabelEdit:
    """Give an object the empty pixels that it encloses; objects within it stay."""
    part, start = _around(labels, label)
    holes = ndimage.binary_fill_holes(part == label) & (part == 0)
    return LabelEdit(_shifted(holes, start), label)


def keep_largest_part(labels: Labels, label: int) -> LabelEdit:
    """Clear all of an object but its largest connected part (edges and corners connect)."""
    part, start = _around(labels, label)
    pieces, count = ndimage.label(part == label, np.ones((3,) * part.ndim))
    largest = int(np.argmax(np.bincount(pieces.ravel(), minlength=count + 1)[1:])) + 1
    return LabelEdit(_shifted((pieces > 0) & (pieces != largest), start), 0)


def split(
    plane: Labels, path: npt.ArrayLike, next_label: int, label: int | None = None
) -> LabelEdit:
    """Cut an object of a 2-D label image along a drawn line.

    The largest part keeps the id, each other part gets a new one. The line's own pixels go to the
    part that is nearest, so that none are lost.

    Parameters
    ----------
    plane : ndarray
        (rows, columns), integer.
    path : array_like
        (P, 2) vertices as (row, column).
    next_label : int
        The first free id.
    label : int, optional
        Which object; by default the one that the line crosses most.

    Raises
    ------
    ValueError
        If the line crosses no object, or does not go right through it.
    """
    cut = _drawn(path, plane.shape)
    crossed = plane[cut]
    crossed = crossed[crossed > 0]
    if label is None:
        if not crossed.size:
            raise ValueError("the line crosses no object: draw it across the one to split")
        label = int(np.bincount(crossed).argmax())
    part, start = _around(plane, label)
    knife = cut[tuple(slice(a, a + n) for a, n in zip(start, part.shape, strict=True))]
    whole, _ = ndimage.label(part == label)
    crossed_parts = np.unique(whole[knife & (whole > 0)])
    mask = np.isin(whole, crossed_parts) & (whole > 0)  # parts beside the line keep the id
    pieces, count = ndimage.label(mask & ~knife)  # by edges: a line of one pixel cuts
    if count <= len(crossed_parts):
        raise ValueError(
            f"the line does not go right through object {label}: start and end it outside"
        )
    nearest = ndimage.distance_transform_edt(
        pieces == 0, return_distances=False, return_indices=True
    )
    pieces = np.where(mask, pieces[tuple(nearest)], 0)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    new_ids = np.full(count + 1, label)
    others = [piece for piece in range(1, count + 1) if piece != int(np.argmax(sizes)) + 1]
    new_ids[others] = next_label + np.arange(len(others))
    changed = np.isin(pieces, others)
    return LabelEdit(_shifted(changed, start), new_ids[pieces[changed]])


def crossed_objects(plane: Labels, path: npt.ArrayLike) -> list[int]:
    """List the objects of a 2-D label image under a drawn line, in its order."""
    vertices = np.asarray(path, dtype=float)
    found: list[int] = []
    for start, end in itertools.pairwise(vertices):
        rows, columns = _line(start, end, plane.shape)
        found.extend(int(label) for label in plane[rows, columns] if label)
    return list(dict.fromkeys(found))


def _drawn(path: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Draw a line of one pixel that does not leak diagonally."""
    mask = np.zeros(shape, dtype=bool)
    vertices = np.asarray(path, dtype=float)
    for start, end in itertools.pairwise(vertices):
        mask[_line(start, end, shape)] = True
    return mask


def _line(
    start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    rows, columns = line_nd(start, end, endpoint=True)
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    return rows[inside], columns[inside]


def _around(labels: Labels, label: int) -> tuple[Labels, tuple[int, ...]]:
    """Cut an object's bounding box out; return it and its first corner."""
    mask = labels == label
    spans = []
    for axis in range(labels.ndim):
        hit = np.flatnonzero(mask.any(axis=tuple(a for a in range(labels.ndim) if a != axis)))
        if not hit.size:
            _require(labels, label)
        spans.append((int(hit[0]), int(hit[-1]) + 1))
    box = tuple(slice(*span) for span in spans)
    return labels[box], tuple(start for start, _ in spans)


def _shifted(
    mask: npt.NDArray[np.bool_], start: tuple[int, ...]
) -> tuple[npt.NDArray[np.intp], ...]:
    return tuple(axis + first for axis, first in zip(np.nonzero(mask), start, strict=True))


def _require(labels: Labels, label: int) -> None:
    if label == 0 or not (labels == label).any():
        raise ValueError(f"there is no object {label} here: pick one by clicking it")
