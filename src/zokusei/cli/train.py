"""``zokusei train``: a network from a library's pictures and labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zokusei.cli.options import LibraryArgument
from zokusei.errors import ZokuseiError

if TYPE_CHECKING:
    from zokusei.training.loop import Progress


def train(
    lib: LibraryArgument,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The run's folder.")],
    arch: Annotated[str, typer.Option("--arch", help="compact or illustration2vec.")] = "compact",
    epochs: Annotated[int, typer.Option("--epochs", help="Passes over the training split.")] = 12,
    batch_size: Annotated[int, typer.Option("--batch-size", help="Pictures a step.")] = 128,
    learning_rate: Annotated[
        float, typer.Option("--learning-rate", help="Peak of the one-cycle schedule.")
    ] = 2e-3,
    precision: Annotated[
        str, typer.Option("--precision", help="bfloat16 or float32.")
    ] = "bfloat16",
    min_support: Annotated[
        int,
        typer.Option("--min-support", help="Works that must have an attribute, and not have it."),
    ] = 20,
    seed: Annotated[int, typer.Option("--seed", help="Of everything random.")] = 0,
) -> None:
    """Train a network, or go on with a run that was interrupted."""
    require_training()
    from zokusei.library import Library
    from zokusei.training import Settings
    from zokusei.training import train as run_training
    from zokusei.training.loop import convergence

    settings = Settings(
        arch=arch,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        precision=precision,
        min_support=min_support,
        seed=seed,
    )
    with _EpochBar() as on_progress:
        run = run_training(Library.open(lib), out, settings, on_progress=on_progress)
    converged, evidence = convergence(run.curve())
    typer.echo(f"{'converged' if converged else 'not converged'}: {evidence}")
    typer.echo(f"make a bundle of it with `zokusei export {out} --out BUNDLE`")


def require_training() -> None:
    """Says what to install where the ``train`` extra is missing.

    Raises:
        ZokuseiError: It is.
    """
    from importlib.util import find_spec

    missing = [name for name in ("torch", "transformers", "kornia", "onnx") if not find_spec(name)]
    if missing:
        raise ZokuseiError(
            f"{missing[0]} is not installed; training needs `pip install 'zokusei[train]'`"
        )


class _EpochBar:
    """A bar with loss and time left; a line an epoch where nobody watches."""

    def __enter__(self) -> _EpochBar:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._console = Console(stderr=True)
        self._rich = RichProgress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]}  validation {task.fields[validation]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._rich.add_task("", total=None, epoch="", loss="", validation="")
        self._epoch = 0
        self._rich.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._rich.stop()

    def __call__(self, progress: Progress) -> None:
        validation = "-" if progress.validation_loss is None else f"{progress.validation_loss:.4f}"
        epoch = f"{progress.epoch}/{progress.epochs}"
        loss = f"{progress.loss:.4f}"
        self._rich.update(
            self._task,
            completed=progress.step,
            total=progress.steps,
            epoch=epoch,
            loss=loss,
            validation=validation,
        )
        if progress.epoch != self._epoch and not self._console.is_terminal:
            self._epoch = progress.epoch
            typer.echo(f"epoch {epoch}  loss {loss}  validation {validation}", err=True)
