"""The catalogue of models."""

from __future__ import annotations

import re

import pytest

from napari_sam.sam.build import ARCHITECTURES
from napari_sam.weights.catalogue import (
    DEFAULT_MODEL,
    CatalogueError,
    UnknownModelError,
    find_model,
    parse_catalogue,
    read_catalogue,
)

ENTRY = """
[[model]]
name = "small"
architecture = "vit_s"
file = "small.pth"
licence = "MIT"
domain = "cells"
preprocessing = "mean_std"
"""


def test_the_package_knows_the_public_models_and_its_own():
    catalogue = read_catalogue()
    assert next(iter(catalogue)) == DEFAULT_MODEL
    assert {"vit_b", "vit_l", "vit_h", "mobile_sam", "vit_b_lm", "vit_b_medical_imaging"} <= set(
        catalogue
    )
    assert [name for name, entry in catalogue.items() if entry.is_embedded] == [DEFAULT_MODEL]


def test_every_entry_can_be_fetched_and_built():
    entries = read_catalogue().values()
    for entry in entries:
        assert entry.architecture in ARCHITECTURES
        assert entry.file.endswith((".pth", ".pt", ".safetensors"))
        if not entry.is_embedded:
            assert entry.url is not None
            assert entry.url.startswith("https://")
    assert len({entry.file for entry in entries}) == len(entries), "two models in one file"


def test_a_model_is_found_by_its_name():
    assert find_model("vit_b").size == 375042383


def test_an_unknown_name_is_answered_with_the_nearest_and_all():
    message = (
        "There is no model 'vit_b_ml'. Did you mean 'vit_b_lm'? Expected one of: default, vit_b, "
    )
    with pytest.raises(UnknownModelError, match=re.escape(message)):
        find_model("vit_b_ml")


def test_a_name_near_to_none_gets_the_list_alone():
    message = (
        "There is no model 'xyzzy'. Expected one of: small; "
        "or the path of a checkpoint file (.safetensors, .pth, .pt)."
    )
    with pytest.raises(UnknownModelError) as raised:
        find_model("xyzzy", parse_catalogue(ENTRY))
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + "colour = 1", "model 'small': unknown field colour; expected architecture, "),
        (ENTRY.replace('file = "small.pth"', ""), "model 'small': a field is missing ("),
        (ENTRY + ENTRY, "model 'small' comes twice; names must differ"),
        (
            ENTRY.replace("mean_std", "minmax"),
            "model 'small': expected preprocessing among mean_std, zero_one, got 'minmax'",
        ),
        (
            ENTRY + 'url = "https://example.org/small.pth"',
            "model 'small': expected a url together with a hash, or neither",
        ),
        (
            ENTRY + 'url = "https://example.org/small.pth"\nhash = "md5:00"',
            "model 'small': expected a hash sha256:<64 digits> or xxh128:<32 digits>, got 'md5:00'",
        ),
    ],
)
def test_a_faulty_entry_is_refused(text: str, message: str):
    with pytest.raises(CatalogueError, match=re.escape(message)):
        parse_catalogue(text)
