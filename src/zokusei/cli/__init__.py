"""The command line: one file a command, errors as one line."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from zokusei.cli.card import card
from zokusei.cli.demo import demo
from zokusei.cli.draw import draw
from zokusei.cli.evaluate import evaluate
from zokusei.cli.export import export
from zokusei.cli.importing import import_
from zokusei.cli.index import index
from zokusei.cli.related import related
from zokusei.cli.tag import tag
from zokusei.cli.train import train
from zokusei.errors import UsageError, ZokuseiError

app = typer.Typer(
    name="zokusei",
    help="Attributes of illustrations, each with a calibrated probability, "
    "and related works that share them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("demo")(demo)
app.command("tag")(tag)
app.command("import")(import_)
app.command("index")(index)
app.command("related")(related)
app.command("draw")(draw)
app.command("train")(train)
app.command("export")(export)
app.command("evaluate")(evaluate)
app.command("card")(card)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"zokusei {version('zokusei')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show a traceback where something goes wrong.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that come before the command."""


def main() -> None:
    """Runs a command; errors are one line on standard error.

    Exits with 2 where the command was used wrongly, with 1 where it failed.
    """
    try:
        app()
    except ZokuseiError as error:
        if "--debug" in sys.argv:
            raise
        typer.echo(f"zokusei: {error}", err=True)
        raise SystemExit(2 if isinstance(error, UsageError) else 1) from None
    except BrokenPipeError:
        # The reader of our output, such as `head`, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
