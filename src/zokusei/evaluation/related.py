"""How well rankings answer questions with known answers, by how popular the answers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from zokusei.evaluation.bootstrap import Interval, resample_counts
from zokusei.evaluation.related_metrics import (
    Floats,
    ListMetrics,
    Rows,
    coverage,
    diversity,
    list_metrics,
    mean_interval,
    mean_intervals,
    novelty,
    ranking,
)
from zokusei.evaluation.related_questions import NAMES, Kind, Question
from zokusei.evaluation.results import nan_as_none

Ranker: TypeAlias = Callable[[Question], Floats]
"""Scores of all N works for a question, float64 (N,), finite; it sees no targets."""

K = 20
ALL = "all"
MEASURES = ListMetrics._fields


@dataclass(frozen=True, slots=True)
class Works:
    """The N candidates, as far as judging needs them.

    Args:
        popularity: int64 (N,), the place of each in ``POPULARITY``.
        num_bookmarks: int64 (N,), training bookmarks.
        num_people: How many people the training bookmarks are of.
        vectors: float (N, A), of an attribute space: what diversity is measured by.
        shares: float64 (A,), what each attribute weighs.
    """

    popularity: Rows
    num_bookmarks: Rows
    num_people: int
    vectors: Floats
    shares: Floats


@dataclass(frozen=True, slots=True)
class Answers:
    """What one ranking did with Q questions; nan where a question has no such target.

    Args:
        among: float64 (Q, 5, 3): by popularity, targets ranked among the works that are as
            popular as they; the three ``MEASURES`` at k.
        whole: float64 (Q, 6, 3): by popularity and of all targets, ranked among all works.
        lists: Of each question the k best of all works.
    """

    among: Floats
    whole: Floats
    lists: tuple[Rows, ...]


@dataclass(frozen=True, slots=True)
class RankerResult:
    """How good a ranking is.

    Args:
        name: Which.
        among: By popularity of the targets, then by measure: where only works as popular as
            they are ranked.
        whole: The same and ``all``, where all works are ranked.
        coverage: Share of the works in at least one list.
        diversity: Of a list: mean of 1 - score by attributes over its pairs.
        novelty: Of a list, in bits.
    """

    name: str
    among: Mapping[str, Mapping[str, Interval]]
    whole: Mapping[str, Mapping[str, Interval]]
    coverage: float
    diversity: Interval
    novelty: Interval


@dataclass(frozen=True, slots=True)
class Gain:
    """How much better a ranking is than another on the same questions.

    Args:
        popularity: Of the targets; ``all`` for all of them.
        among: Whether they were ranked among works as popular, else among all works.
        over: The other ranking.
        is_better: Whether the other is the better of those that the gain is asked over.
        ndcg: The difference, with its paired interval.
    """

    popularity: str
    among: bool
    over: str
    is_better: bool
    ndcg: Interval


@dataclass(frozen=True, slots=True)
class RelatedEvaluation:
    """Rankings judged by one kind of question.

    Args:
        kind: About one liked work, or all that a person liked.
        k: Length of a list.
        num_questions: How many.
        num_targets: By popularity.
        num_works: By popularity.
        results: One a ranking.
        gains: Of both over attributes, plain and by taste, and over bookmarks.
    """

    kind: Kind
    k: int
    num_questions: int
    num_targets: Mapping[str, int]
    num_works: Mapping[str, int]
    results: tuple[RankerResult, ...]
    gains: tuple[Gain, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in a report; nan is None."""
        fields: dict[str, Any] = nan_as_none(asdict(self))
        return fields


