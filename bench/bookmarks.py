"""Related works by attributes, bookmarks and both, on real interactions, beside implicit.

    python -m bench.bookmarks BOOKMARKS.parquet WORKS.parquet

BOOKMARKS has the columns user_id and work_id, WORKS work_id, genres (a list) and type.
The figures in bench/results/bookmarks.json are of 513,137 "has watched" events of 5,000
people on 6,444 anime titles, with genres and type as attributes: titles, not illustrations.

People are split into those learned from (70%), chosen by (15%) and judged by (15%); of
the latter two nothing is learned. Each who has 20 bookmarks or more is asked about twice:
by one liked work, and by all but the ten left out. Of the works with 20 training bookmarks
or more a tenth keeps none, a tenth 1 to 4 and a tenth 5 to 19: fresh works by
construction. Taste is learned on the training people, the gate on the validation people.

The peers are implicit's own recommenders with their own defaults, and its ALS also with
the settings chosen here. They answer from the same training bookmarks.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from zokusei.evaluation.related import Ranker, RelatedEvaluation
from zokusei.evaluation.related_questions import Question, make_trial
from zokusei.index import AttributeIndex
from zokusei.judging_related import Contest, judge_related, learn_gate_by, rankers
from zokusei.recommend.by_bookmarks import MODELS, default_model, make_model
from zokusei.recommend.gate import Gate
from zokusei.vocabulary import Attribute, Group, Vocabulary

RESULTS = Path(__file__).parent / "results" / "bookmarks.json"
SOURCE = (
    "513,137 'has watched' events of 5,000 people on 6,444 anime titles (a subsample of the "
    "public MyAnimeList set), genres and type as attributes: titles, not illustrations"
)
# What kind of release it is says less than its genres; by eye, not tuned.
GROUP_WEIGHTS = {"genre": 1.0, "type": 0.5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bookmarks", type=Path)
    parser.add_argument("works", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--gate", type=Path, help="also keep the learned gate here")
    parser.add_argument("--use", type=Path, help="judge this gate instead of learning one")
    arguments = parser.parse_args()
    contest = read(arguments.bookmarks, arguments.works, arguments.seed)
    began = time.perf_counter()
    if arguments.use:
        gate = Gate.load(arguments.use)
    else:
        gate = learn_gate_by(contest, source=SOURCE, seed=arguments.seed)
    print("gate", gate, f"{time.perf_counter() - began:.0f} s")
    if arguments.gate:
        gate.save(arguments.gate)
    ranked_by = rankers(contest, gate, others=list(MODELS)) | peers(contest)
    # The same gate that lets fresh works in more easily: what they take from the others.
    fresher = replace(gate, worth=min(1.0, 4 * gate.worth))
    ranked_by["both, attributes worth 4 times"] = contest.by_both(
        fresher, contest.by_taste, ranked_by["bookmarks"]
    )
    judged = judge_related(contest, ranked_by, seed=arguments.seed)
    for evaluation in judged:
        print_table(evaluation)
    report = {
        "data": SOURCE,
        "command": "python -m bench.bookmarks BOOKMARKS.parquet WORKS.parquet",
        "bookmarks_by": default_model(contest.matrix),
        "gate": {
            "ceiling": gate.ceiling,
            "half_liked": gate.half_liked,
            "half_answered": gate.half_answered,
            "worth": gate.worth,
            "steepness": gate.steepness,
            "learned": dict(gate.learned),
        },
        "milliseconds_a_question": {name: speed(contest, name) for name in MODELS},
        "evaluations": [rounded(evaluation.to_json()) for evaluation in judged],
    }
    arguments.out.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


def read(bookmarks: Path, works: Path, seed: int) -> Contest:
    table = pq.read_table(works).sort_by("work_id").to_pylist()
    work_ids = [str(row["work_id"]) for row in table]
    has = [{f"genre {genre}" for genre in row["genres"]} | {f"type {row['type']}"} for row in table]
    vocabulary = vocabulary_of(sorted(set().union(*has)))
    probabilities = np.array([[255 * (id_ in own) for id_ in vocabulary.ids] for own in has])
    index = AttributeIndex.from_probabilities(
        work_ids, probabilities.astype(np.uint8), vocabulary, group_weights=GROUP_WEIGHTS
    )
    events = pq.read_table(bookmarks)
    rows = np.searchsorted([row["work_id"] for row in table], events["work_id"].to_numpy())
    user_ids = [str(user_id) for user_id in events["user_id"].to_pylist()]
    trial = make_trial(user_ids, rows.astype(np.int64), work_ids, seed=seed)
    return Contest.from_trial(trial, index)


def vocabulary_of(ids: list[str]) -> Vocabulary:
    """Attributes named "genre Drama", "type TV": a group for each first word."""
    groups = []
    for group_id, exclusion in (("genre", "any"), ("type", "one")):
        own = tuple(id_ for id_ in ids if id_.split()[0] == group_id)
        groups.append(Group(group_id, group_id, group_id, exclusion, False, True, own))  # type: ignore[arg-type]
    attributes = [
        Attribute(id_, group=group.id, en=id_, ja=id_)
        for group in groups
        for id_ in group.attribute_ids
    ]
    return Vocabulary(groups, attributes)


def peers(contest: Contest) -> dict[str, Ranker]:
    """Implicit's recommenders, fitted on the training bookmarks."""
    user_ids, works = contest.trial.training
    _, users = np.unique(user_ids, return_inverse=True)
    matrix = sparse.csr_matrix(
        (np.ones(len(works), np.float32), (users, works)),
        (users.max() + 1, len(contest.trial.work_ids)),
    )
    made: dict[str, Any] = {
        "implicit cosine": CosineRecommender(),
        "implicit tf-idf": TFIDFRecommender(),
        "implicit bm25": BM25Recommender(),
        "implicit bm25, 200 neighbours": BM25Recommender(K=200),
        "implicit als": AlternatingLeastSquares(random_state=0),
        "implicit als, 128 factors": AlternatingLeastSquares(factors=128, random_state=0),
    }
    with threadpool_limits(1, "blas"):
        for model in made.values():
            model.fit(matrix, show_progress=False)
    return {name: asked(model, matrix.shape[1]) for name, model in made.items()}


