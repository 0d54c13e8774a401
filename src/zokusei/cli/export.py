"""``zokusei export``: a bundle from a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zokusei.cli.options import require_training
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
    full: Annotated[
        bool, typer.Option("--float32", help="Store weights as float32 instead of float16.")
    ] = False,
) -> None:
    """Make a bundle of a run: ONNX, calibrated, with its parity measured."""
    require_training()
    from zokusei.bundle import Bundle
    from zokusei.heads import HeadFinder
    from zokusei.library import Library
    from zokusei.training import Run
    from zokusei.training.export import export as run_export
    from zokusei.training.head_run import HeadRun, trained_by_head
    from zokusei.training.trained import trained_by_run

    library = Library.open(lib) if lib else None
    trained = (
        trained_by_head(HeadRun(run), trunk=Bundle.load(trunk) if trunk else None)
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
    typer.echo(
        f"{len(bundle.vocabulary)} attributes; logits differ from the trained network's by at most "
        f"{parity['max_logit_difference']:.2g} over {parity['pictures']} pictures"
    )
