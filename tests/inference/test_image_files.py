"""Pictures from files, label images into files."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import imageio.v3 as iio
import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_sam.inference.image_files import (
    LABEL_SUFFIXES,
    ImageFileError,
    read_image,
    require_output,
    write_labels_image,
    write_png,
)

if TYPE_CHECKING:
    from pathlib import Path


def numbers(*shape: int, dtype: str = "u1") -> np.ndarray:
    return np.random.default_rng(0).integers(0, 250, shape).astype(dtype)


@pytest.mark.parametrize("suffix", [".png", ".PNG", ".bmp", ".tif", ".tiff", ".npy"])
@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3)])
def test_a_picture_comes_back_as_it_was_written(tmp_path: Path, suffix: str, shape):
    path, image = tmp_path / f"image{suffix}", numbers(*shape)
    if suffix == ".npy":
        np.save(path, image)
    elif suffix in {".tif", ".tiff"}:
        tifffile.imwrite(path, image)
    else:
        iio.imwrite(path, image)
    assert np.array_equal(read_image(str(path)), image)


def test_a_jpeg_is_read(tmp_path: Path):
    iio.imwrite(tmp_path / "x.jpg", np.full((16, 16, 3), 90, np.uint8))
    assert np.allclose(read_image(tmp_path / "x.jpg"), 90, atol=2)


def test_numbers_keep_their_kind(tmp_path: Path):
    for dtype in ("u2", "i2", "f4"):
        tifffile.imwrite(tmp_path / "x.tif", numbers(20, 30, dtype=dtype))
        assert read_image(tmp_path / "x.tif").dtype == dtype
    iio.imwrite(tmp_path / "x.png", numbers(20, 30, dtype="u2"))
    assert read_image(tmp_path / "x.png").dtype == np.uint16


def test_alpha_is_kept_for_colours_and_left_out_for_grey(tmp_path: Path):
    Image.fromarray(numbers(20, 30, 4)).save(tmp_path / "rgba.png")
    assert read_image(tmp_path / "rgba.png").shape == (20, 30, 4)
    grey = numbers(20, 30)
    Image.merge("LA", [Image.fromarray(grey), Image.new("L", (30, 20), 255)]).save(
        tmp_path / "la.png"
    )
    assert np.array_equal(read_image(tmp_path / "la.png"), grey)


def test_a_palette_becomes_colours(tmp_path: Path):
    Image.fromarray(numbers(20, 30, 3)).quantize(16).save(tmp_path / "x.png")
    assert read_image(tmp_path / "x.png").shape == (20, 30, 3)


def test_the_channels_of_a_tiff_come_last(tmp_path: Path):
    image = numbers(5, 20, 30)
    tifffile.imwrite(tmp_path / "x.tif", image, imagej=True, metadata={"axes": "CYX"})
    assert np.array_equal(read_image(tmp_path / "x.tif"), np.moveaxis(image, 0, -1))


def test_a_slice_of_a_stack_is_read(tmp_path: Path):
    stack = numbers(2, 3, 4, 20, 30)
    tifffile.imwrite(tmp_path / "x.tif", stack, imagej=True, metadata={"axes": "TZCYX"})
    fifth = read_image(tmp_path / "x.tif", 5)
    assert np.array_equal(fifth, np.moveaxis(stack[1, 2], 0, -1))


def test_colours_in_several_channels_are_slices(tmp_path: Path):
    stack = numbers(2, 20, 30, 3)
    tifffile.imwrite(
        tmp_path / "x.tif", stack, imagej=True, photometric="rgb", metadata={"axes": "CYXS"}
    )
    assert np.array_equal(read_image(tmp_path / "x.tif", 1), stack[1])


@pytest.mark.parametrize("suffix", [".tif", ".gif"])
def test_a_stack_without_a_choice_is_refused(tmp_path: Path, suffix: str):
    path = tmp_path / f"x{suffix}"
    pictures = [numbers(20, 30), 249 - numbers(20, 30), numbers(20, 30)]
    if suffix == ".tif":
        tifffile.imwrite(path, np.stack(pictures), photometric="minisblack")
    else:
        iio.imwrite(path, pictures)
    message = (
        f"expected one picture, got 3 in {path}; choose one of 0 … 2 with slice_index, on the "
        "command line --slice"
    )
    with pytest.raises(ImageFileError, match=f"^{re.escape(message)}$"):
        read_image(path)
    assert read_image(path, 1).shape[:2] == (20, 30)
    with pytest.raises(ImageFileError, match=f"expected a slice from 0 to 2 of {path}, got 3"):
        read_image(path, 3)
    with pytest.raises(ImageFileError, match=r"expected a slice from 0 to 2 of .*, got -1"):
        read_image(path, -1)


def test_the_first_slice_of_a_single_picture_is_the_picture(tmp_path: Path):
    np.save(tmp_path / "x.npy", numbers(20, 30))
    assert read_image(tmp_path / "x.npy", 0).shape == (20, 30)


def test_a_missing_file_is_said(tmp_path: Path):
    path = tmp_path / "none.png"
    with pytest.raises(
        FileNotFoundError, match=f"expected an image file, got no such file: {path}"
    ):
        read_image(path)
    with pytest.raises(
        FileNotFoundError, match=f"expected an image file, got a folder: {tmp_path}"
    ):
        read_image(tmp_path)


@pytest.mark.parametrize("name", ["x.png", "x.tif", "x.npy", "x.txt", "x", "x.jpg"])
@pytest.mark.parametrize("content", [b"", b"this is no picture"])
def test_what_is_no_picture_is_said(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    message = f"expected an image, got {tmp_path / name}, which cannot be read: ."
    with pytest.raises(ImageFileError, match=message):
        read_image(tmp_path / name)


def test_a_truncated_picture_is_said(tmp_path: Path):
    iio.imwrite(tmp_path / "x.png", numbers(200, 300))
    whole = (tmp_path / "x.png").read_bytes()
    (tmp_path / "x.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImageFileError, match="which cannot be read: image file is truncated"):
        read_image(tmp_path / "x.png")


def test_pickled_arrays_are_refused(tmp_path: Path):
    np.save(tmp_path / "x.npy", np.array([{}, {}], object), allow_pickle=True)
    with pytest.raises(ImageFileError, match="cannot be read: Object arrays cannot be loaded"):
        read_image(tmp_path / "x.npy")


@pytest.mark.parametrize("suffix", LABEL_SUFFIXES)
def test_labels_come_back(tmp_path: Path, suffix: str):
    path = tmp_path / f"labels{suffix}"
    labels = np.arange(600, dtype=np.int32).reshape(20, 30) * 100
    write_labels_image(path, labels)
    assert np.array_equal(read_image(path), labels)
    assert list(tmp_path.iterdir()) == [path]
    assert read_image(path).dtype == (np.int32 if suffix == ".npy" else np.uint16)


def test_a_tiff_holds_more_than_65535_objects(tmp_path: Path):
    labels = np.array([[0, 70000]])
    write_labels_image(tmp_path / "x.tif", labels)
    assert read_image(tmp_path / "x.tif").dtype == np.uint32
    assert np.array_equal(read_image(tmp_path / "x.tif"), labels)


def test_a_png_does_not(tmp_path: Path):
    message = "expected ids up to 65535 for a PNG, got 70000; write a .tif"
    with pytest.raises(ImageFileError, match=message):
        write_labels_image(tmp_path / "x.png", np.array([[0, 70000]]))
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_replaced_only_when_forced(tmp_path: Path):
    path = tmp_path / "x.png"
    write_labels_image(path, np.zeros((2, 2), int))
    before = path.read_bytes()
    message = f"{path} exists; choose another name, or replace it with --force"
    with pytest.raises(ImageFileError, match=f"^{re.escape(message)}$"):
        write_labels_image(path, np.ones((2, 2), int))
    assert path.read_bytes() == before
    write_labels_image(path, np.ones((2, 2), int), force=True)
    assert np.all(read_image(path) == 1)


def test_a_picture_is_written(tmp_path: Path):
    picture = numbers(20, 30, 3)
    write_png(tmp_path / "x.png", picture)
    assert np.array_equal(read_image(tmp_path / "x.png"), picture)
    with pytest.raises(ImageFileError, match="exists"):
        write_png(tmp_path / "x.png", picture)


def test_an_unknown_suffix_is_said(tmp_path: Path):
    message = r"expected an output that ends in \.tif, \.tiff, \.png, \.npy, got x\.jpg"
    with pytest.raises(ImageFileError, match=message):
        require_output(tmp_path / "x.jpg", LABEL_SUFFIXES)


def test_a_missing_folder_is_said(tmp_path: Path):
    message = f"expected an existing folder for x.tif, got {tmp_path / 'none'}; make it"
    with pytest.raises(ImageFileError, match=message):
        require_output(tmp_path / "none" / "x.tif", LABEL_SUFFIXES)


def test_a_folder_in_the_place_of_the_file_is_said(tmp_path: Path):
    (tmp_path / "x.tif").mkdir()
    with pytest.raises(ImageFileError, match=r"expected a file to write, got the folder .*x.tif"):
        require_output(tmp_path / "x.tif", LABEL_SUFFIXES, force=True)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is unwritable for root"
)
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path):
    tmp_path.chmod(0o500)
    try:
        message = (
            f"expected a folder that can be written, got {tmp_path} (Permission denied); "
            "choose another"
        )
        with pytest.raises(ImageFileError, match=re.escape(message)):
            require_output(tmp_path / "x.tif", LABEL_SUFFIXES)
    finally:
        tmp_path.chmod(0o700)


def test_any_failure_to_write_into_the_folder_is_said(tmp_path: Path, monkeypatch):
    def fail(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("napari_sam.inference.image_files.tempfile.TemporaryFile", fail)
    message = f"expected a folder that can be written, got {tmp_path} (Read-only file system)"
    with pytest.raises(ImageFileError, match=re.escape(message)):
        require_output(tmp_path / "x.tif", LABEL_SUFFIXES)
