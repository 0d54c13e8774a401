"""``zokusei index``: tags a library's works and indexes them."""

from __future__ import annotations

from typing import Annotated

import typer

from zokusei.cli.options import BundleOption, LibraryArgument, open_bundle
from zokusei.cli.progress import progress
from zokusei.errors import LibraryError


def index(
    lib: LibraryArgument,
    *,
    bundle: BundleOption = None,
    approximate: Annotated[
        bool | None,
        typer.Option(
            "--approximate/--exact",
            help="Whether `related` may miss a work in a hundred for being faster; by default "
            "from ten million works on.",
        ),
    ] = None,
) -> None:
    """Tag the works that are not tagged yet; index them for `related`."""
    from zokusei.index import build_index
    from zokusei.indexing import tag_library
    from zokusei.library import Library
    from zokusei.library.jobs import job
    from zokusei.tagger import Tagger

    library, opened = Library.open(lib), open_bundle(bundle)
    if not library.num_works:
        raise LibraryError(
            f"{lib} has no works yet; take some in with `zokusei import SOURCE --into {lib}`"
        )
    with progress("tagging") as bar, job(library, "tagging", bar) as on_progress:
        report = tag_library(library, Tagger(opened), on_progress=on_progress)
    for work_id, why in report.failed:
        typer.echo(f"zokusei: work '{work_id}' was not tagged: {why}", err=True)
    if len(report.failed) == library.num_works:
        raise LibraryError(f"none of the works of {lib} could be tagged; nothing is indexed")
    built = build_index(library, opened, approximate=approximate)
    how = "exactly" if built.exact else "approximately"
    typer.echo(
        f"tagged {report.tagged}, {report.already} were tagged before; "
        f"{built.num_works} works are indexed by bundle {opened.fingerprint} and {how} searched"
    )
    if report.failed:
        raise typer.Exit(1)
