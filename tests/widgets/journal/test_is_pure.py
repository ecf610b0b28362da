from __future__ import annotations

import subprocess
import sys

MODULES = ["journal.content", "journal.recorder", "recoverable", "replay", "session_file"]


def test_without_a_window_there_is_neither_qt_nor_napari():
    imports = ", ".join(f"napari_sam.widgets.{name}" for name in MODULES)
    code = f"import sys, {imports}; print({{'qtpy', 'napari', 'torch'}} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "set()\n", run.stdout + run.stderr
