"""Arguments of the command line."""

from __future__ import annotations

import argparse
import re

import pytest

from napari_sam.commands.parsing import OneLineParser, box, objects_of, point
from napari_sam.inference.prompts import Prompts


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3,4", (3, 4, 1)), ("3.5,4,1", (3.5, 4, 1)), ("3,4,0", (3, 4, 0)), (" 3 , 4 ", (3, 4, 1))],
)
def test_points_are_read(text: str, expected: tuple[float, float, int]):
    assert point(text) == expected


@pytest.mark.parametrize("text", ["", "3", "3,4,2", "3,4,0.5", "3,4,1,1", "a,b", "nan,3", "3;4"])
def test_what_is_no_point_is_refused(text: str):
    message = f"expected X,Y or X,Y,1 (foreground) or X,Y,0 (background), got {text!r}"
    with pytest.raises(argparse.ArgumentTypeError, match=re.escape(message)):
        point(text)


def test_boxes_are_read():
    assert box("1,2,3.5,4") == (1, 2, 3.5, 4)


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "1,2,3,x", "1,2,3,inf"])
def test_what_is_no_box_is_refused(text: str):
    message = f"expected X0,Y0,X1,Y1, got {text!r}"
    with pytest.raises(argparse.ArgumentTypeError, match=message):
        box(text)


def test_an_error_is_one_line_and_exits_with_2(capsys):
    parser = OneLineParser(prog="program")
    parser.add_argument("--number", type=int)
    with pytest.raises(SystemExit) as raised:
        parser.parse_args(["--number", "x"])
    assert raised.value.code == 2
    message = "program: error: argument --number: invalid int value: 'x'; see program --help\n"
    assert capsys.readouterr().err == message


def test_without_a_box_all_points_are_one_object():
    points = [(1.0, 2.0, 1), (3.0, 4.0, 0)]
    assert objects_of(points, []) == [Prompts(points=tuple(points))]


def test_each_box_is_an_object_and_points_refine_the_one_around_them():
    boxes = [(0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0), (40.0, 0.0, 50.0, 10.0)]
    points = [(5.0, 5.0, 1), (45.0, 5.0, 0), (10.0, 0.0, 0)]
    assert objects_of(points, boxes) == [
        Prompts(points=((5.0, 5.0, 1), (10.0, 0.0, 0)), box=boxes[0]),
        Prompts(box=boxes[1]),
        Prompts(points=((45.0, 5.0, 0),), box=boxes[2]),
    ]


BOXES = [(0.0, 0.0, 10.0, 10.0), (5.0, 0.0, 30.0, 10.0)]


@pytest.mark.parametrize(
    ("points", "boxes", "message"),
    [
        ([], [], "expected a --box or a foreground --point, got none; say what to segment"),
        ([(1.0, 2.0, 0)], [], "expected a --box or a foreground --point, got none"),
        (
            [(7.0, 2.0, 1)],
            BOXES,
            "expected each point in exactly one box, got (7, 2) in boxes 1 and 2; segment that "
            "object in a run of its own",
        ),
        ([(50.0, 2.5, 0)], BOXES, "expected each point in exactly one box, got (50, 2.5) in none"),
    ],
)
def test_points_that_belong_nowhere_are_refused(points, boxes, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        objects_of(points, boxes)
