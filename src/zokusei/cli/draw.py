"""``zokusei draw``: a library of labelled drawings."""

from __future__ import annotations

from pathlib import Path

import typer

SHEET_TILES = 30


def draw(
    out: Path = typer.Argument(..., help="New or empty folder to draw into."),
    *,
    num: int = typer.Option(400, "--num", min=1, help="How many pictures."),
    seed: int = typer.Option(7, "--seed", help="Decides everything in them."),
    size: int = typer.Option(512, "--size", min=32, help="Longer side in pixels."),
    format: str = typer.Option("png", "--format", help="png or jpg."),
    workers: int = typer.Option(0, "--workers", min=0, help="Processes; 0: one a processor."),
    force: bool = typer.Option(
        False, "--force", help="Draw again over a folder that holds the same drawing."
    ),
    sheet: Path | None = typer.Option(
        None, "--sheet", help=f"Also write the first {SHEET_TILES} on one PNG, to look at."
    ),
) -> None:
    """Draw made-up characters with known attributes, and users who bookmark them.

    Writes images/, labels.jsonl and bookmarks.csv. The same numbers give the same files.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from zokusei.draw import draw_library
    from zokusei.draw.sheet import sheet_of_library

    console = Console(stderr=True)
    columns = ("drawing", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("draw", total=num)
        labels_path = draw_library(
            out,
            num=num,
            seed=seed,
            size_px=size,
            image_format=format,
            force=force,
            workers=workers or None,
            on_progress=lambda done, _: progress.update(task, completed=done),
        )
    if sheet is not None:
        sheet_of_library(labels_path, num=SHEET_TILES).save(sheet, "PNG")
        console.print(f"contact sheet: {sheet}")
    console.print(f"{num} labelled pictures: {labels_path}")
