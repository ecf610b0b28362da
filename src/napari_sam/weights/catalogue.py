"""The models that can be asked for by name, as data from `catalogue.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Preprocessing = Literal["mean_std", "zero_one"]

DEFAULT_MODEL = "default"
CHECKPOINT_SUFFIXES = (".safetensors", ".pth", ".pt")

_HASH = re.compile(r"sha256:[0-9a-f]{64}|xxh128:[0-9a-f]{32}")


class CatalogueError(ValueError):
    """An entry of the catalogue is not what it must be."""


class UnknownModelError(ValueError):
    """No model of the catalogue has the name that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One model of the catalogue.

    Attributes
    ----------
    name : str
        What `load_model` and the command line take.
    architecture : str
        One of `napari_sam.sam.build.ARCHITECTURES`.
    file : str
        The file's name, in the cache folder or, where `url` is None, in the package.
    licence : str
        As the model's authors state it.
    domain : str
        The kind of pictures it is made for.
    preprocessing : {"mean_std", "zero_one"}
        How RGB in 0 … 255 is normalised: ImageNet's mean and standard deviation as SAM
        has it, or divided by 255 as MedSAM has it.
    url : str, optional
        Where the file is downloaded from; None for one that ships in the package.
    hash : str, optional
        ``sha256:`` or ``xxh128:`` with hexadecimal digits; every downloaded file has one.
    size : int, optional
        Bytes of the file, where known.
    page : str, optional
        Where the model is described.
    """

    name: str
    architecture: str
    file: str
    licence: str
    domain: str
    preprocessing: Preprocessing
    url: str | None = None
    hash: str | None = None
    size: int | None = None
    page: str | None = None

    def __post_init__(self) -> None:
        choices = get_args(Preprocessing)
        if self.preprocessing not in choices:
            raise CatalogueError(
                f"model {self.name!r}: expected preprocessing among {', '.join(choices)}, "
                f"got {self.preprocessing!r}"
            )
        if (self.url is None) != (self.hash is None):
            raise CatalogueError(
                f"model {self.name!r}: expected a url together with a hash, or neither"
            )
        if self.hash is not None and not _HASH.fullmatch(self.hash):
            raise CatalogueError(
                f"model {self.name!r}: expected a hash sha256:<64 digits> or "
                f"xxh128:<32 digits>, got {self.hash!r}"
            )

    @property
    def is_embedded(self) -> bool:
        """Whether the file ships in the package."""
        return self.url is None


def read_catalogue() -> dict[str, CatalogueEntry]:
    """Read the catalogue that ships in the package: name to entry, in the file's order."""
    text = resources.files("napari_sam.weights").joinpath("catalogue.toml").read_text("utf-8")
    return parse_catalogue(text)


def parse_catalogue(text: str) -> dict[str, CatalogueEntry]:
    """Read a catalogue in TOML: one ``[[model]]`` table a model.

    Raises
    ------
    CatalogueError
        If a field is missing, unknown or not of its form, or a name comes twice.
    """
    entries: dict[str, CatalogueEntry] = {}
    for table in tomllib.loads(text)["model"]:
        entry = _parse_entry(table)
        if entry.name in entries:
            raise CatalogueError(f"model {entry.name!r} comes twice; names must differ")
        entries[entry.name] = entry
    return entries


def _parse_entry(table: dict[str, Any]) -> CatalogueEntry:
    known = {field.name for field in fields(CatalogueEntry)}
    if unknown := sorted(table.keys() - known):
        raise CatalogueError(
            f"model {table.get('name')!r}: unknown field {', '.join(unknown)}; "
            f"expected {', '.join(sorted(known))}"
        )
    try:
        return CatalogueEntry(**table)
    except TypeError as error:
        raise CatalogueError(f"model {table.get('name')!r}: a field is missing ({error})") from None


def find_model(name: str, catalogue: Mapping[str, CatalogueEntry] | None = None) -> CatalogueEntry:
    """Look a model up by its name.

    Parameters
    ----------
    name : str
        The model's name, exactly.
    catalogue : mapping, optional
        Where to look; the package's own catalogue by default.

    Raises
    ------
    UnknownModelError
        If there is none; the message names the nearest and all there are.
    """
    entries = read_catalogue() if catalogue is None else catalogue
    if name in entries:
        return entries[name]
    nearest = get_close_matches(name, entries, n=1, cutoff=0.5)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    raise UnknownModelError(
        f"There is no model {name!r}.{hint} Expected one of: {', '.join(entries)}; "
        f"or the path of a checkpoint file ({', '.join(CHECKPOINT_SUFFIXES)})."
    )


def is_path(name_or_path: str | Path) -> bool:
    """Whether this is a checkpoint's path; anything else is a name of the catalogue.

    A `Path` is; so is text that ends as a checkpoint does or names an existing file, unless
    the catalogue has that very name.
    """
    if isinstance(name_or_path, Path):
        return True
    if name_or_path in read_catalogue():
        return False
    return name_or_path.endswith(CHECKPOINT_SUFFIXES) or Path(name_or_path).is_file()
