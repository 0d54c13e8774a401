"""Options that several commands share."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zokusei.errors import ZokuseiError

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
    """The bundle at a path, or the one in the package: for None, and for ``packaged``."""
    from zokusei.bundle import Bundle

    return Bundle.packaged() if path is None or str(path) == "packaged" else Bundle.load(path)


def program() -> str:
    """The command line as it was called, for hints that can be pasted."""
    called = sys.argv[0]
    if Path(called).name == "__main__.py":
        return f"{sys.executable} -m zokusei"
    in_path = shutil.which(Path(called).name)
    return Path(called).name if in_path == called else called


def require_training() -> None:
    """Says what to install where the ``train`` extra is missing.

    Raises:
        ZokuseiError: It is.
    """
    from importlib.util import find_spec

    missing = [name for name in ("torch", "transformers", "kornia", "onnx") if not find_spec(name)]
    if missing:
        raise ZokuseiError(
            f"{missing[0]} is not installed; training needs `pip install 'zokusei[train]'`"
        )


def open_trunk(path: Path) -> Bundle:
    """The bundle at a path, or that of the run at a path, made if there is none yet."""
    from zokusei.bundle import Bundle

    if not (path / "run.json").is_file():
        return open_bundle(path)
    made = path / "trunk"
    if not made.exists():
        from zokusei.training import Run
        from zokusei.training.export import export
        from zokusei.training.trained import trained_by_run

        export(trained_by_run(Run.open(path), half=False), made)
    return Bundle.load(made)
