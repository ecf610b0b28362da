"""`napari-sam segment`, in processes of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import imageio.v3 as iio
import numpy as np
import pytest
import tifffile

from napari_sam.commands.parsing import objects_of
from napari_sam.inference.image_files import read_image
from napari_sam.inference.objects import segment_objects
from napari_sam.inference.overlay import draw_overlay
from napari_sam.inference.predictor import SamPredictor
from napari_sam.inference.preprocessing import to_rgb_uint8
from napari_sam.sample_data import coins
from napari_sam.weights.registry import load_model

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.conftest import Program

BOXES = ["132,28,179,74", "192,30,240,73"]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The picture of coins, (303, 384) uint8."""
    path = tmp_path / "coins.png"
    iio.imwrite(path, coins()[0][0])
    return path


def segmented(checkpoint: Path, points: list, boxes: list) -> np.ndarray:
    """What the library gives for the same prompts."""
    predictor = SamPredictor(load_model(checkpoint))
    predictor.set_image(coins()[0][0])
    return segment_objects(predictor, objects_of(points, boxes))[0]


def test_boxes_become_numbered_objects(program: Program, image: Path, checkpoint: Path):
    done = program(
        *("segment", image, "-o", "out.tif", "--box", BOXES[0], "--box", BOXES[1]),
        *("--point", "150,50", "--point", "135,70,0", "--model", checkpoint),
        *("--overlay", "out.png"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    labels = read_image(image.parent / "out.tif")
    expected = segmented(
        checkpoint,
        [(150.0, 50.0, 1), (135.0, 70.0, 0)],
        [tuple(map(float, box.split(","))) for box in BOXES],
    )
    assert labels.dtype == np.uint16
    assert np.array_equal(labels, expected)
    picture = to_rgb_uint8(coins()[0][0])
    overlay = read_image(image.parent / "out.png")
    assert np.array_equal(overlay, draw_overlay(picture, expected))
    first, second, path = done.stdout.splitlines()
    assert re.fullmatch(rf"object 1: {(labels == 1).sum()} pixels, predicted IoU -?\d\.\d\d", first)
    assert second.startswith(f"object 2: {(labels == 2).sum()} pixels")
    assert path == "out.tif"


def test_points_alone_are_one_object(program: Program, image: Path, checkpoint: Path):
    points = ("--point", "100,57,1", "--point", "384,303,0")
    done = program("segment", image, "-o", "out.npy", *points, "--model", checkpoint)
    assert done.returncode == 0
    labels = np.load(image.parent / "out.npy")
    assert np.array_equal(labels, segmented(checkpoint, [(100, 57, 1), (384, 303, 0)], []))
    warned = "napari-sam: warning: object 1 is empty\n" if not labels.any() else ""
    assert done.stderr == warned


def test_a_slice_of_a_stack_is_segmented(program: Program, tmp_path: Path, checkpoint: Path):
    stack = np.stack([coins()[0][0][:, ::-1], coins()[0][0]])
    tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack")
    prompts = ("--box", BOXES[0], "--model", checkpoint)
    done = program("segment", "stack.tif", "-o", "out.png", "--slice", 1, *prompts)
    assert done.returncode == 0
    expected = segmented(checkpoint, [], [tuple(map(float, BOXES[0].split(",")))])
    assert np.array_equal(read_image(tmp_path / "out.png"), expected)


def refused(program: Program, *arguments: object) -> str:
    """The one line on stderr of a run that must exit with 2 and print nothing."""
    done = program("segment", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    return done.stderr.rstrip()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["-o", "out.tif"],
            "napari-sam: error: expected a --box or a foreground --point, got none; "
            "say what to segment",
        ),
        (
            ["-o", "out.tif", "--point", "3"],
            "napari-sam segment: error: argument --point: expected X,Y or X,Y,1 (foreground) or "
            "X,Y,0 (background), got '3'; see napari-sam segment --help",
        ),
        (
            ["--point", "3,4"],
            "napari-sam segment: error: the following arguments are required: -o/--output; "
            "see napari-sam segment --help",
        ),
        (
            ["-o", "out.jpg", "--point", "3,4"],
            "napari-sam: error: expected an output that ends in .tif, .tiff, .png, .npy, "
            "got out.jpg",
        ),
        (
            ["-o", "none/out.tif", "--point", "3,4"],
            "napari-sam: error: expected an existing folder for out.tif, got none; make it",
        ),
        (
            ["-o", "coins.png", "--point", "3,4"],
            "napari-sam: error: coins.png exists; choose another name, or replace it with --force",
        ),
        (
            ["-o", "out.tif", "--point", "3,4", "--overlay", "out.jpg"],
            "napari-sam: error: expected an output that ends in .png, got out.jpg",
        ),
        (
            ["-o", "out.png", "--point", "3,4", "--overlay", "./out.png"],
            "napari-sam: error: expected different files as output and overlay, got out.png twice",
        ),
        (
            ["-o", "out.tif", "--point", "384.5,4"],
            "napari-sam: error: expected points inside the image, x in 0 … 384 and y in 0 … 303, "
            "got (x, y) = (384.5, 4) as point 0; points are (x, y), not (row, column)",
        ),
        (
            ["-o", "out.tif", "--box", "10,10,5,20"],
            "napari-sam: error: expected a box (x0, y0, x1, y1) with x0 < x1 and y0 < y1, got "
            "(10, 10, 5, 20); did you mean (5, 10, 10, 20)?",
        ),
        (
            ["-o", "out.tif", "--box", "10,10,50,20", "--point", "3,4"],
            "napari-sam: error: expected each point in exactly one box, got (3, 4) in none; "
            "segment that object in a run of its own",
        ),
        (
            ["-o", "out.tif", "--point", "3,4", "--slice", "1"],
            "napari-sam: error: expected a slice from 0 to 0 of coins.png, got 1",
        ),
        (
            ["-o", "out.tif", "--point", "3,4", "--model", "none.pth"],
            "napari-sam: error: expected a checkpoint file, got no such file: none.pth",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    program: Program, image: Path, arguments: list[str], message: str
):
    before = image.read_bytes()
    assert refused(program, image.name, *arguments) == message
    assert list(image.parent.iterdir()) == [image]
    assert image.read_bytes() == before


def test_an_unknown_model_is_said(program: Program, image: Path):
    message = refused(program, image, "-o", "out.tif", "--point", "3,4", "--model", "vit_q")
    assert message.startswith("napari-sam: error: There is no model 'vit_q'. Did you mean 'vit_")


def test_a_damaged_model_is_said(program: Program, image: Path, checkpoint: Path):
    damaged = image.parent / "damaged.safetensors"
    content = bytearray(checkpoint.read_bytes())
    content[-1000] ^= 1
    damaged.write_bytes(content)
    message = refused(program, image, "-o", "out.tif", "--point", "3,4", "--model", damaged)
    assert message.startswith(f"napari-sam: error: {damaged} is truncated or damaged (")
    assert not (image.parent / "out.tif").exists()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((1, 1)), "expected an image of at least 2 × 2 pixels, got 1 × 1"),
        (np.zeros((0, 4)), "expected an image with pixels, got an empty one of shape (0, 4)"),
        (np.zeros((2, 3, 40, 50)), "expected an image of 2 or 3 axes, (H, W) or (H, W, C), got"),
        (np.zeros((9, 9), complex), "expected an image of booleans, integers or floating-point"),
        (np.full((9, 9), np.nan), "expected an image with finite values, got only NaN or infinity"),
    ],
)
def test_what_is_no_image_is_said(program: Program, tmp_path: Path, array, message: str):
    np.save(tmp_path / "x.npy", array)
    said = refused(program, "x.npy", "-o", "out.tif", "--point", "3,4")
    assert said.startswith(f"napari-sam: error: {message}")


@pytest.mark.parametrize("name", ["none.png", "text.png"])
def test_a_file_that_is_no_image_is_said(program: Program, tmp_path: Path, name: str):
    (tmp_path / "text.png").write_text("no picture")
    said = refused(program, name, "-o", "out.tif", "--point", "3,4")
    assert said.startswith(
        (
            "napari-sam: error: expected an image file, got no such file: none.png",
            "napari-sam: error: expected an image, got text.png, which cannot be",
        )
    )
