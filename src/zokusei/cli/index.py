"""``zokusei index``: tags a library's works and indexes them."""

from __future__ import annotations

import typer

from zokusei.cli.options import BundleOption, LibraryArgument, open_bundle
from zokusei.cli.progress import progress


def index(lib: LibraryArgument, *, bundle: BundleOption = None) -> None:
    """Tag the works that are not tagged yet, and index them for related works."""
    from zokusei.indexing import build_index, tag_library
    from zokusei.library import Library
    from zokusei.tagger import Tagger

    library, opened = Library.open(lib), open_bundle(bundle)
    with progress("tagging") as on_progress:
        report = tag_library(library, Tagger(opened), on_progress=on_progress)
    built = build_index(library, opened)
    typer.echo(
        f"tagged {report.tagged}, {report.already} were tagged before; "
        f"{len(built)} works are indexed by bundle {opened.fingerprint}"
    )
    for work_id, why in report.failed:
        typer.echo(f"zokusei: work '{work_id}' was not tagged: {why}", err=True)
    if report.failed:
        raise typer.Exit(1)
