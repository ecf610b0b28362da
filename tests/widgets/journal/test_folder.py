"""Which sessions are kept, and for how long."""

from __future__ import annotations

import os
import time

import pytest

from napari_sam.widgets.journal.folder import (
    MAX_AGE,
    Header,
    SessionFolder,
    outlived,
    prune,
    sessions,
    sessions_folder,
)


@pytest.fixture
def make(sessions_root):
    """Make a session that ended some days ago."""

    def make_(days=0.0, size=10, in_use=False):
        folder = SessionFolder.begin(sessions_root, Header(os.getpid(), time.time()))
        folder.journal.write_bytes(bytes(size))
        then = time.time() - days * 24 * 3600
        os.utime(folder.journal, (then, then))
        if not in_use:
            folder.release()
        return folder

    return make_


def test_the_folder_can_be_chosen(sessions_root, monkeypatch):
    assert sessions_folder() == sessions_root
    monkeypatch.delenv("NAPARI_SAM_SESSIONS")
    assert sessions_folder().parts[-2:] == ("napari-sam-medical", "sessions")


def test_old_sessions_go_but_not_one_in_use(make, sessions_root):
    fresh, old, used = make(1), make(40), make(50, in_use=True)
    prune(sessions_root)
    assert {each.path for each in sessions(sessions_root)} == {fresh.path, used.path}
    assert not old.path.exists()
    used.release()
    prune(sessions_root)
    assert not used.path.exists()


def test_too_much_goes_the_oldest_first_and_never_the_newest(make, sessions_root):
    newest, middle, oldest = make(1, 5000), make(2, 100), make(3, 100)
    found = sessions(sessions_root)
    assert [each.path for each in found] == [newest.path, middle.path, oldest.path]
    chosen = list(outlived(found, time.time(), MAX_AGE, max_total=newest.size + middle.size))
    assert [each.path for each in chosen] == [oldest.path]
    chosen = list(outlived(found, time.time(), MAX_AGE, max_total=10))
    assert [each.path for each in chosen] == [middle.path, oldest.path]


def test_a_header_that_is_none_is_said(make):
    folder = make()
    assert folder.header() == Header(os.getpid(), folder.header().started)
    (folder.path / "session.json").write_text('{"pid": 1}')
    with pytest.raises(ValueError, match="expected a session's header in"):
        folder.header()
