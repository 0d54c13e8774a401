"""Progress bars on standard error; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from zokusei.training.loop import Progress as TrainingProgress

OnProgress = Callable[[int, int], None]


@contextmanager
def stages() -> Iterator[Callable[[str], OnProgress]]:
    """Bars for work in stages, each with the number done and the time left.

    Yields:
        A function that takes a stage's name, such as ``tagging``, and returns
        one to call with the number done and the number in all.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:

        def start(name: str) -> OnProgress:
            task = bars.add_task(name, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield start


@contextmanager
def progress(name: str) -> Iterator[OnProgress]:
    """One bar, for work in a single stage."""
    with stages() as start:
        yield start(name)


class EpochBar:
    """A bar for training with loss and time left; a line an epoch where nobody watches."""

    def __enter__(self) -> EpochBar:
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

    def __call__(self, progress: TrainingProgress) -> None:
        """Shows where the training is."""
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
