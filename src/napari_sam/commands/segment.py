"""`napari-sam segment`: an image and prompts in, a label image out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from napari_sam.commands.parsing import OneLineParser, box, objects_of, point

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from napari_sam.inference.objects import SegmentedObject
    from napari_sam.inference.prompts import Prompts

_DESCRIPTION = """\
Segment objects of one image and write them as a label image: 0 is background, 1 the first object.

Without a box, all points belong to one object. With boxes, each is an object, numbered in the
order given, and a point refines the object of the one box it lies in. A pixel that several
objects claim goes to the one that the model is surest of there.

Coordinates are x,y in pixels from the upper left corner. The format of OUT follows its suffix:
.tif, .png (16 bits) or .npy.
"""


def add_parser(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    """Add the command to the program's parser."""
    parser = commands.add_parser(
        "segment",
        help="segment an image by points and boxes",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("image", type=Path, metavar="IMAGE", help="TIFF, PNG, JPEG, .npy, …")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="label image to write"
    )
    parser.add_argument(
        "--point",
        type=point,
        action="append",
        default=[],
        metavar="X,Y[,0|1]",
        help="a point on the object, or with ,0 on what is not it",
    )
    parser.add_argument(
        "--box", type=box, action="append", default=[], metavar="X0,Y0,X1,Y1", help="an object"
    )
    parser.add_argument(
        "--model", metavar="NAME", help="a name of `napari-sam models`, or a checkpoint's path"
    )
    parser.add_argument("--slice", type=int, metavar="N", help="which picture of a stack, from 0")
    parser.add_argument("--overlay", type=Path, metavar="PNG", help="draw the objects as well")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check everything that can be wrong, then segment and write."""
    from napari_sam.inference.image_files import (
        LABEL_SUFFIXES,
        read_image,
        require_output,
        write_labels_image,
    )

    prompts = objects_of(arguments.point, arguments.box)
    require_output(arguments.output, LABEL_SUFFIXES, force=arguments.force)
    if arguments.overlay is not None:
        _require_overlay(arguments.overlay, arguments.output, force=arguments.force)
    _require_known(arguments.model)
    picture = _as_picture(read_image(arguments.image, arguments.slice))
    _require_inside(prompts, picture.shape[:2])

    labels, objects = segment(picture, prompts, arguments.model)

    write_labels_image(arguments.output, labels, force=arguments.force)
    if arguments.overlay is not None:
        write_overlay(arguments.overlay, picture, labels, force=arguments.force)
    report(objects)
    print(arguments.output)
    return 0


def segment(
    picture: NDArray[np.uint8], prompts: Sequence[Prompts], model: str | None
) -> tuple[NDArray[np.int32], list[SegmentedObject]]:
    """Load the model, with a bar on stderr if that takes a download, and segment.

    Parameters
    ----------
    picture : ndarray
        (H, W, 3) uint8.
    prompts : sequence of Prompts
        One an object.
    model : str or None
        As `load_model` takes it.

    Returns
    -------
    labels : ndarray
        (H, W) int32.
    objects : list of SegmentedObject
        One for each of the prompts.
    """
    from napari_sam.commands.progress_bar import ProgressBar
    from napari_sam.inference.objects import segment_objects
    from napari_sam.inference.predictor import SamPredictor
    from napari_sam.weights.registry import load_model

    bar = ProgressBar(sys.stderr)
    try:
        predictor = SamPredictor(load_model(model, on_event=bar.show_event))
    finally:
        bar.finish()
    predictor.set_image(picture)
    return segment_objects(predictor, prompts)


def write_overlay(
    path: Path, picture: NDArray[np.uint8], labels: NDArray[np.int32], *, force: bool
) -> None:
    """Draw the objects over the picture into a PNG."""
    from napari_sam.inference.image_files import write_png
    from napari_sam.inference.overlay import draw_overlay

    write_png(path, draw_overlay(picture, labels), force=force)


def report(objects: Sequence[SegmentedObject]) -> None:
    """Print a line an object; warn on stderr of those that are empty."""
    for found in objects:
        print(f"object {found.id}: {found.area} pixels, predicted IoU {found.iou_prediction:.2f}")
        if not found.area:
            print(f"napari-sam: warning: object {found.id} is empty", file=sys.stderr)


def _require_overlay(overlay: Path, output: Path, *, force: bool) -> None:
    from napari_sam.inference.image_files import require_output

    require_output(overlay, (".png",), force=force)
    if overlay.resolve() == output.resolve():
        raise ValueError(f"expected different files as output and overlay, got {overlay} twice")


def _require_known(model: str | None) -> None:
    from napari_sam.weights.catalogue import find_model, is_path

    if model is not None and not is_path(model):
        find_model(model)


def _as_picture(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    from napari_sam.inference.preprocessing import to_rgb_uint8

    try:
        return to_rgb_uint8(image)
    except TypeError as error:  # numbers of a file that are no real ones
        raise ValueError(str(error)) from error


def _require_inside(prompts: Sequence[Prompts], size: tuple[int, int]) -> None:
    from napari_sam.inference.prompt_checks import validate_prompts

    for one in prompts:
        validate_prompts(one.point_coords, one.point_labels, one.box, None, image_size=size)
