"""The command line: parse, call, print."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from napari_sam.commands import demo, models, segment
from napari_sam.commands.parsing import OneLineParser, PrintVersion

if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE = 2  # exit status: what was asked for cannot be done as it was asked for
_INTERRUPTED = 130


def build_parser() -> OneLineParser:
    """Build the parser of `napari-sam`, with a ``run`` for each command."""
    parser = OneLineParser(
        prog="napari-sam", description="Segment Anything for microscopy and medical images."
    )
    parser.add_argument("--version", action=PrintVersion, nargs=0, help="print the version")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (demo, segment, models):
        command.add_parser(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run `napari-sam`.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.

    Returns
    -------
    int
        0, or 2 if the arguments or the files they name are not usable: then one line on
        stderr says why. 130 after Ctrl+C.
    """
    arguments = build_parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (ValueError, OSError) as error:
        print(f"napari-sam: error: {' '.join(str(error).split())}", file=sys.stderr)
        return _USAGE
    except KeyboardInterrupt:
        print("napari-sam: interrupted", file=sys.stderr)
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
