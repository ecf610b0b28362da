"""`napari-sam demo`: a first look, in napari where there is a display, else in files."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from napari_sam.commands.parsing import OneLineParser

# On the picture of coins, x and y: the middle of one coin, and others from side to side.
_CLICK = ((100.0, 57.0, 1),)
_BOXES = (
    (132.0, 28.0, 179.0, 74.0),
    (192.0, 30.0, 240.0, 73.0),
    (305.0, 16.0, 365.0, 72.0),
    (245.0, 95.0, 296.0, 144.0),
    (315.0, 156.0, 380.0, 218.0),
    (18.0, 233.0, 75.0, 288.0),
)


def add_parser(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    """Add the command to the program's parser."""
    parser = commands.add_parser(
        "demo",
        help="segment a picture that comes along: in napari, or without a display into files",
        description="Open napari with a picture and a first object segmented. Without a display, "
        "segment some objects of it and write labels.tif and overlay.png.",
    )
    parser.add_argument("--headless", action="store_true", help="files, even with a display")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("demo_output"),
        metavar="FOLDER",
        help="folder for the files; what an earlier demo left there is replaced (%(default)s)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Open the viewer if there can be one, else write files."""
    if arguments.headless or not (has_display() and _has_qt()):
        return run_headless(arguments.output)
    from napari_sam.widgets.demo import open_demo

    open_demo(block=True)
    return 0


def has_display() -> bool:
    """Whether a window could be shown."""
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_headless(folder: Path) -> int:
    """Segment coins of the picture: one by a click, the others by boxes."""
    from napari_sam.commands.segment import report, segment, write_overlay
    from napari_sam.inference.image_files import (
        LABEL_SUFFIXES,
        require_output,
        write_labels_image,
    )
    from napari_sam.inference.preprocessing import to_rgb_uint8
    from napari_sam.inference.prompts import Prompts
    from napari_sam.sample_data import coins

    prompts = [Prompts(points=_CLICK), *(Prompts(box=box) for box in _BOXES)]
    picture = to_rgb_uint8(coins()[0][0])
    folder.mkdir(parents=True, exist_ok=True)
    require_output(folder / "labels.tif", LABEL_SUFFIXES, force=True)
    labels, objects = segment(picture, prompts, None)
    write_labels_image(folder / "labels.tif", labels, force=True)
    write_overlay(folder / "overlay.png", picture, labels, force=True)
    report(objects)
    print(folder / "labels.tif")
    print(folder / "overlay.png")
    return 0


def _has_qt() -> bool:
    """Whether napari has a Qt to draw with; says what to do if not."""
    try:
        import qtpy.QtWidgets  # noqa: F401
    except ImportError:
        print(
            "napari-sam: there is no Qt for napari to draw with; install "
            "'napari-sam-medical[all]'. Going on without a window.",
            file=sys.stderr,
        )
        return False
    return True
