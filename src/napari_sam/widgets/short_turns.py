"""Taking turns with the GUI thread for the interpreter, often."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TURN = 0.0005  # seconds


@contextmanager
def short_turns() -> Iterator[None]:
    """Let threads wait half a millisecond for the interpreter and not five, within the block.

    PyTorch gives the interpreter's lock away in each operation and has to get it back after it.
    While the GUI thread runs Python, as when napari adds a point, every one of a decoder's many
    small operations would wait for its turn. This lasts for one prediction only, as changing
    turns costs all threads.

    Two blocks at once, in two viewers, leave the process as it was: the inner one does nothing.
    """
    before = sys.getswitchinterval()
    if before <= _TURN:
        yield
        return
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
