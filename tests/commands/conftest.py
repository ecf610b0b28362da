"""A small model in a file, and the program in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

import pytest
import torch

from napari_sam.sam.build import build_sam
from napari_sam.weights.checkpoint import save_checkpoint

if TYPE_CHECKING:
    from pathlib import Path


class Program(Protocol):
    """Runs ``napari-sam`` with arguments, and returns when it has ended."""

    def __call__(self, *arguments: object) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small SAM with random weights; its masks mean nothing, but are the same each time."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_checkpoint(build_sam("vit_s").state_dict(), path, half=True)
    return path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment with an empty cache, no display and no way to the network."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    return kept | proxies | {"NAPARI_SAM_CACHE": str(tmp_path / "cache"), "COLUMNS": "100"}


@pytest.fixture
def program(tmp_path: Path, environment: dict[str, str]) -> Program:
    """The program, run in an empty folder."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "napari_sam.cli", *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run
