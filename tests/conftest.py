"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images with masks, which lies beside the repository and not in it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real images of ../shared/data, which is not there")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def sessions_root(tmp_path, monkeypatch) -> Path:
    """The folder of all sessions: of this test alone, and not the user's."""
    root = tmp_path / "sessions"
    monkeypatch.setenv("NAPARI_SAM_SESSIONS", str(root))
    return root
