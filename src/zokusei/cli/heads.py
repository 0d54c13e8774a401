"""``zokusei heads``: what finds the heads in whole pictures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from zokusei.cli.options import JsonOption, LibraryArgument, open_bundle, require_training
from zokusei.cli.progress import progress, stages

heads = typer.Typer(
    name="heads",
    help="Train and judge what finds the heads in whole pictures.",
    rich_markup_mode=None,
)

ScenesArgument = Annotated[
    Path, typer.Argument(metavar="SCENES", help="A folder that `zokusei heads scenes` made.")
]


@heads.command("scenes")
def scenes(
    lib: LibraryArgument,
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder for the pictures.")],
    *,
    num: Annotated[int, typer.Option("--num", metavar="N", min=1, help="How many pictures.")] = 400,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Decides everything in them.")
    ] = 7,
    split: Annotated[
        str, typer.Option("--split", help="Whose faces: train, validation or test.")
    ] = "train",
    size: Annotated[
        int | None,
        typer.Option("--size", metavar="PX", min=64, help="Longer side; else 600 to 2,000."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="Only drawn, pasted, replaced, face or empty pictures."),
    ] = None,
) -> None:
    """Compose pictures whose heads are known, from face crops and drawings.

    Face crops are the library's square pictures of at most 128 px; without any,
    all heads are drawn.
    """
    from zokusei.library import Library
    from zokusei.library.splits import check_split
    from zokusei.scenes import write_scenes

    with progress("composing") as on_progress:
        made = write_scenes(
            Library.open(lib),
            out,
            num=num,
            seed=seed,
            split=check_split(split),
            size_px=size,
            kind=kind,
            on_progress=on_progress,
        )
    typer.echo(f"{len(made)} pictures with {sum(len(s.heads) for s in made)} heads: {out}")


@heads.command("cut")
def cut(
    lib: LibraryArgument,
    drawn: Annotated[
        Path, typer.Argument(metavar="DRAWN", help="A folder of `zokusei draw` that LIB holds.")
    ],
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder for the crops.")],
    *,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Decides the framing.")] = 7,
) -> None:
    """Cut the heads out of drawn pictures, with their labels, to learn from them."""
    from zokusei.library import Library
    from zokusei.scenes.cut import cut_heads

    with progress("cutting") as on_progress:
        num = cut_heads(Library.open(lib), drawn, out, seed=seed, on_progress=on_progress)
    typer.echo(f"{num} heads: {out}; take them into a library with `zokusei import {out}`")


@heads.command("train")
def train(
    training: ScenesArgument,
    *,
    validation: Annotated[
        Path, typer.Option("--validation", metavar="SCENES", help="Scenes to set the threshold by.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FINDER", help="A new folder.")],
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the scenes.")] = 12,
    seed: Annotated[int, typer.Option("--seed", help="Of everything random.")] = 0,
) -> None:
    """Train a finder of heads."""
    require_training()
    from zokusei.scenes import read_scenes
    from zokusei.training.finder import FinderSettings, train_finder

    with stages() as on_stage:
        learning = on_stage("learning")
        finder = train_finder(
            read_scenes(training),
            read_scenes(validation),
            out,
            FinderSettings(epochs=epochs, seed=seed),
            on_progress=lambda step, steps, _: learning(step, steps),
        )
    found = finder.about["validation"]
    typer.echo(
        f"finds {found['recall']:.3f} of {found['heads']} validation heads with precision "
        f"{found['precision']:.3f}; put it into a bundle with `zokusei export --finder {out}`"
    )


@heads.command("evaluate")
def evaluate(
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", help="A bundle with a finder, or `packaged`.")
    ],
    lib: LibraryArgument,
    scenes_folder: ScenesArgument,
    *,
    json_: JsonOption = False,
) -> None:
    """Judge how heads are found, at an overlap (IoU) of 0.5, and how pasted faces are read.

    SCENES are made of a split of LIB that the bundle was not trained on.
    """
    from zokusei.judging_figures import judge_figures
    from zokusei.library import Library
    from zokusei.scenes import read_scenes

    with progress("judging") as on_progress:
        result = judge_figures(
            open_bundle(bundle),
            Library.open(lib),
            read_scenes(scenes_folder),
            on_progress=on_progress,
        )
    if json_:
        typer.echo(json.dumps(asdict(result)))
        return
    heads = result.heads
    typer.echo(
        f"{heads.num_heads} heads in {heads.num_pictures} pictures: recall {heads.recall}, "
        f"precision {heads.precision}, average precision {heads.average_precision:.3f}"
    )
    typer.echo(
        f"{result.num_faces} pasted faces, hair colour top-1: {result.top1} "
        f"({result.top1_found} of those found), {result.top1_alone} of the same faces alone"
    )
