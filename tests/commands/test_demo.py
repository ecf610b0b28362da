"""`napari-sam demo`."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from napari_sam import cli
from napari_sam.commands import demo
from napari_sam.inference.image_files import read_image
from napari_sam.sample_data import coins

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.conftest import Program


def test_without_a_display_it_writes_labels_and_an_overlay(program: Program, tmp_path: Path):
    for _ in range(2):  # the second replaces what the first wrote
        done = program("demo")
        assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "demo_output"
    assert {path.name for path in folder.iterdir()} == {"labels.tif", "overlay.png"}
    labels = read_image(folder / "labels.tif")
    assert labels.shape == coins()[0][0].shape
    assert set(np.unique(labels)) == set(range(8))
    assert read_image(folder / "overlay.png").shape == (*labels.shape, 3)
    assert done.stdout.splitlines()[-2:] == ["demo_output/labels.tif", "demo_output/overlay.png"]


def test_the_folder_is_chosen(program: Program, tmp_path: Path):
    (tmp_path / "file").touch()
    done = program("demo", "--headless", "--output", "file")
    assert done.returncode == 2
    assert "file" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Collects calls of `open_demo` in the place of the real one."""
    calls: list[bool] = []
    module = ModuleType("napari_sam.widgets.demo")
    module.open_demo = lambda block: calls.append(block)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "napari_sam.widgets.demo", module)
    return calls


def test_with_a_display_it_opens_napari(opened: list[bool], monkeypatch):
    monkeypatch.setenv("DISPLAY", ":99")
    assert cli.main(["demo"]) == 0
    assert opened == [True]


@pytest.mark.parametrize("reason", ["asked", "no display", "no Qt"])
def test_else_it_goes_without_a_window(opened: list[bool], monkeypatch, capsys, reason: str):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", "" if reason == "no display" else ":99")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    if reason == "no Qt":
        monkeypatch.setitem(sys.modules, "qtpy.QtWidgets", None)
    folders: list[object] = []
    monkeypatch.setattr(demo, "run_headless", lambda folder: folders.append(folder) or 0)
    assert cli.main(["demo", *(["--headless"] if reason == "asked" else [])]) == 0
    assert not opened
    assert [str(folder) for folder in folders] == ["demo_output"]
    said = capsys.readouterr().err
    assert ("install 'napari-sam-medical[all]'" in said) == (reason == "no Qt")


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("darwin", {}, True),
        ("win32", {}, True),
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": ""}, False),
    ],
)
def test_a_display_is_recognised(monkeypatch, platform: str, variables, expected: bool):
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert demo.has_display() is expected
