from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
import tifffile
from napari.layers import Labels

from napari_sam.widgets.classes import ObjectClass, classes_of
from napari_sam.widgets.grid import Grid
from napari_sam.widgets.journal.reference import Reference, fingerprint
from napari_sam.widgets.object_record import ObjectRecord
from napari_sam.widgets.plane import Plane
from napari_sam.widgets.plane_edit import PlaneEdit
from napari_sam.widgets.prompt_state import PromptPoint, PromptShape, PromptState
from napari_sam.widgets.prompts import KnownMask, PlanePrompts
from napari_sam.widgets.session_file import (
    SavedLabels,
    SavedSession,
    SessionFileError,
    read_session,
    write_session,
)
from napari_sam.widgets.session_reader import find_image, get_reader

PIXELS = np.random.default_rng(0).integers(0, 999, (3, 40, 50)).astype(np.uint16)
PLANE = Plane(Grid(0, (3, 40, 50), (1.0, 1.0, 1.0)), 1, 2, (1, 0, 0))
MASK = np.random.default_rng(1).random((40, 50)) > 0.5

CLASSES = (ObjectClass(3, "nucleus", "#56b4e9"), ObjectClass(7, "débris", "#e69f00"))


def make_session(path, pixels=PIXELS):
    labels = np.zeros((3, 40, 50), np.int64)
    labels[1][MASK] = 2**40
    prompts = PlanePrompts(
        ((3.0, 4.5, 1), (1.0, 1.0, 0)),
        (0.0, 1.0, 9.0, 8.0),
        area=((1.0, 2.0), (3.0, 4.0), (5.0, 1.0)),
        known=KnownMask(PLANE, MASK),
    )
    plane = PLANE
    edit = PlaneEdit(plane, np.array([3, 4, 5, 9, 10]), np.array([1, 1, 0, 0, 1], bool))
    state = PromptState(
        (PromptPoint((1.0, 2.0, 3.0), "background"),),
        (PromptShape("ellipse", ((0.0, 1.0, 1.0), (0.0, 2.0, 3.0)), "foreground"),),
        (edit,),
    )
    image = Reference(
        "cells",
        None if path is None else str(path),
        pixels.shape,
        str(pixels.dtype),
        (2.0, 1.0, 1.0),
        ("z", "y", "x"),
        False,
        fingerprint(pixels),
    )
    record = ObjectRecord(5, (1, 2, (1, 0, 0)), prompts, 2, "vit_b", 3)
    return SavedSession(
        image, "vit_b", state, (SavedLabels("objects", labels, (record,), CLASSES),)
    )


def write(path, session):
    return list(write_session(path, session, lambda: False))


def test_everything_comes_back(tmp_path):
    session, path = make_session(tmp_path / "cells.tif"), tmp_path / "a.samsession"
    progress = write(path, session)
    assert progress == pytest.approx([1 / 3, 2 / 3, 1])
    found = read_session(path)
    assert found.image == session.image
    assert found.model == "vit_b"
    assert found.prompts.points == session.prompts.points
    assert found.prompts.shapes == session.prompts.shapes
    (edit,), (wanted,) = found.prompts.edits, session.prompts.edits
    assert edit.plane == wanted.plane
    assert edit.pixels.tolist() == wanted.pixels.tolist()
    assert edit.added.tolist() == wanted.added.tolist()
    (labels,) = found.labels
    assert labels.classes == CLASSES
    assert labels.pixels.dtype == np.int64
    assert np.array_equal(labels.pixels, session.labels[0].pixels)
    record, expected = labels.records[0], session.labels[0].records[0]
    assert np.array_equal(record.prompts.known.mask, MASK)
    assert record.prompts.known.plane == PLANE
    for name in ("label", "plane", "rank", "model", "class_id"):
        assert getattr(record, name) == getattr(expected, name)
    for name in ("points", "box", "area"):
        assert getattr(record.prompts, name) == getattr(expected.prompts, name)


