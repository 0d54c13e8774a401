"""``zokusei card``: writes a bundle's card from its reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zokusei.cli.options import open_bundle
from zokusei.errors import UsageError


def card(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle's directory.")],
    *,
    report: Annotated[
        list[str],
        typer.Option("--report", metavar="TITLE=REPORT", help="A report; may be repeated."),
    ],
    speed: Annotated[
        Path | None,
        typer.Option(
            "--speed", metavar="FILE", help="What `python -m bench.tag` measured of the bundle."
        ),
    ] = None,
    notes: Annotated[
        Path | None,
        typer.Option("--notes", metavar="FILE", help="Markdown about the training data."),
    ] = None,
) -> None:
    """Write into a bundle's card what it is and how good it is."""
    from zokusei.card import write_card

    reports = {}
    for text in report:
        title, _, path = text.partition("=")
        if not path:
            raise UsageError(f"--report is '{text}'; expected TITLE=REPORT")
        reports[title] = Path(path)
    if notes is not None and not notes.is_file():
        raise UsageError(f"there is no file {notes}")
    opened = open_bundle(bundle)
    text = notes.read_text("utf-8") if notes else ""
    write_card(opened, reports, notes=text, speed=speed)
    typer.echo(f"card of bundle {opened.fingerprint} written")
