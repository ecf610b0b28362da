from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, fields
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import napari.settings
import pytest
import yaml

from napari_sam.weights.catalogue import read_catalogue
from napari_sam.widgets.models import loader_of
from napari_sam.widgets.settings import GROUP, PLUGIN, Settings, read_settings

MANIFEST = Path(str(files("napari_sam") / "napari.yaml"))
HAS_PLUGIN_SETTINGS = hasattr(napari.settings, "get_plugin_settings")


def declared():
    contributions = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["contributions"]
    return contributions["configurations"][GROUP]["properties"]


@pytest.fixture
def kept(monkeypatch):
    """Let napari keep these values."""

    def keep(**values):
        monkeypatch.setattr(
            napari.settings,
            "get_plugin_settings",
            lambda name: {PLUGIN: SimpleNamespace(**{GROUP: SimpleNamespace(**values)})}[name],
            raising=False,
        )

    return keep


def test_the_manifest_declares_every_setting_with_its_default():
    assert {name: each["default"] for name, each in declared().items()} == asdict(Settings())


def test_the_manifest_offers_the_models_of_the_catalogue():
    assert declared()["model"]["enum"] == list(read_catalogue())


def test_what_is_set_is_read(kept):
    values = {
        "model": "vit_b",
        "hover_preview": False,
        "overlap": "ask",
        "autosave": False,
        "autosave_folder": "~/kept",
        "model_sees_contrast_limits": True,
        "precision": "float32",
        "threads": 3,
    }
    assert set(values) == {field.name for field in fields(Settings)}
    kept(**values)
    assert read_settings() == Settings(**values)
    assert read_settings().autosave_path == Path.home() / "kept"
    assert Settings().autosave_path is None


def test_what_is_missing_or_makes_no_sense_has_its_default(kept):
    kept(overlap="whatever", threads=-1, hover_preview="yes", model=None, precision="float32")
    assert read_settings() == Settings(precision="float32")


def test_a_plugin_that_napari_does_not_know_has_the_defaults(monkeypatch):
    monkeypatch.setattr(
        napari.settings, "get_plugin_settings", lambda name: {}[name], raising=False
    )
    assert read_settings() == Settings()


def test_an_older_napari_has_the_defaults(monkeypatch):
    monkeypatch.delattr(napari.settings, "get_plugin_settings", raising=False)
    assert read_settings() == Settings()


@pytest.mark.skipif(not HAS_PLUGIN_SETTINGS, reason="napari keeps settings of plugins since 0.9")
def test_napari_keeps_them_in_a_file_and_refuses_other_values(tmp_path):
    """In a process of its own: napari reads the file once."""
    script = f"""
from napari.settings import get_plugin_settings
from napari_sam.widgets.settings import Settings, read_settings
assert read_settings() == Settings(), read_settings()
group = get_plugin_settings({PLUGIN!r}).{GROUP}
group.threads, group.overlap = 2, "ask"
assert read_settings() == Settings(threads=2, overlap="ask"), read_settings()
try:
    group.overlap = "sometimes"
except ValueError:
    print("refused")
"""
    environment = {"NAPARI_CONFIG": str(tmp_path / "settings.yaml"), "QT_QPA_PLATFORM": "offscreen"}
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "refused"


def test_precision_and_threads_reach_the_predictor():
    import torch

    before = torch.get_num_threads()
    try:
        made = []

        def run():
            load = loader_of(Settings(precision="bfloat16", threads=1))
            made.append((yield from load("default")))

        list(run())
        assert made[0]().dtype == torch.bfloat16
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
