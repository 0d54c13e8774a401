"""Options that several commands share."""

from __future__ import annotations

import inspect
import shutil
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

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


def takes(**groups: type) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the fields of dataclasses as options.

    Args:
        **groups: By the name of the command's argument, the dataclass it takes there; every
            field is annotated with its option and has a default.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=hints[name])
            for name, parameter in inspect.signature(command).parameters.items()
            if name not in groups
        ]
        options = [option for group in groups.values() for option in _parameters(group)]

        @wraps(command)
        def run(**given: Any) -> None:
            for name, group in groups.items():
                values = {field.name: given.pop(field.name) for field in fields(group)}
                given[name] = group(**values)
            command(**given)

        parameters = [*own, *options]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return decorate


def _parameters(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]
