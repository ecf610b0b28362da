"""A real viewer in a real window, driven by real mouse and key events."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from qtpy import API_NAME, QT_VERSION
from tests.end_to_end.driver import Driver
from tests.end_to_end.heartbeat import work_threads
from tests.end_to_end.stand_in import stand_in_loader


@pytest.fixture(autouse=True)
def _needs_a_display():
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen" or (
        sys.platform == "linux" and not os.environ.get("DISPLAY")
    ):
        pytest.skip("needs a display with OpenGL, such as Xvfb")
    if API_NAME == "PySide6" and QT_VERSION.startswith("6.12.0") and sys.version_info < (3, 12):
        pytest.fail("PySide6 6.12.0 loses references to None and crashes Python 3.11: use 6.11.3")


@pytest.fixture(autouse=True)
def _leaves_no_thread(qtbot):
    """Whatever a test did, the work's thread ends within 2 s of the window."""
    yield
    qtbot.waitUntil(lambda: not work_threads(), timeout=2000)


@pytest.fixture
def pictures(tmp_path):
    """The folder that pictures of the states are written to."""
    folder = Path(os.environ.get("NAPARI_SAM_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def open_viewer(make_napari_viewer, qtbot, pictures):
    """Open a viewer with the dock; returns what drives it."""
    drivers = []

    def open_(load=None):
        viewer = make_napari_viewer(show=True)
        driver = Driver(viewer, qtbot, load or stand_in_loader(), pictures)
        drivers.append(driver)
        return driver

    yield open_
    for driver in drivers:
        driver.forget()