def test_a_session_file_from_before_there_were_classes_opens(tmp_path):
    path, older = tmp_path / "a.samsession", tmp_path / "b.samsession"
    write(path, make_session(None))
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(older, "w") as target:
        content = json.loads(source.read("session.json"))
        del content["labels"][0]["classes"]
        target.writestr("session.json", json.dumps(content))
        target.writestr("labels/0.tif", source.read("labels/0.tif"))
    assert read_session(older).labels[0].classes == ()


def test_the_parts_are_plain_json_and_tiff(tmp_path):
    path = tmp_path / "a.samsession"
    write(path, make_session(None))
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["labels/0.tif", "session.json"]
        with archive.open("labels/0.tif") as part:
            assert len(tifffile.TiffFile(part).pages) == 3


def test_a_write_that_is_stopped_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "a.samsession"
    path.write_bytes(b"earlier")
    steps = write_session(path, make_session(None), lambda: False)
    next(steps)
    steps.close()
    assert path.read_bytes() == b"earlier"
    with pytest.raises(SessionFileError, match="was cancelled"):
        list(write_session(path, make_session(None), lambda: True))
    assert [file.name for file in tmp_path.iterdir()] == ["a.samsession"]


def test_other_files_are_told_from_sessions(tmp_path):
    path = tmp_path / "a.samsession"
    path.write_bytes(b"no zip at all")
    with pytest.raises(SessionFileError, match=r"expected a session file \(\*.samsession\), got a"):
        read_session(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("session.json", json.dumps({"version": 99}))
    with pytest.raises(SessionFileError, match=r"version 1, got 99 .*update napari-sam-medical"):
        read_session(path)


def test_the_image_is_found_where_it_was_or_beside_the_session(tmp_path):
    image = tmp_path / "cells.tif"
    tifffile.imwrite(image, PIXELS, photometric="minisblack")
    session = make_session(image)
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (data, settings, kind), problem = find_image(session, moved / "a.samsession")
    assert problem == ""
    assert kind == "image"
    assert np.array_equal(data, PIXELS)
    assert settings["scale"] == (2.0, 1.0, 1.0)

    image.rename(moved / "cells.tif")
    (data, _, _), problem = find_image(session, moved / "a.samsession")
    assert np.array_equal(data, PIXELS)


def test_an_image_that_does_not_fit_is_said(tmp_path):
    image = tmp_path / "cells.tif"
    session = make_session(image)
    found, problem = find_image(session, tmp_path / "a.samsession")
    assert found is None
    assert problem.startswith("The image “cells” of this session was not found. Open the image")
    tifffile.imwrite(image, PIXELS + 1, photometric="minisblack")
    found, problem = find_image(session, tmp_path / "a.samsession")
    assert found is None
    assert "is another image: it has the same size, but other pixels" in problem
    tifffile.imwrite(image, PIXELS[0], photometric="minisblack")
    _, problem = find_image(session, tmp_path / "a.samsession")
    assert "expected (3, 40, 50) pixels, got (40, 50)" in problem


def test_the_reader_takes_session_files_only(tmp_path):
    assert get_reader("cells.tif") is None
    assert get_reader(["a.samsession", "b.samsession"]) is None
    image, path = tmp_path / "cells.tif", tmp_path / "a.samsession"
    tifffile.imwrite(image, PIXELS, photometric="minisblack")
    write(path, make_session(image))
    layers = get_reader(str(path))(str(path))
    assert [kind for _, _, kind in layers] == ["image", "labels"]
    data, settings, _ = layers[1]
    layer = Labels(data, **settings)
    assert classes_of(layer) == list(CLASSES)
    assert layer.get_color(3) == pytest.approx((0x56 / 255, 0xB4 / 255, 0xE9 / 255, 1))
    assert layers[1][1]["metadata"]["napari-sam-medical"] == {"role": "objects", "image": "cells"}
