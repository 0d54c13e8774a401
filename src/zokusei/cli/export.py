"""``zokusei export``: a bundle from a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from zokusei.cli.options import open_bundle, require_training
from zokusei.cli.progress import progress


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="A new directory.")],
    lib: Annotated[
        str | None,
        typer.Option("--library", metavar="LIB", help="Where the run's library is now."),
    ] = None,
    trunk: Annotated[
        Path | None,
        typer.Option("--trunk", metavar="BUNDLE", help="Where a solved head's trunk is now."),
    ] = None,
    finder: Annotated[
        Path | None,
        typer.Option("--finder", metavar="FINDER", help="Finds heads: see `zokusei heads train`."),
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="Compute in 8 bits where that loses nearly nothing.")
    ] = False,
    second: Annotated[
        Path | None,
        typer.Option(
            "--second",
            metavar="BUNDLE",
            help="A bundle whose network is asked too, of the groups where that is more precise.",
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--float32", help="Store weights as float32 instead of float16.")
    ] = False,
) -> None:
    """Make a bundle of a run: ONNX, calibrated, with its parity measured."""
    require_training()
    from zokusei.heads import HeadFinder
    from zokusei.library import Library
    from zokusei.training import Run
    from zokusei.training.export import export as run_export
    from zokusei.training.head_run import HeadRun, trained_by_head
    from zokusei.training.trained import trained_by_run

    library = Library.open(lib) if lib else None
    other = open_bundle(second) if second else None
    trained = (
        trained_by_head(HeadRun(run), trunk=open_bundle(trunk) if trunk else None)
        if HeadRun.is_at(run)
        else trained_by_run(Run.open(run), half=not full)
    )
    with progress("calibrating") as on_progress:
        bundle = run_export(
            trained,
            out,
            library=library,
            finder=HeadFinder.load(finder) if finder else None,
            int8=int8,
            second=other,
            on_progress=on_progress,
        )
    parity = bundle.about["parity"]
    state = "converged" if bundle.converged else "not converged"
    typer.echo(f"bundle {bundle.fingerprint} at {out}, {state}: {bundle.evidence}")
    if int8:
        found = bundle.about["int8"]
        typer.echo(
            f"8 bits lose {found['lost_average_precision']:.4f} of average precision on the "
            f"validation split: {'kept' if found['kept'] else 'not kept'}"
        )
    if other:
        typer.echo(_told(other.fingerprint, bundle.about.get("second")))
    typer.echo(
        f"{len(bundle.vocabulary)} attributes; logits differ from the trained network's by at most "
        f"{parity['max_logit_difference']:.2g} over {parity['pictures']} pictures"
    )


def _told(fingerprint: str, second: Mapping[str, Any] | None) -> str:
    """What became of a second network, in a line."""
    if second is None:
        return f"second network {fingerprint} is left out: no group gains by it"
    gains = ", ".join(f"{second['gain'][group_id]:+.3f}" for group_id in second["groups"])
    groups = ", ".join(second["groups"])
    return f"second network {fingerprint} speaks of {groups} (average precision {gains})"
