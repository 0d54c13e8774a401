"""``zokusei train``: a network from a library's pictures and labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zokusei.cli.options import LibraryArgument, open_bundle, open_trunk, require_training
from zokusei.cli.progress import EpochBar, stages
from zokusei.errors import UsageError

if TYPE_CHECKING:
    from zokusei.training.head_run import HeadSettings
    from zokusei.training.starting import StartingPoint


def train(
    lib: LibraryArgument,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The run's folder.")],
    arch: Annotated[
        str, typer.Option("--arch", help="compact, efficient or illustration2vec.")
    ] = "compact",
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
    human_weight: Annotated[
        float, typer.Option("--human-weight", help="Weight in the loss of what a person stated.")
    ] = 6.0,
    human_repeats: Annotated[
        int,
        typer.Option(
            "--human-repeats", min=1, help="How often a pass shows what a person described."
        ),
    ] = 1,
    split_by: Annotated[
        str,
        typer.Option("--split-by", help="content, or character: none is in two splits."),
    ] = "content",
    start_from: Annotated[
        Path | None,
        typer.Option("--start-from", metavar="START", help="A run, a bundle, or imagenet."),
    ] = None,
    average_decay: Annotated[
        float,
        typer.Option("--average-decay", help="Of the moving average of the weights, a step."),
    ] = 0.998,
    teacher: Annotated[
        list[Path] | None,
        typer.Option("--teacher", metavar="BUNDLE", help="Says what it sees; may be repeated."),
    ] = None,
    teacher_share: Annotated[
        float,
        typer.Option("--teacher-share", help="What teachers count against what a person said."),
    ] = 0.5,
    leave_out: Annotated[
        str | None,
        typer.Option(
            "--leave-out", metavar="K/N", help="Part of what people described to be kept apart."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of everything random.")] = 0,
    trunk: Annotated[
        Path | None,
        typer.Option("--trunk", metavar="T", help="With --head-only: a bundle or a run."),
    ] = None,
    head_only: Annotated[
        bool,
        typer.Option("--head-only", help="Freeze the trunk; solve the last layer to its optimum."),
    ] = False,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="With --head-only: learn from mirror images too.")
    ] = False,
) -> None:
    """Train a network, or go on with a run that was interrupted.

    With --trunk and --head-only the trunk runs over the library once, and the
    last convolution is solved as the convex problem it is. With --teacher works
    that have noisy labels or none are learned as that bundle sees them, and
    what people said is softened by it. One trained with --leave-out 1/4 teaches
    only the works that were kept from it.
    """
    require_training()
    from zokusei.library import Library
    from zokusei.library.splits import check_split_by
    from zokusei.training import Settings
    from zokusei.training import train as run_training
    from zokusei.training.head_run import HeadSettings
    from zokusei.training.loop import convergence

    by = check_split_by(split_by)
    if head_only != (trunk is not None):
        raise UsageError("--head-only and --trunk go together: name the trunk to be frozen")
    if trunk is not None:
        _train_head(
            lib, trunk, out, HeadSettings(min_support=min_support, split_by=by, mirrored=mirrored)
        )
        return
    settings = Settings(
        arch=arch,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        precision=precision,
        min_support=min_support,
        human_weight=human_weight,
        human_repeats=human_repeats,
        split_by=by,
        seed=seed,
        average_decay=average_decay,
        teacher_share=teacher_share,
        leave_out=leave_out,
    )
    with EpochBar() as on_progress:
        run = run_training(
            Library.open(lib),
            out,
            settings,
            start_from=_starting_point(start_from) if start_from else None,
            teachers=[open_bundle(path) for path in teacher or ()],
            on_progress=on_progress,
        )
    converged, evidence = convergence(run.curve())
    typer.echo(f"{'converged' if converged else 'not converged'}: {evidence}")
    typer.echo(f"make a bundle of it with `zokusei export {out} --out BUNDLE`")


def _starting_point(path: Path) -> StartingPoint:
    from zokusei.training import Run
    from zokusei.training.pretrained import IMAGENET, imagenet
    from zokusei.training.starting import StartingPoint

    if str(path) == IMAGENET:
        return imagenet()
    if (path / "run.json").is_file():
        return StartingPoint.from_run(Run.open(path))
    return StartingPoint.from_bundle(open_bundle(path))


def _train_head(lib: str, trunk: Path, out: Path, settings: HeadSettings) -> None:
    from zokusei.library import Library
    from zokusei.training.head_run import train_head

    with stages() as on_stage:
        solving = on_stage("solving")
        run = train_head(
            Library.open(lib),
            open_trunk(trunk),
            out,
            settings,
            on_features=on_stage("features"),
            on_pass=lambda point: solving(point.num_passes, settings.max_passes),
        )
    typer.echo(run.about()["evidence"])
    typer.echo(f"make a bundle of it with `zokusei export {out} --out BUNDLE`")
