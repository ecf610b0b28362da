"""Files that are written beside their target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from napari_sam.atomic_files import written_beside

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