def asked(model: Any, num_works: int) -> Callable[[Question], NDArray[np.float64]]:
    """Scores of all works by one of implicit's recommenders; what it does not score is last."""

    def scores(question: Question) -> NDArray[np.float64]:
        ones = np.ones(len(question.liked), np.float32)
        where = (np.zeros(len(question.liked), np.int64), question.liked)
        liked = sparse.csr_matrix((ones, where), (1, num_works))
        rows, found = model.recommend(0, liked, N=num_works, recalculate_user=True)
        every = np.full(num_works, -1e6)
        scored = rows >= 0
        every[rows[scored]] = np.maximum(found[scored], -1e6)
        return every

    return scores


def speed(contest: Contest, name: str) -> float:
    """The median milliseconds of a question about all that a person liked."""
    ranker = contest.by_bookmarks(make_model(contest.matrix, name))
    ranker(contest.trial.test[0])
    taken = []
    for question in contest.trial.test[:50]:
        began = time.perf_counter()
        ranker(question)
        taken.append(1000 * (time.perf_counter() - began))
    return round(float(np.median(taken)), 2)


def print_table(evaluation: RelatedEvaluation) -> None:
    names = list(evaluation.num_targets)
    print(f"\n{evaluation.kind}: recall@{evaluation.k} (NDCG) among works as popular; whole list")
    print(f"{'':30}" + "".join(f"{name:>16}" for name in [*names, "whole"]))
    for result in evaluation.results:
        cells = [result.among[name] for name in names] + [result.whole["all"]]
        told = "".join(f"{cell['recall'].value:>8.3f} ({cell['ndcg'].value:.3f})" for cell in cells)
        print(f"{result.name:30}{told}")
    for gain in evaluation.gains:
        where = "among" if gain.among else "whole"
        better = "(the better)" if gain.is_better else ""
        print(f"  both - {gain.over:10} {where} {gain.popularity:5} NDCG {gain.ndcg} {better}")


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
