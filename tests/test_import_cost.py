"""What an import brings along, each time in a fresh process."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(code: str) -> str:
    """What a new interpreter prints for `code`."""
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


def loaded_after(imports: str) -> set[str]:
    """The top-level packages in memory after `imports`."""
    return set(
        run(f"import sys, {imports}; print(*{{n.split('.')[0] for n in sys.modules}})").split()
    )


def test_importing_the_package_takes_less_than_0_3_s():
    code = "from time import perf_counter as t; s = t(); import napari_sam; print(t() - s)"
    # The best of several: a busy machine can only make it slower.
    assert min(float(run(code)) for _ in range(5)) < 0.3


def test_importing_the_package_brings_neither_torch_nor_qt_nor_napari():
    assert loaded_after("napari_sam").isdisjoint({"torch", "qtpy", "napari"})


@pytest.mark.parametrize("imports", ["napari_sam.inference", "sam_medical"])
def test_below_the_widgets_there_is_neither_qt_nor_napari(imports: str):
    assert loaded_after(imports).isdisjoint({"magicgui", "napari", "qtpy"})