def evaluate_related(
    kind: Kind,
    questions: Sequence[Question],
    rankers: Mapping[str, Ranker],
    works: Works,
    *,
    child: str = "both",
    parents: Sequence[str] = ("attributes", "taste", "bookmarks"),
    k: int = K,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> RelatedEvaluation:
    """Asks every ranking every question.

    Works with equal scores, among them all that a ranking does not score, stand in
    random order, another for each question: who ranks fresh works by nothing gets what
    chance gives.

    Args:
        kind: Of the questions.
        questions: One or more.
        rankers: By name.
        works: The candidates.
        child: The ranking whose gain is asked for.
        parents: Over these, as far as they are among the rankings.
        k: Length of a list.
        seed: Of the random order and of the resamples.
        on_progress: Called with the rankings done and their number.
    """
    answers: dict[str, Answers] = {}
    for done, (name, ranker) in enumerate(rankers.items(), 1):
        answers[name] = answer(ranker, questions, works.popularity, k, seed)
        if on_progress:
            on_progress(done, len(rankers))
    counts = resample_counts(len(questions), seed=seed)
    targets = np.concatenate([works.popularity[question.targets] for question in questions])
    return RelatedEvaluation(
        kind,
        k,
        len(questions),
        _by_popularity(targets),
        _by_popularity(works.popularity),
        tuple(_result(name, one, works, counts) for name, one in answers.items()),
        gains(child, [name for name in parents if name in answers], answers, counts),
    )


def answer(
    ranker: Ranker, questions: Sequence[Question], popularity: Rows, k: int, seed: int
) -> Answers:
    """What a ranking does with questions; see ``evaluate_related``."""
    among = np.full((len(questions), len(NAMES), len(MEASURES)), np.nan)
    whole = np.full((len(questions), len(NAMES) + 1, len(MEASURES)), np.nan)
    lists = []
    rng = np.random.default_rng(seed)
    for place, question in enumerate(questions):
        ranked = ranking(ranker(question), rng.permutation(len(popularity)))
        ranked = ranked[~np.isin(ranked, question.liked)]
        among[place], whole[place] = judge_ranked(ranked, question.targets, popularity, k)
        lists.append(ranked[:k])
    return Answers(among, whole, tuple(lists))


def judge_ranked(ranked: Rows, targets: Rows, popularity: Rows, k: int) -> tuple[Floats, Floats]:
    """The figures of one list of works, best first: float64 (5, 3) and (6, 3) of ``Answers``."""
    among = np.full((len(NAMES), len(MEASURES)), np.nan)
    whole = np.full((len(NAMES) + 1, len(MEASURES)), np.nan)
    of_ranked, of_targets = popularity[ranked], popularity[targets]
    for place in np.unique(of_targets):
        own = targets[of_targets == place]
        among[place] = list_metrics(ranked[of_ranked == place], own, k)
        whole[place] = list_metrics(ranked, own, k)
    whole[-1] = list_metrics(ranked, targets, k)
    return among, whole


def gains(
    child: str, parents: Sequence[str], answers: Mapping[str, Answers], counts: Any
) -> tuple[Gain, ...]:
    """By popularity, how much better a ranking is than its parents by NDCG."""
    if child not in answers:
        return ()
    column = MEASURES.index("ndcg")
    found = []
    for among, names in ((True, NAMES), (False, (*NAMES, ALL))):
        for place, name in enumerate(names):
            values = {
                other: (one.among if among else one.whole)[:, place, column]
                for other, one in answers.items()
            }
            if not np.isfinite(values[child]).any():
                continue
            means = {other: float(np.nanmean(values[other])) for other in parents}
            for other in parents:
                difference = mean_interval(values[child] - values[other], counts)
                is_better = means[other] == max(means.values())
                found.append(Gain(name, among, other, is_better, difference))
    return tuple(found)


def _result(name: str, one: Answers, works: Works, counts: Any) -> RankerResult:
    unlike = [diversity(ranked, works.vectors, works.shares) for ranked in one.lists]
    novel = [novelty(ranked, works.num_bookmarks, works.num_people) for ranked in one.lists]
    return RankerResult(
        name,
        _measured(one.among, NAMES, counts),
        _measured(one.whole, (*NAMES, ALL), counts),
        coverage(list(one.lists), len(works.popularity)),
        mean_interval(np.array(unlike), counts),
        mean_interval(np.array(novel), counts),
    )


def _measured(values: Floats, names: Sequence[str], counts: Any) -> dict[str, dict[str, Interval]]:
    """The intervals of float64 (Q, names, 3), by name and measure."""
    intervals = iter(mean_intervals(values.reshape(len(values), -1), counts))
    return {
        name: dict(zip(MEASURES, islice(intervals, len(MEASURES)), strict=True)) for name in names
    }


def _by_popularity(places: Rows) -> dict[str, int]:
    counts = np.bincount(places, minlength=len(NAMES))
    return {name: int(count) for name, count in zip(NAMES, counts, strict=True)}
