"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from zokusei.bundle import Bundle

LibraryArgument = Annotated[
    str, typer.Argument(metavar="LIB", help="A library's directory or address.")
]
BundleOption = Annotated[
    Path | None,
    typer.Option("--bundle", metavar="BUNDLE", help="A bundle; the one in the package by default."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def open_bundle(path: Path | None) -> Bundle:
    """The bundle at a path, or the one in the package."""
    from zokusei.bundle import Bundle

    return Bundle.packaged() if path is None else Bundle.load(path)
