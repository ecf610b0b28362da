from __future__ import annotations

import pytest

from napari_sam.widgets.journal.folder import FOLDER_VARIABLE


@pytest.fixture(autouse=True)
def sessions_root(tmp_path, monkeypatch):
    """The folder of all sessions, of this test alone."""
    root = tmp_path / "sessions"
    monkeypatch.setenv(FOLDER_VARIABLE, str(root))
    return root
