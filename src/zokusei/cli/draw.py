"""``zokusei draw``: a library of labelled drawings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zokusei.cli.progress import progress

SHEET_TILES = 30


def draw(
    out: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="New or empty folder to draw into.")
    ],
    *,
    num: Annotated[int, typer.Option("--num", metavar="N", min=1, help="How many pictures.")] = 400,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Decides everything in them.")
    ] = 7,
    size: Annotated[
        int, typer.Option("--size", metavar="PX", min=32, help="Longer side in pixels.")
    ] = 512,
    image_format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="png or jpg.")
    ] = "png",
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=0, help="Processes; 0 for one a core.")
    ] = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Draw again over a folder with the same drawing.")
    ] = False,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet", metavar="PNG", help=f"Also put the first {SHEET_TILES} on one sheet."
        ),
    ] = None,
) -> None:
    """Draw made-up characters whose attributes are known.

    Writes images/, labels.jsonl and the bookmarks.csv of made-up users; the same
    numbers give the same files.
    """
    from zokusei.draw import draw_library, sheet_of_library

    with progress("drawing") as on_progress:
        labels_path = draw_library(
            out,
            num=num,
            seed=seed,
            size_px=size,
            image_format=image_format,
            force=force,
            workers=workers or None,
            on_progress=on_progress,
        )
    if sheet is not None:
        sheet_of_library(labels_path, num=SHEET_TILES).save(sheet, "PNG")
        typer.echo(f"contact sheet: {sheet}")
    typer.echo(f"{num} labelled pictures: {labels_path}")
