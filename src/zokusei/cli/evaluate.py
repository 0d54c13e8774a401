"""``zokusei evaluate``: how good a bundle is, by a library's labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from zokusei.cli.options import LibraryArgument
from zokusei.cli.progress import progress


def evaluate(
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", help="A bundle, or `packaged` for the package's.")
    ],
    lib: LibraryArgument,
    *,
    split: Annotated[
        str, typer.Option("--split", metavar="SPLIT", help="train, validation, test or all.")
    ] = "test",
    out: Annotated[Path, typer.Option("--out", metavar="REPORT", help="The report's folder.")],
    corruptions: Annotated[
        bool,
        typer.Option(
            "--corruptions", help="Also judge 400 of the works under noise, blur, tints and so on."
        ),
    ] = False,
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="Only works that a person has labelled.")
    ] = False,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="NAME",
            help="Only works of one source, by the last part of its path.",
        ),
    ] = None,
) -> None:
    """Judge a bundle on works that it was not trained on.

    Writes report.html and report.json.
    """
    from zokusei.cli.options import open_bundle
    from zokusei.judging import judge, report, with_robustness
    from zokusei.library import Library
    from zokusei.library.splits import Split, check_split

    opened = open_bundle(bundle)
    library = Library.open(lib)
    name: Split | Literal["all"] = "all" if split == "all" else check_split(split)
    with progress("judging") as on_progress:
        judgement = judge(
            opened, library, name, reviewed=reviewed, source=source, on_progress=on_progress
        )
    if corruptions:
        with progress("corrupting") as on_progress:
            judgement = with_robustness(judgement, on_progress=on_progress)
    evaluation = judgement.evaluation
    for group in evaluation.groups:
        if group.num_works:
            typer.echo(
                f"{group.id}: top-1 {group.top1} over {group.num_works} works, "
                f"mean average precision {group.average_precision}, "
                f"contradictions {group.contradictions}"
            )
        if group.num_works_at_poles:
            typer.echo(
                f"{group.id}: {group.poles[1]} against {group.poles[0]}: AUC {group.poles_auc} "
                f"over {group.num_works_at_poles} works"
            )
    for measure, interval in evaluation.macro.items():
        typer.echo(f"mean {measure.replace('_', ' ')} {interval}")
    typer.echo(
        f"over {evaluation.num_supported} attributes with support; see {report(judgement, out)}"
    )
