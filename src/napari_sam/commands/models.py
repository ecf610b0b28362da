"""`napari-sam models`: what there is, about one, and bringing one to this machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from napari_sam.weights.cache import cached_file
from napari_sam.weights.catalogue import find_model, read_catalogue

if TYPE_CHECKING:
    import argparse

    from napari_sam.commands.parsing import OneLineParser
    from napari_sam.weights.catalogue import CatalogueEntry


def add_parser(commands: argparse._SubParsersAction[OneLineParser]) -> None:
    """Add the command to the program's parser."""
    parser = commands.add_parser(
        "models",
        help="list the models, describe one, download one",
        description="The models of the catalogue. Without an action: list.",
    )
    parser.set_defaults(run=list_models)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    actions.add_parser("list", help="all models, and which are on this machine").set_defaults(
        run=list_models
    )
    info = actions.add_parser("info", help="all that is known about one")
    info.add_argument("name", metavar="NAME")
    info.set_defaults(run=show_model)
    download = actions.add_parser(
        "download", help="bring one to this machine; continues what was interrupted"
    )
    download.add_argument("name", metavar="NAME")
    download.add_argument("--force", action="store_true", help="even if it is there")
    download.set_defaults(run=download_model)


def list_models(_: argparse.Namespace) -> int:
    """Print a table of all models."""
    rows = [("NAME", "ARCHITECTURE", "WHERE", "SIZE", "MADE FOR", "LICENCE")]
    rows += [
        (e.name, e.architecture, _place(e), _size(e), e.domain, e.licence)
        for e in read_catalogue().values()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    return 0


def show_model(arguments: argparse.Namespace) -> int:
    """Print what is known about one model."""
    entry = find_model(arguments.name)
    facts = {
        "name": entry.name,
        "architecture": entry.architecture,
        "made for": entry.domain,
        "licence": entry.licence,
        "page": entry.page,
        "preprocessing": entry.preprocessing,
        "where": _place(entry),
        "file": None if entry.is_embedded else str(cached_file(entry)),
        "size": _size(entry),
        "url": entry.url,
        "hash": entry.hash,
    }
    for fact, value in facts.items():
        if value:
            print(f"{fact + ':':15}{value}")
    return 0


def download_model(arguments: argparse.Namespace) -> int:
    """Download one model with a bar on stderr, and print its path."""
    from napari_sam.commands.progress_bar import ProgressBar
    from napari_sam.weights.download import fetch

    entry = find_model(arguments.name)
    bar = ProgressBar(sys.stderr)
    try:
        for event in fetch(entry, force=arguments.force):
            bar.show_event(event)
    finally:
        bar.finish()
    print(cached_file(entry))
    return 0


def _place(entry: CatalogueEntry) -> str:
    if entry.is_embedded:
        return "in the package"
    return "downloaded" if cached_file(entry).exists() else "to download"


def _size(entry: CatalogueEntry) -> str:
    return f"{entry.size / 1e6:.0f} MB" if entry.size else ""
