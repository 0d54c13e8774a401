"""``zokusei features``: runs a frozen trunk over a library once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zokusei.cli.options import LibraryArgument, open_bundle
from zokusei.cli.progress import progress


def features(
    lib: LibraryArgument,
    *,
    trunk: Annotated[
        Path | None,
        typer.Option("--trunk", metavar="BUNDLE", help="A bundle; the package's by default."),
    ] = None,
    kernel_size: Annotated[
        int, typer.Option("--kernel-size", metavar="N", min=1, help="Of the head's convolution.")
    ] = 3,
    padding: Annotated[
        int, typer.Option("--padding", metavar="N", min=0, help="Of the head's convolution.")
    ] = 1,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="Add each work's mirror image as a second row.")
    ] = False,
) -> None:
    """Run a trunk over a library once, for the heads on it.

    Stores what a head needs of every work; may be stopped and resumed.
    """
    from zokusei.features import FeatureKind, FeatureStore, compute_features
    from zokusei.library import Library

    library, bundle = Library.open(lib), open_bundle(trunk)
    kind = FeatureKind(bundle.fingerprint, kernel_size, padding, mirrored)
    with progress("features") as on_progress:
        report = compute_features(library, bundle, kind, on_progress=on_progress)
    shards = FeatureStore(library, kind).shards()
    width = shards[0].shape[1] if shards else 0
    typer.echo(
        f"computed {report.computed} works, {report.already} were there before; "
        f"{width} features a work"
    )
    for work_id, why in report.failed:
        typer.echo(f"zokusei: work '{work_id}' has no features: {why}", err=True)
    if report.failed:
        raise typer.Exit(1)
