"""The object being made as the history keeps it: small, however large the image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_sam.widgets.pictures import bounding_box, candidate_pictures

if TYPE_CHECKING:
    import numpy.typing as npt

    from napari_sam.widgets.current_object import ObjectState


@dataclass(frozen=True, slots=True, eq=False)
class KeptObject:
    """An `ObjectState` whose masks are kept as bits within the box that holds them all.

    At 1024 x 1024 three masks and their pictures take 6 MB; here it is a few kB for a cell.
    """

    _state: ObjectState
    _masks: _Bits | None
    _objects: _Bits | None

    @classmethod
    def of(cls, state: ObjectState) -> KeptObject:
        """Keep a state."""
        masks = state.candidates
        if masks is None:
            return cls(state, None, None)
        nothing = np.zeros((0, 0, 0), np.uint8)
        bare = replace(masks, masks=nothing.astype(bool), pictures=nothing, objects=None)
        objects = None if masks.objects is None else _Bits.of(masks.objects)
        return cls(replace(state, candidates=bare), _Bits.of(masks.masks), objects)

    def state(self) -> ObjectState:
        """Return the state as it was; its pictures are drawn anew."""
        bare, bits = self._state.candidates, self._masks
        if bare is None or bits is None:
            return self._state
        masks = bits.masks()
        objects = None if self._objects is None else self._objects.masks()
        pictures = candidate_pictures(masks)
        candidates = replace(bare, masks=masks, pictures=pictures, objects=objects)
        return replace(self._state, candidates=candidates)


@dataclass(frozen=True, slots=True, eq=False)
class _Bits:
    """Masks, (N, rows, columns), as bits."""

    shape: tuple[int, ...]
    box: Any
    part: tuple[int, ...]
    bits: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, masks: npt.NDArray[np.bool_]) -> _Bits:
        box = bounding_box(np.logical_or.reduce(masks)) or np.s_[0:0, 0:0]
        part = masks[:, *box]
        return cls(masks.shape, box, part.shape, np.packbits(part))

    def masks(self) -> npt.NDArray[np.bool_]:
        masks = np.zeros(self.shape, dtype=bool)
        count = int(np.prod(self.part))
        masks[:, *self.box] = np.unpackbits(self.bits, count=count).reshape(self.part)
        return masks
