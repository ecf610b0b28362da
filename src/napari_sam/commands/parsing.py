"""Arguments of the command line, with errors of one line."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_sam.inference.prompts import Prompts


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage in front; they exit with 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is."""
        self.exit(2, f"{self.prog}: error: {message}; see {self.prog} --help\n")


class PrintVersion(argparse.Action):
    """Prints the version; looks it up only then, which takes a tenth of a second."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print and exit."""
        from importlib.metadata import version

        print(version("napari-sam-medical"))
        parser.exit()


def point(text: str) -> tuple[float, float, int]:
    """Read ``X,Y`` or ``X,Y,LABEL`` as x, y and label (1 foreground, the default; 0 background)."""
    numbers = _numbers(text)
    if len(numbers) == 2:
        numbers.append(1.0)
    if len(numbers) != 3 or numbers[2] not in (0, 1):
        raise argparse.ArgumentTypeError(
            f"expected X,Y or X,Y,1 (foreground) or X,Y,0 (background), got {text!r}"
        )
    return numbers[0], numbers[1], int(numbers[2])


def box(text: str) -> tuple[float, float, float, float]:
    """Read ``X0,Y0,X1,Y1``."""
    numbers = _numbers(text)
    if len(numbers) != 4:
        raise argparse.ArgumentTypeError(f"expected X0,Y0,X1,Y1, got {text!r}")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def objects_of(
    points: Sequence[tuple[float, float, int]], boxes: Sequence[tuple[float, float, float, float]]
) -> list[Prompts]:
    """Sort points to the boxes they lie in; without a box they are one object.

    Raises
    ------
    ValueError
        If there is no prompt, only background points, or a point in no box or in several.
    """
    from napari_sam.inference.prompts import Prompts

    if not boxes:
        if not any(label for _, _, label in points):
            raise ValueError(
                "expected a --box or a foreground --point, got none; say what to segment"
            )
        return [Prompts(points=tuple(points))]
    inside: list[list[tuple[float, float, int]]] = [[] for _ in boxes]
    for x, y, label in points:
        around = [i for i, (x0, y0, x1, y1) in enumerate(boxes) if x0 <= x <= x1 and y0 <= y <= y1]
        if len(around) != 1:
            found = " and ".join(str(i + 1) for i in around)
            where = f"in boxes {found}" if around else "in none"
            raise ValueError(
                f"expected each point in exactly one box, got ({x:g}, {y:g}) {where}; segment "
                "that object in a run of its own"
            )
        inside[around[0]].append((x, y, label))
    return [Prompts(tuple(own), box) for own, box in zip(inside, boxes, strict=True)]


def _numbers(text: str) -> list[float]:
    """Read finite numbers between commas; none if any is no number."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return []
    return numbers if all(math.isfinite(number) for number in numbers) else []
