"""A session's present state, as a session file holds it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from napari_sam.widgets.classes import classes_of
from napari_sam.widgets.grid import level_data
from napari_sam.widgets.journal.reference import fingerprint
from napari_sam.widgets.journal_writer import reference_to
from napari_sam.widgets.session_file import SavedLabels, SavedSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Labels

    from napari_sam.widgets.workspace import Workspace


def snapshot(workspace: Workspace, model: str) -> Callable[[], SavedSession]:
    """Take the state of an image's session.

    Returns
    -------
    callable
        Gives the session, after reading a little of the image, which may take long: call it
        off the GUI thread. Labels are taken as they are then.
    """
    image = workspace.image
    data = level_data(image, workspace.grid)
    reference, prompts = reference_to(image, data), workspace.prompts.state()
    layer = labels_of(workspace)
    records = () if workspace.objects is None else workspace.objects.records.records

    classes = () if layer is None else tuple(classes_of(layer))

    def taken() -> SavedSession:
        known = replace(reference, fingerprint=fingerprint(data))
        labels: tuple[SavedLabels, ...] = ()
        if layer is not None:
            labels = (SavedLabels(layer.name, np.asarray(layer.data), records, classes),)
        return SavedSession(known, model, prompts, labels)

    return taken


def labels_of(workspace: Workspace) -> Labels | None:
    """Return the objects layer of an image, if there is one."""
    return None if workspace.objects is None else workspace.objects.layer
