"""Hold a viewer without keeping it alive."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    from napari import Viewer


class WeakViewer:
    """A reference to a viewer that lets it go when its window closes.

    Whatever lives in the window must hold the viewer by this: Qt keeps the children of a
    window alive, and they would keep viewer, window and canvas.

    Parameters
    ----------
    viewer : Viewer
        The viewer.
    """

    def __init__(self, viewer: Viewer) -> None:
        self._ref = ref(viewer)

    def __call__(self) -> Viewer:
        """Return the viewer.

        Raises
        ------
        ReferenceError
            If it is gone.
        """
        viewer = self._ref()
        if viewer is None:
            raise ReferenceError("the viewer of this session is gone; open the dock in another")
        return viewer
