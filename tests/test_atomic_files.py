"""Files that are written beside their target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from napari_sam.atomic_files import folder_written_beside, written_beside

if TYPE_CHECKING:
    from pathlib import Path


def test_the_target_is_replaced_at_the_end(tmp_path: Path):
    target = tmp_path / "labels.tif"
    target.write_text("old")
    with written_beside(target) as temporary:
        temporary.write_text("new")
        assert temporary.suffix == ".tif"
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_the_target_as_it_was(tmp_path: Path):
    target = tmp_path / "labels.tif"
    target.write_text("old")

    def fail() -> None:
        with written_beside(target) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_permissions_are_those_of_any_new_file(tmp_path: Path):
    (tmp_path / "plain").touch()
    with written_beside(tmp_path / "target") as temporary:
        temporary.chmod(0o600)  # as some writers do
    assert (tmp_path / "target").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_folder_replaces_another(tmp_path: Path):
    target = tmp_path / "labels.zarr"
    target.mkdir()
    (target / "old").touch()
    with folder_written_beside(target) as temporary:
        (temporary / "new").touch()
        assert (target / "old").exists()
    assert [each.name for each in target.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_the_folder_as_it_was(tmp_path: Path):
    target = tmp_path / "labels.zarr"
    target.mkdir()
    (target / "old").touch()

    def fail() -> None:
        with folder_written_beside(target) as temporary:
            (temporary / "new").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [each.name for each in target.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_cannot_be_put_in_place_gives_the_old_one_back(tmp_path: Path):
    target = tmp_path / "labels.zarr"
    target.mkdir()
    (target / "old").touch()

    def fail() -> None:
        with folder_written_beside(target) as temporary:
            temporary.rmdir()

    with pytest.raises(FileNotFoundError):
        fail()
    assert [each.name for each in target.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [target]
