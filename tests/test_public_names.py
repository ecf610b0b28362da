"""The public names resolve on first use."""

from __future__ import annotations

from importlib.metadata import version

import pytest

import napari_sam


@pytest.mark.parametrize("name", napari_sam.__all__)
def test_a_public_name_resolves(name: str):
    assert getattr(napari_sam, name) is getattr(napari_sam, name)
    assert name in dir(napari_sam)


def test_the_version_is_that_of_the_distribution():
    assert napari_sam.__version__ == version("napari-sam-medical")


def test_an_unknown_name_is_said():
    with pytest.raises(AttributeError, match="module 'napari_sam' has no attribute 'nonsense'"):
        napari_sam.nonsense  # noqa: B018
