"""``zokusei export``: a bundle from a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zokusei.cli.progress import progress
from zokusei.cli.train import require_training


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="BUNDLE", help="A new directory.")],
    lib: Annotated[
        str | None,
        typer.Option("--library", metavar="LIB", help="Where the run's library is now."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--float32", help="Store weights as float32 instead of float16.")
    ] = False,
) -> None:
    """Make a bundle of a run: ONNX, calibrated, with its parity measured."""
    require_training()
    from zokusei.library import Library
    from zokusei.training import Run
    from zokusei.training.export import export as run_export

    library = Library.open(lib) if lib else None
    with progress("calibrating") as on_progress:
        bundle = run_export(
            Run.open(run), out, library=library, half=not full, on_progress=on_progress
        )
    parity = bundle.about["parity"]
    state = "converged" if bundle.converged else "not converged"
    typer.echo(f"bundle {bundle.fingerprint} at {out}, {state}: {bundle.evidence}")
    typer.echo(
        f"{len(bundle.vocabulary)} attributes; logits differ from the trained network's by at most "
        f"{parity['max_logit_difference']:.2g} over {parity['pictures']} pictures"
    )
