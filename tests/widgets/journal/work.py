"""Layers without a viewer, and a history whose changes are made to them."""

from __future__ import annotations

import numpy as np
from napari.layers import Image, Labels

from napari_sam.widgets.history import History
from napari_sam.widgets.journal_writer import JournalWriter
from napari_sam.widgets.prompt_state import PromptState


class Prompts:
    """Holds the prompts of an image as the prompt layers do."""

    def __init__(self):
        self.held = PromptState()

    def restore(self, state):
        self.held = state


class Work:
    """An image, its labels and its prompts, a history, and the journal of it."""

    def __init__(self, shape=(20, 30), labels=None, name="cells"):
        self.image = Image(np.arange(np.prod(shape), dtype=np.uint16).reshape(shape), name=name)
        data = np.zeros(shape, np.int32) if labels is None else labels
        self.labels = Labels(data, name="objects")
        self.prompts = Prompts()
        self.history = History()
        self.writer = JournalWriter(self.history, self.image_of)
        self.errors = []
        self.writer.failed.connect(self.errors.append)

    def image_of(self, about):
        return self.image if about in (self.labels, self.prompts) else None

    def close(self):
        self.writer.close()
        assert self.writer.join(3)
