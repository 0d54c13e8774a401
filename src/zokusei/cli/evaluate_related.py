"""``zokusei evaluate-related`` and ``learn-gate``: related works against bookmarks left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zokusei.cli.options import BundleOption, JsonOption, LibraryArgument, open_bundle
from zokusei.cli.progress import progress
from zokusei.errors import LibraryError

if TYPE_CHECKING:
    from zokusei.evaluation.related import RelatedEvaluation
    from zokusei.judging_related import Contest
    from zokusei.library import Library

LeaveOutOption = Annotated[
    int, typer.Option("--leave-out", metavar="N", min=1, help="Bookmarks left out of a person's.")
]
WithholdOption = Annotated[
    float,
    typer.Option(
        "--withhold",
        metavar="SHARE",
        help="Of the works with 20 bookmarks or more, this share keeps none, another 1 to 4, "
        "another 5 to 19.",
    ),
]
UsersOption = Annotated[
    int | None, typer.Option("--users", metavar="N", min=1, help="Ask about at most N people.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Of everything random.")]


def evaluate_related(
    lib: LibraryArgument,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="REPORT", help="The report's folder.")],
    users: UsersOption = None,
    leave_out: LeaveOutOption = 10,
    withhold: WithholdOption = 0.1,
    k: Annotated[int, typer.Option("--k", metavar="K", min=1, help="Length of a list.")] = 20,
    seed: SeedOption = 0,
    bundle: BundleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge related works by attributes, taste, bookmarks and both.

    Taste is what people's bookmarks say of attributes, learned anew. 15% of the
    people are judged by: nothing is learned from their bookmarks, some of which
    are left out and looked for. Writes related.html and related.json.
    """
    from zokusei.evaluation.related_report import write_related_report
    from zokusei.judging_related import judge_related, rankers
    from zokusei.library import Library
    from zokusei.recommend.by_bookmarks import default_model, installed_models
    from zokusei.recommend.gate import Gate
    from zokusei.recommend.taste import taste_path

    library = Library.open(lib)
    contest = _contest(library, bundle, seed, leave_out, withhold, users)
    gate = Gate.from_library(library)
    path = taste_path(library)
    by_taste = path is not None and path.is_file()
    ranked_by = rankers(contest, gate, by_taste=by_taste, others=installed_models())
    with progress("judging") as on_progress:
        judged = judge_related(contest, ranked_by, k=k, seed=seed, on_progress=on_progress)
    facts = {
        "library": f"{len(contest.trial.work_ids):,} works",
        "learned from": f"{contest.matrix.num_people:,} people, "
        f"{len(contest.trial.training[1]):,} bookmarks",
        "judged by": f"{len(contest.trial.test):,} other people, {leave_out} left out of each",
        "bookmarks by": default_model(contest.matrix),
        "both take": "taste and bookmarks" if by_taste else "attributes and bookmarks",
        "gate learned on": str(gate.learned.get("on", "nothing that is known")),
        "seed": str(seed),
    }
    path = write_related_report(out, judged, title="Related works", facts=facts)
    if as_json:
        typer.echo(json.dumps([one.to_json() for one in judged], ensure_ascii=False))
        return
    for evaluation in judged:
        _print(evaluation)
    typer.echo(f"see {path}")


def learn_gate(
    lib: LibraryArgument,
    *,
    users: UsersOption = None,
    leave_out: LeaveOutOption = 10,
    withhold: WithholdOption = 0.1,
    seed: SeedOption = 0,
    bundle: BundleOption = None,
) -> None:
    """Learn from a library's bookmarks how much people and attributes should say.

    Replaces the gate in the package for this library, and adds a taste: which
    attributes go together in what people bookmark, and which are bookmarked at
    all. With both, it ranks works that nobody bookmarked yet. Taste is learned on
    70% of the people, the gate on 15%; those by whom evaluate-related judges are not among them.
    """
    from zokusei.judging_related import learn_gate_by
    from zokusei.library import Library
    from zokusei.recommend.gate import gate_path
    from zokusei.recommend.taste import taste_path

    library = Library.open(lib)
    path, of_taste = gate_path(library), taste_path(library)
    if path is None or of_taste is None:
        raise LibraryError(f"a gate is kept in a folder; {lib} is none: learn on a copy of it")
    contest = _contest(library, bundle, seed, leave_out, withhold, users)
    with progress("learning") as on_progress:
        gate = learn_gate_by(contest, source=library.address, seed=seed, on_progress=on_progress)
    contest.taste.save(of_taste)
    gate.save(path)
    typer.echo(
        f"people say up to {gate.ceiling:.0%}: half of it with {gate.half_liked:g} bookmarks of "
        f"what is liked, and half with {gate.half_answered:g} of what is answered; "
        f"learned on {gate.learned['num_questions']} questions: {path}"
    )


def _contest(
    library: Library,
    bundle: Path | None,
    seed: int,
    leave_out: int,
    withhold: float,
    users: int | None,
) -> Contest:
    from zokusei.index import open_index
    from zokusei.judging_related import Contest

    return Contest.from_library(
        library,
        open_index(library, open_bundle(bundle)).refresh(),
        seed=seed,
        leave_out=leave_out,
        withhold=withhold,
        most_people=users,
    )


def _print(evaluation: RelatedEvaluation) -> None:
    """Recall by popularity, and what both gain, as tables."""
    from rich.table import Table

    from zokusei.cli.tables import terminal

    console = terminal()
    asked = "one liked work" if evaluation.kind == "work" else "all that a person liked"
    console.print(f"{evaluation.num_questions} questions about {asked}; recall@{evaluation.k}")
    names = list(evaluation.num_targets)
    table = Table(box=None, header_style="dim")
    table.add_column("ranked by", no_wrap=True)
    for name in [*names, "all works"]:
        table.add_column(name, justify="right", no_wrap=True)
    for result in evaluation.results:
        cells = [result.among[name] for name in names] + [result.whole["all"]]
        table.add_row(result.name, *(f"{cell['recall'].value:.3f}" for cell in cells))
    console.print(table)
    console.print("  (columns: bookmarks of the target, ranked among works with as many)")
    for gain in evaluation.gains:
        where = "among works as popular" if gain.among else "among all works"
        console.print(f"  both over {gain.over}, {gain.popularity} {where}: NDCG {gain.ndcg}")
