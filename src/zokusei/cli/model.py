"""``zokusei model``: bundles from other people's models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zokusei.cli.options import require_training

model = typer.Typer(rich_markup_mode=None)


@model.callback()
def options() -> None:
    """Make bundles of other people's models."""


@model.command("import-caffe")
def import_caffe(
    weights: Annotated[
        Path,
        typer.Argument(metavar="CAFFEMODEL", help="Such as illust2vec_tag_ver200.caffemodel."),
    ],
    *,
    tags: Annotated[
        Path, typer.Option("--tags", metavar="JSON", help="Names of the outputs: tag_list.json.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="A new directory.")],
    half: Annotated[
        bool, typer.Option("--float16", help="Store weights as float16 instead of float32.")
    ] = False,
) -> None:
    """Make a bundle of Illustration2Vec's original weights."""
    require_training()
    from zokusei.training.import_caffe import import_caffe as run_import

    bundle, adoption = run_import(weights, tags, out, half=half)
    num_extra = len(bundle.vocabulary) - adoption.num_known
    for renamed in adoption.renamed:
        typer.echo(
            f"'{renamed.name}' is kept as '{renamed.id}': '{renamed.taken_by}' has its name",
            err=True,
        )
    state = "converged" if bundle.converged else "not converged"
    typer.echo(f"bundle {bundle.fingerprint} at {out}, {state}: {bundle.evidence}")
    typer.echo(
        f"{len(bundle.vocabulary)} outputs: {adoption.num_known} are attributes of the "
        f"vocabulary, {num_extra} are kept as extra tags"
    )
