"""``zokusei import``: takes works into a library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zokusei.cli.progress import progress

# More refusals than this are counted, not listed.
_LISTED = 20


def import_(
    source: Annotated[
        Path,
        typer.Argument(
            help="A folder of pictures, a folder with labels.jsonl, or a .parquet file."
        ),
    ],
    into: Annotated[str, typer.Option("--into", metavar="LIB", help="The library; made if new.")],
    take_in: Annotated[
        bool, typer.Option("--take-in", help="Copy the pictures into the library.")
    ] = False,
    id_prefix: Annotated[
        str,
        typer.Option(
            "--id-prefix",
            metavar="NAME/",
            help="Put before every id, for a source whose ids another source has too.",
        ),
    ] = "",
) -> None:
    """Take works into a library; may be repeated without duplicating anything."""
    from zokusei.library import Library, import_source
    from zokusei.library.jobs import job
    from zokusei.library.sources import open_source
    from zokusei.vocabulary import Vocabulary

    opened = open_source(source, Vocabulary.from_package())  # a bad source makes no library
    library = Library.create(into)
    with progress("importing") as bar, job(library, "importing", bar) as on_progress:
        report = import_source(
            library, opened, take_in=take_in, id_prefix=id_prefix, on_progress=on_progress
        )
    changed = f"updated {report.updated}, " if report.updated else ""
    typer.echo(
        f"taken {report.taken}, {changed}skipped {report.skipped} that were there already, "
        f"refused {len(report.refused)}; {report.labels} new labels, "
        f"{report.bookmarks} new bookmarks"
    )
    if report.strangers:
        typer.echo(f"{report.strangers} bookmarks are of works that are not in the library")
    for refusal in report.refused[:_LISTED]:
        typer.echo(f"refused {refusal.what}: {refusal.why}", err=True)
    if len(report.refused) > _LISTED:
        typer.echo(f"and {len(report.refused) - _LISTED} more", err=True)
    if report.refused:
        raise typer.Exit(1)
