"""`napari-sam models`, in processes of its own."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.weights.file_server import FileServer, serve

from napari_sam.weights.catalogue import read_catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.conftest import Program

CONTENT = os.urandom(2_000_000)

# The program with a catalogue that has one more model. Tests run in the background of a shell
# inherit from it that Ctrl+C is ignored; a person's terminal does not do that.
WITH_A_SMALL_MODEL = """
import signal
import sys

signal.signal(signal.SIGINT, signal.default_int_handler)
from napari_sam import cli
from napari_sam.commands import models
from napari_sam.weights.catalogue import CatalogueEntry
url, hash_, *arguments = sys.argv[1:]
models.find_model = lambda name: CatalogueEntry(
    name=name, architecture="vit_s", file="small.pth", licence="MIT", domain="tests",
    preprocessing="mean_std", url=url, hash=hash_)
sys.exit(cli.main(arguments))
"""


def start(server: FileServer, environment: dict[str, str]) -> subprocess.Popen[str]:
    digest = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    return subprocess.Popen(
        [sys.executable, "-c", WITH_A_SMALL_MODEL, server.url, digest, "models", "download", "m"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("action", [[], ["list"]])
def test_all_models_are_listed(program: Program, action: list[str]):
    done = program("models", *action)
    assert done.returncode == 0
    header, *rows = done.stdout.splitlines()
    assert header.split() == ["NAME", "ARCHITECTURE", "WHERE", "SIZE", "MADE", "FOR", "LICENCE"]
    assert [row.split()[0] for row in rows] == list(read_catalogue())
    assert re.search(r"^default .* in the package .* BSD-3-Clause$", done.stdout, re.MULTILINE)
    assert re.search(r"^vit_b +vit_b +to download +375 MB +natural", done.stdout, re.MULTILINE)


def test_a_downloaded_model_is_listed_as_such(program: Program, tmp_path: Path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "vit_b_lm.pt").touch()
    assert re.search(r"^vit_b_lm +vit_b +downloaded ", program("models").stdout, re.MULTILINE)


def test_one_model_is_described(program: Program, tmp_path: Path):
    done = program("models", "info", "vit_b_lm")
    assert done.returncode == 0
    facts = dict(line.split(":", 1) for line in done.stdout.splitlines())
    assert {fact: value.strip() for fact, value in facts.items()} == {
        "name": "vit_b_lm",
        "architecture": "vit_b",
        "made for": "light microscopy",
        "licence": "see model page",
        "page": "https://bioimage.io/#/?id=diplomatic-bug",
        "preprocessing": "mean_std",
        "where": "to download",
        "file": str(tmp_path / "cache" / "vit_b_lm.pt"),
        "url": read_catalogue()["vit_b_lm"].url,
        "hash": read_catalogue()["vit_b_lm"].hash,
    }


def test_the_embedded_model_is_described(program: Program):
    assert "where:         in the package\n" in program("models", "info", "default").stdout


@pytest.mark.parametrize("action", ["info", "download"])
def test_an_unknown_name_is_said(program: Program, action: str):
    done = program("models", action, "vit_bb")
    assert done.returncode == 2
    assert done.stdout == ""
    start = "napari-sam: error: There is no model 'vit_bb'. Did you mean 'vit_b'? Expected one of: "
    assert done.stderr.startswith(start)
    assert done.stderr.count("\n") == 1


def test_offline_names_the_url_the_file_and_the_folder(program: Program, tmp_path: Path):
    done = program("models", "download", "vit_b")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "napari-sam: error: Could not download 'vit_b' from https://dl.fbaipublicfiles.com/"
        "segment_anything/sam_vit_b_01ec64.pth: "
    )
    assert done.stderr.endswith(f"save it as sam_vit_b_01ec64.pth in {tmp_path / 'cache'}\n")
    assert done.stderr.count("\n") == 1


def test_the_embedded_model_is_not_downloaded(program: Program):
    done = program("models", "download", "default")
    assert done.returncode == 2
    assert "got 'default', which ships in the package" in done.stderr


def test_a_model_is_downloaded_with_progress_on_stderr(environment, tmp_path: Path):
    with serve(CONTENT) as server, start(server, environment) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out == f"{tmp_path / 'cache' / 'small.pth'}\n"
    lines = err.splitlines()
    assert len(lines) > 5
    assert all(re.fullmatch(r"downloading m \d+ %", line) for line in lines[:-1])
    assert lines[-1] == "checking m 100 %"
    assert (tmp_path / "cache" / "small.pth").read_bytes() == CONTENT


def test_ctrl_c_stops_and_the_next_run_continues(environment, tmp_path: Path):
    part = tmp_path / "cache" / "small.pth.part"
    with serve(CONTENT, seconds_a_block=0.5) as server:
        with start(server, environment) as process:
            deadline = time.monotonic() + 60
            while not part.exists() or part.stat().st_size == 0:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert err.endswith("napari-sam: interrupted\n")
        assert "Traceback" not in err
        left = part.stat().st_size
        server.seconds_a_block = 0.0
        with start(server, environment) as process:
            process.communicate(timeout=60)
        assert process.returncode == 0
        assert server.requests[-1]["Range"] == f"bytes={left}-"
