"""The command line: one file a command, errors as one line."""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import Annotated, Any

import typer

from zokusei.cli.card import card
from zokusei.cli.delete import delete
from zokusei.cli.demo import demo
from zokusei.cli.draw import draw
from zokusei.cli.evaluate import evaluate
from zokusei.cli.evaluate_related import evaluate_related, learn_gate
from zokusei.cli.export import export
from zokusei.cli.features import features
from zokusei.cli.heads import heads
from zokusei.cli.importing import import_
from zokusei.cli.index import index
from zokusei.cli.labels import labels
from zokusei.cli.model import model
from zokusei.cli.recommend import recommend
from zokusei.cli.related import related
from zokusei.cli.search import EXCLUSIONS_ARE_TEXT, search
from zokusei.cli.serve import serve
from zokusei.cli.tag import tag
from zokusei.cli.train import train
from zokusei.errors import UsageError, ZokuseiError

app = typer.Typer(
    name="zokusei",
    help="Attributes of illustrations, each with a calibrated probability, "
    "and related works that share them.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("demo")(demo)
app.command("tag")(tag)
app.command("import", short_help="Take works into a library; may be repeated.")(import_)
app.command("index")(index)
app.command("related")(related)
app.command("recommend")(recommend)
app.command("search", context_settings=EXCLUSIONS_ARE_TEXT)(search)
app.command("serve")(serve)
app.command("delete", short_help="Take works out of a library.")(delete)
app.command("draw")(draw)
app.command("features")(features)
app.command("train")(train)
app.command("export", short_help="Make a bundle of a run: ONNX, calibrated.")(export)
app.command("evaluate")(evaluate)
app.command("evaluate-related")(evaluate_related)
app.command("learn-gate", short_help="Learn how much people and attributes say.")(learn_gate)
app.command("card")(card)
app.add_typer(labels, name="labels")
app.add_typer(model, name="model")
app.add_typer(heads, name="heads")


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"zokusei {version('zokusei')}")
        raise typer.Exit


@app.callback()
def options(
    _debug: Annotated[
        bool,
        typer.Option("--debug", help="Show a traceback where something goes wrong."),
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that come before the command."""


def main() -> None:
    """Runs a command; errors are one line on standard error.

    Exits with 2 where the command was used wrongly, with 1 where it failed,
    with 130 where it was interrupted, and with 0 where the reader of its
    output, such as ``head``, has seen enough.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names are Japanese, and paths need not be text at all.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    arguments, debug = _without_debug(sys.argv[1:])
    try:
        status = _run(arguments or ["--help"])
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exception(error)
        line, status = _described(error)
        typer.echo(f"zokusei: {line}", err=True)
    raise SystemExit(status)


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """The arguments without ``--debug``, which may stand anywhere before ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    ours = [argument for argument in arguments[:end] if argument != "--debug"]
    return ours + arguments[end:], len(ours) < end


def _run(arguments: list[str]) -> int:
    """Runs a command without typer's own ways of ending: it turns a closed pipe into exit 1."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("zokusei", arguments) as context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    return 0


def _described(error: BaseException) -> tuple[str, int]:
    """What to say of an error in one line, and the exit status."""
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "interrupted", 130
    if isinstance(error, ZokuseiError):
        said = "; ".join([str(error), *getattr(error, "__notes__", ())])
        return said, 2 if isinstance(error, UsageError) else 1
    if hasattr(error, "format_message"):  # of click, or of the copy of it in newer typers
        return _usage(error), getattr(error, "exit_code", 2)
    return f"{_problem(error)}; run again with --debug for the traceback", 1


def _usage(error: Any) -> str:
    said = " ".join(error.format_message().split()).removesuffix(".")
    context = getattr(error, "ctx", None)
    way_out = f" (see `{context.command_path} --help`)" if context is not None else ""
    return said[:1].lower() + said[1:] + way_out


def _problem(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        paths = [str(path) for path in (error.filename, error.filename2) if path is not None]
        return ": ".join([error.strerror, *paths])
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
