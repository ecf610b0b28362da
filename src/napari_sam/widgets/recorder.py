"""Records what happens to the prompts of an image in the session's history."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from napari_sam.widgets.changes import PromptChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_sam.widgets.history import History
    from napari_sam.widgets.prompt_layers import PromptLayers
    from napari_sam.widgets.prompt_state import PromptState


class PromptRecorder:
    """Compares the prompts with what they were and records the difference.

    Parameters
    ----------
    prompts : PromptLayers
        The prompt layers of one image.
    history : History
        Where changes are recorded, but for those that it makes itself.
    """

    def __init__(self, prompts: PromptLayers, history: History) -> None:
        self._prompts, self._history = prompts, history
        self._known = prompts.state()
        self._holds = 0

    def look(self) -> None:
        """Take notice that the prompts may have changed."""
        present = self._prompts.state()
        if self._history.is_travelling:
            self._known = present
        elif present != self._known and not self._holds:
            known, self._known = self._known, present
            change = PromptChange(_description(known, present), self._prompts, known, present)
            self._history.record(change)

    @contextmanager
    def one_change(self) -> Iterator[None]:
        """Record all that happens within as one change, such as the drawing of a box."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self.look()


def _description(before: PromptState, after: PromptState) -> str:
    """Say what was done to the prompts."""
    for count, one in (
        (len(after.points) - len(before.points), "point"),
        (len(after.shapes) - len(before.shapes), "shape"),
    ):
        if count > 0:
            return f"added {one}" + ("s" if count > 1 else "")
        if count < 0:
            return f"deleted {one}" + ("s" if count < -1 else "")
    return "changed prompt"
