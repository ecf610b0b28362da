"""Which image's work the banner offers, and what becomes of the earlier session."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import LayerList
from napari.layers import Image
from qtpy.QtCore import QObject, Signal
from tests.widgets.journal.work import Work

from napari_sam.widgets import recovery_banner
from napari_sam.widgets.changes import PixelChange
from napari_sam.widgets.grid import working_grid
from napari_sam.widgets.journal.folder import sessions
from napari_sam.widgets.recovery_banner import RecoveryBanner


class FakeJournal:
    def __init__(self, folder):
        self.folder, self.is_on = folder, True

    def afterwards(self, task):
        task()


class FakeSession(QObject):
    images_changed = Signal()

    def __init__(self, folder):
        super().__init__()
        self.viewer = SimpleNamespace(layers=LayerList())
        self.history, self.journal = None, FakeJournal(folder)
        self.workspace = None

    @property
    def image(self):
        return None if self.workspace is None else self.workspace.image

    def choose(self, image):
        self.workspace = (
            None if image is None else SimpleNamespace(image=image, grid=working_grid(image))
        )
        self.images_changed.emit()


@pytest.fixture
def session(sessions_root, qapp):
    return FakeSession(sessions_root)


@pytest.fixture
def brought(monkeypatch):
    """What is brought back: the images; and the warnings that come of it."""
    found = SimpleNamespace(images=[], warnings=[])

    def bring_back(_labels, _prompts, workspace, _viewer, _history):
        found.images.append(workspace.image)
        return found.warnings

    monkeypatch.setattr(recovery_banner, "bring_back", bring_back)
    return found


@pytest.fixture
def banner(session, qtbot):
    made = RecoveryBanner(session)
    qtbot.addWidget(made)
    return made


def leave_work(shape):
    """Leave an earlier session's work on an image, and return the image."""
    work = Work(shape)
    work.history.do(PixelChange.of("one", work.labels, (np.array([1]), np.array([2])), 1))
    work.close()
    return Image(work.image.data, name=work.image.name)


def choose(session, banner, image, qtbot):
    session.choose(image)
    qtbot.waitUntil(lambda: not banner.is_searching)


def test_an_offer_is_shown_with_its_own_image_only(session, banner, brought, sessions_root, qtbot):
    blank, worked = Image(np.ones((9, 9))), leave_work((20, 30))
    choose(session, banner, blank, qtbot)
    assert banner.isHidden()
    choose(session, banner, worked, qtbot)
    assert not banner.isHidden()
    choose(session, banner, blank, qtbot)  # which was asked about already
    assert banner.isHidden()
    assert banner.offered is None
    banner.continue_button.click()
    assert brought.images == []
    assert len(sessions(sessions_root)) == 1
    choose(session, banner, None, qtbot)
    choose(session, banner, worked, qtbot)
    assert not banner.isHidden()
    banner.continue_button.click()
    assert brought.images == [worked]
    assert sessions(sessions_root) == []
    choose(session, banner, blank, qtbot)
    choose(session, banner, worked, qtbot)
    assert banner.isHidden()


def test_two_images_have_each_its_offer(session, banner, qtbot):
    one, two = leave_work((20, 30)), leave_work((22, 33))
    choose(session, banner, one, qtbot)
    first = banner.offered
    choose(session, banner, two, qtbot)
    assert banner.offered.reference.shape == (22, 33)
    choose(session, banner, one, qtbot)
    assert banner.offered is first


def test_a_search_that_was_cut_short_is_made_again(session, banner, monkeypatch, qtbot):
    worked, may_go_on = leave_work((20, 30)), threading.Event()
    search = recovery_banner.recoverable_sessions

    def slow_search(*arguments, **settings):
        may_go_on.wait(5)
        yield from search(*arguments, **settings)

    monkeypatch.setattr(recovery_banner, "recoverable_sessions", slow_search)
    session.choose(worked)
    session.choose(None)
    may_go_on.set()
    qtbot.wait(50)
    assert banner.isHidden()
    choose(session, banner, worked, qtbot)
    assert not banner.isHidden()


def test_news_about_the_same_image_leave_a_search_alone(session, banner, qtbot):
    worked = leave_work((20, 30))
    choose(session, banner, worked, qtbot)
    found = banner.offered
    banner.later_button.click()
    session.images_changed.emit()
    assert not banner.is_searching
    assert banner.isHidden()
    assert found is not None


@pytest.mark.parametrize("reason", ["a warning", "no journal"])
def test_what_is_not_in_the_new_journal_is_kept(
    session, banner, brought, sessions_root, qtbot, reason
):
    choose(session, banner, leave_work((20, 30)), qtbot)
    if reason == "a warning":
        brought.warnings = ["It lies elsewhere."]
    else:
        session.journal.is_on = False
    with qtbot.waitSignal(banner.said) as said:
        banner.continue_button.click()
    assert said.args[0].endswith("The earlier session's own copy is kept.")
    assert len(brought.images) == len(sessions(sessions_root)) == 1


def test_a_journal_is_on_until_it_fails_or_ends(sessions_root, qtbot):
    work = Work()
    assert work.writer.is_on
    work.close()
    assert not work.writer.is_on
    sessions_root.write_text("a file where the folder should be")
    failing = Work()
    failing.history.do(PixelChange.of("x", failing.labels, (np.array([1]), np.array([2])), 1))
    qtbot.waitUntil(lambda: not failing.writer.is_on)
    failing.close()
