"""How large a pixel is, an axis, and in which unit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PIXEL = "px"
UNKNOWN = "units"
"""The unit of axes that have a scale but no unit."""

METRES = {"nm": 1e-9, "µm": 1e-6, "mm": 1e-3, "cm": 1e-2, "m": 1.0}
"""The lengths that are known here, in metres."""

_POWERS = {1: "", 2: "²", 3: "³"}
_NAMES = {
    "nanometer": "nm",
    "micrometer": "µm",
    "micron": "µm",
    "um": "µm",
    "\N{GREEK SMALL LETTER MU}m": "µm",
    "millimeter": "mm",
    "centimeter": "cm",
    "meter": "m",
    "second": "s",
    "pixel": PIXEL,
    "": PIXEL,
}


@dataclass(frozen=True, slots=True)
class PixelSize:
    """The length of a pixel along each axis of an array.

    Attributes
    ----------
    scale : tuple of float
        Length of a pixel, an axis, in the order of the array's axes; above 0.
    units : tuple of str
        The unit of each: "nm", "µm", "mm", "cm", "m", another name as it is, "px" for an axis
        of scale 1 without a unit, "units" for a scale without a unit.

    Raises
    ------
    ValueError
        If the two differ in length, or a scale is not a number above 0.
    """

    scale: tuple[float, ...]
    units: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.scale) != len(self.units):
            raise ValueError(
                f"expected a unit for each of {len(self.scale)} axes, got {len(self.units)}: "
                f"{self.units}"
            )
        if not all(math.isfinite(length) and length > 0 for length in self.scale):
            raise ValueError(
                f"expected lengths of pixels above 0, got {self.scale}; set the layer's scale"
            )

    @classmethod
    def pixels(cls, ndim: int) -> PixelSize:
        """Measure in pixels."""
        return cls((1.0,) * ndim, (PIXEL,) * ndim)

    @classmethod
    def of(cls, scale: Sequence[float], units: Sequence[str]) -> PixelSize:
        """Take scale and units as they are found, and turn all lengths into one unit.

        Parameters
        ----------
        scale : sequence of float
            An axis. The sign of a mirrored axis is dropped.
        units : sequence of str
            Names or signs of units: "micrometer", "um", "µm", "pixel", ….
        """
        signs = [_NAMES.get(unit, unit) for unit in units]
        lengths = [abs(float(length)) for length in scale]
        common = next((sign for sign in reversed(signs) if sign in METRES), None)
        for axis, sign in enumerate(signs):
            if sign in METRES and common is not None and sign != common:
                lengths[axis] *= METRES[sign] / METRES[common]
                signs[axis] = common
        if any(s == PIXEL and length != 1 for s, length in zip(signs, lengths, strict=True)):
            signs = [UNKNOWN if sign == PIXEL else sign for sign in signs]
        # A length in one unit that came from another is rounded where floats no longer tell.
        return cls(tuple(float(f"{length:.12g}") for length in lengths), tuple(signs))

    @property
    def ndim(self) -> int:
        """How many axes."""
        return len(self.scale)

    @property
    def unit(self) -> str | None:
        """The one unit of all axes; None where they differ, as of time and space."""
        return self.units[0] if len(set(self.units)) == 1 else None

    @property
    def pixel_area(self) -> float:
        """Area of a pixel; volume of a voxel."""
        return math.prod(self.scale)

    @property
    def area_unit(self) -> str:
        """The unit of `pixel_area`: "µm²", "mm³", "s·µm²"; "px" where pixels are counted."""
        if self.unit == PIXEL:
            return PIXEL
        parts = []
        for unit in dict.fromkeys(self.units):
            power = self.units.count(unit)
            parts.append(f"{unit}{_POWERS.get(power, f'^{power}')}")
        return "·".join(parts)
