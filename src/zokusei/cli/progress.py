"""Progress bars on standard error; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
