from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from npe2 import PluginManifest

from napari_sam import sample_data
from napari_sam.sample_data import make_nuclei

MANIFEST = Path(str(files("napari_sam") / "napari.yaml"))


def test_npe2_validates_the_manifest():
    run = subprocess.run(
        [sys.executable, "-m", "npe2", "validate", str(MANIFEST), "--no-imports"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_command_leads_to_something():
    manifest = PluginManifest.from_file(MANIFEST)
    manifest.validate_imports()
    commands = {command.id for command in manifest.contributions.commands}
    used = {each.command for each in manifest.contributions.widgets}
    used |= {each.command for each in manifest.contributions.sample_data}
    used |= {each.command for each in manifest.contributions.writers}
    used |= {each.command for each in manifest.contributions.readers}
    assert used == commands


@pytest.mark.parametrize("name", ["cells", "coins", "nuclei_stack"])
def test_samples_come_without_a_download(name, monkeypatch):
    import pooch

    def refuse(*_args, **_kwargs):
        raise AssertionError("a sample was to be downloaded")

    monkeypatch.setattr(pooch.Pooch, "fetch", refuse)
    monkeypatch.setattr(pooch, "retrieve", refuse)
    ((data, settings, kind),) = getattr(sample_data, name)()
    assert kind == "image"
    assert data.size > 10_000
    assert settings["name"]


def test_the_stack_is_the_same_every_time_and_has_nuclei():
    stack = make_nuclei((16, 96, 96), count=10)
    assert np.array_equal(stack, make_nuclei((16, 96, 96), count=10))
    assert stack.dtype == np.uint16
    assert stack.max() > 3 * np.median(stack)
