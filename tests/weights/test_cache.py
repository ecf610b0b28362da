"""The folder of downloaded models."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import xxhash

from napari_sam.weights.cache import cache_folder, cached_file, has_hash, hash_of
from napari_sam.weights.catalogue import find_model


def run(generator):
    """The return value of a generator."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def test_the_folder_is_the_users_cache(monkeypatch):
    monkeypatch.delenv("NAPARI_SAM_CACHE", raising=False)
    assert cache_folder().is_relative_to(Path.home())
    assert cache_folder().parts[-2:] == ("napari-sam-medical", "models")


def test_a_variable_chooses_the_folder(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("NAPARI_SAM_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    assert cached_file(find_model("vit_b_lm")) == tmp_path / "vit_b_lm.pt"


@pytest.mark.parametrize(
    ("algorithm", "reference"), [("sha256", hashlib.sha256), ("xxh128", xxhash.xxh128)]
)
def test_hashes_are_those_of_the_content(tmp_path: Path, algorithm: str, reference):
    path = tmp_path / "file"
    content = bytes(range(256)) * 2**16  # two blocks
    path.write_bytes(content)
    expected = f"{algorithm}:{reference(content).hexdigest()}"
    assert list(hash_of(path, algorithm)) == [2**23, 2**24]
    assert run(hash_of(path, algorithm)) == expected
    assert run(has_hash(path, expected))
    assert not run(has_hash(path, expected[:-1] + "x"))
