"""Prompts as users pass them, checked before any work and brought to one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class ValidPrompts(NamedTuple):
    """The prompts of one object, checked.

    Attributes
    ----------
    point_coords : ndarray or None
        (N, 2) float64 as (x, y) in pixels of the original image.
    point_labels : ndarray or None
        (N,) int64: 1 foreground, 0 background.
    box : ndarray or None
        (4,) float64 as (x0, y0, x1, y1) in pixels of the original image.
    mask_input : ndarray or None
        (1, h, w) float32 logits.
    """

    point_coords: NDArray[np.float64] | None
    point_labels: NDArray[np.int64] | None
    box: NDArray[np.float64] | None
    mask_input: NDArray[np.float32] | None


def validate_prompts(
    point_coords: ArrayLike | None,
    point_labels: ArrayLike | None,
    box: ArrayLike | None,
    mask_input: ArrayLike | None,
    *,
    image_size: tuple[int, int],
    mask_size: tuple[int, int] = (256, 256),
) -> ValidPrompts:
    """Check the prompts of one object and bring them to one form.

    Parameters
    ----------
    point_coords, point_labels : array_like, optional
        See `check_points`.
    box : array_like, optional
        See `check_box`.
    mask_input : array_like, optional
        See `check_mask_input`.
    image_size : (int, int)
        (H, W) of the original image.
    mask_size : (int, int)
        (h, w) of mask prompts.

    Raises
    ------
    ValueError
        If a prompt is not what it must be; the message says what was expected.
    """
    if (point_coords is None) != (point_labels is None):
        given, absent = (
            ("point_labels", "point_coords")
            if point_coords is None
            else ("point_coords", "point_labels")
        )
        raise ValueError(
            f"expected point_coords and point_labels together, got {given} alone; pass {absent} too"
        )
    coords = labels = None
    if point_coords is not None and point_labels is not None:
        coords, labels = check_points(point_coords, point_labels, image_size)
    return ValidPrompts(
        coords,
        labels,
        None if box is None else check_box(box, image_size),
        None if mask_input is None else check_mask_input(mask_input, mask_size),
    )


def check_points(
    point_coords: ArrayLike, point_labels: ArrayLike, image_size: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Check points.

    Parameters
    ----------
    point_coords : array_like
        (N, 2) as (x, y); from 0 to the image's width and height, both included.
    point_labels : array_like
        (N,), 1 for foreground and 0 for background.
    image_size : (int, int)
        (H, W) of the image.

    Returns
    -------
    point_coords : ndarray
        (N, 2) float64.
    point_labels : ndarray
        (N,) int64.

    Raises
    ------
    ValueError
        If a shape is another, a number is not finite, a label neither 0 nor 1, the lengths
        differ, or a point lies outside the image.
    """
    coords = _as_floats(point_coords, "point_coords")
    if coords.ndim != 2 or coords.shape[1] != 2:
        raise ValueError(
            f"expected point_coords of shape (N, 2), one (x, y) a point, got {coords.shape}; "
            "a single point is [[x, y]]"
        )
    labels = _as_floats(point_labels, "point_labels")
    if labels.shape != (len(coords),):
        raise ValueError(
            f"expected one label a point, shape ({len(coords)},), got point_labels of shape "
            f"{labels.shape} for {len(coords)} points"
        )
    if (wrong := labels[(labels != 0) & (labels != 1)]).size:
        raise ValueError(
            f"expected point_labels of 1 (foreground) or 0 (background), got {wrong[0]:g}"
        )
    height, width = image_size
    for index, (x, y) in enumerate(coords):
        if not (0 <= x <= width and 0 <= y <= height):
            raise ValueError(
                f"expected points inside the image, x in 0 … {width} and y in 0 … {height}, got "
                f"(x, y) = ({x:g}, {y:g}) as point {index}; points are (x, y), not (row, column)"
            )
    return coords, labels.astype(np.int64)


def check_box(box: ArrayLike, image_size: tuple[int, int]) -> NDArray[np.float64]:
    """Check a box.

    Parameters
    ----------
    box : array_like
        (4,) or (1, 4) as (x0, y0, x1, y1); from 0 to the image's width and height, both
        included.
    image_size : (int, int)
        (H, W) of the image.

    Returns
    -------
    ndarray
        (4,) float64.

    Raises
    ------
    ValueError
        If the shape is another, a number is not finite, the corners are in the wrong order or
        on one line, or the box reaches out of the image.
    """
    corners = _as_floats(box, "box")
    if corners.shape not in {(4,), (1, 4)}:
        raise ValueError(
            f"expected one box (x0, y0, x1, y1) of shape (4,), got shape {corners.shape}; "
            "segment several boxes one by one"
        )
    x0, y0, x1, y1 = corners = corners.reshape(4)
    text = f"({x0:g}, {y0:g}, {x1:g}, {y1:g})"
    if x0 >= x1 or y0 >= y1:
        turned = f"({min(x0, x1):g}, {min(y0, y1):g}, {max(x0, x1):g}, {max(y0, y1):g})"
        flat = x0 == x1 or y0 == y1
        fix = "a side of it has no length" if flat else f"did you mean {turned}?"
        raise ValueError(
            f"expected a box (x0, y0, x1, y1) with x0 < x1 and y0 < y1, got {text}; {fix}"
        )
    height, width = image_size
    if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        raise ValueError(
            f"expected a box inside the image, x in 0 … {width} and y in 0 … {height}, got {text}; "
            "clip it to the image"
        )
    return corners


def check_mask_input(
    mask_input: ArrayLike, mask_size: tuple[int, int] = (256, 256)
) -> NDArray[np.float32]:
    """Check a mask prompt: logits of an earlier prediction.

    Parameters
    ----------
    mask_input : array_like
        (1, h, w) or (h, w).
    mask_size : (int, int)
        (h, w).

    Returns
    -------
    ndarray
        (1, h, w) float32.

    Raises
    ------
    ValueError
        If the shape is another, the values are booleans, or one is not finite.
    """
    if _as_numbers(mask_input, "mask_input").dtype == bool:
        raise ValueError(
            "expected mask_input as logits, got a mask of booleans; pass one of the "
            "low_res_logits of an earlier prediction"
        )
    logits = _as_floats(mask_input, "mask_input")
    expected = (1, *mask_size)
    if logits.shape not in {expected, mask_size}:
        raise ValueError(
            f"expected mask_input of shape {expected}, got {logits.shape}; pass one of the "
            "low_res_logits of an earlier prediction, such as low_res_logits[:1]"
        )
    return logits.reshape(expected).astype(np.float32)


def _as_numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"expected {name} as an array of numbers, got no array: {error}"
        ) from error
    if array.dtype.kind not in "buif":
        raise ValueError(f"expected {name} as an array of numbers, got dtype {array.dtype}")
    return array


def _as_floats(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = _as_numbers(values, name).astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"expected finite numbers in {name}, got NaN or infinity")
    return array
