"""How good a list of recommended works is, by which of them were liked indeed."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zokusei.evaluation.bootstrap import Interval

Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.int64]


_TAILS = (0.025, 0.975)


class ListMetrics(NamedTuple):
    """Of one list of at most k works, or means over many; each in [0, 1], nan without targets.

    Args:
        recall: Share of the targets that are in the list.
        ndcg: Discounted cumulative gain, a target at place i (from 1) counting
            1 / log2(1 + i), relative to that of a list with as many targets as can be
            in front (Jarvelin and Kekalainen, 2002).
        average_precision: Sum of the precision at each target's place, relative to as
            many targets as can be in the list; its mean over questions is MAP.
    """

    recall: float
    ndcg: float
    average_precision: float


def list_metrics(ranked: Rows, targets: Rows, k: int) -> ListMetrics:
    """Judges a list.

    >>> list_metrics(np.array([7, 3, 5]), np.array([3, 9]), 3).recall
    0.5

    Args:
        ranked: Works, best first; those after the k-th are not looked at.
        targets: int64 (T,), each once.
        k: Length of a full list.
    """
    if not len(targets):
        return ListMetrics(np.nan, np.nan, np.nan)
    hit = np.isin(ranked[:k], targets)
    places = np.flatnonzero(hit) + 1
    most = min(k, len(targets))
    ideal = (1 / np.log2(1 + np.arange(1, most + 1))).sum()
    return ListMetrics(
        len(places) / len(targets),
        float((1 / np.log2(1 + places)).sum() / ideal),
        float((np.arange(1, len(places) + 1) / places).sum() / most),
    )


def ranking(scores: Floats, ties: Rows) -> Rows:
    """All works, highest score first, and where scores are equal in the order of ``ties``.

    Args:
        scores: float64 (N,), finite.
        ties: int64 (N,), a permutation of the rows: a random one favours nothing.
    """
    ranked: Rows = ties[np.argsort(-scores[ties], kind="stable")]
    return ranked


def coverage(lists: list[Rows], num_works: int) -> float:
    """The share of the works that stand in at least one list."""
    return len(np.unique(np.concatenate(lists))) / num_works


def diversity(ranked: Rows, vectors: Floats, shares: Floats) -> float:
    """How unlike the works of a list are: the mean of 1 - score over its pairs.

    Args:
        ranked: int64 (K,); nan for fewer than two.
        vectors: float (N, A), of an attribute space.
        shares: float64 (A,), what the attributes weigh.
    """
    if len(ranked) < 2:
        return float("nan")
    own = vectors[ranked]
    likeness = (own * shares) @ own.T
    upper = likeness[np.triu_indices(len(ranked), 1)]
    return float(1 - upper.mean())


def novelty(ranked: Rows, num_bookmarks: Rows, num_people: int) -> float:
    """How little known the works of a list are: the mean of log2((U + 1) / (n + 1)), in bits.

    0 for works that all U people bookmarked (after Zhou and others, PNAS 107, 2010).
    """
    known = (num_bookmarks[ranked] + 1) / (num_people + 1)
    return float(-np.log2(known).mean())


def mean_intervals(values: Floats, counts: NDArray[np.float32]) -> list[Interval]:
    """Means over questions with their 95% percentile intervals.

    Args:
        values: float64 (Q, M); nan where a question has no answer, which then counts nowhere.
        counts: float32 (Q, R), how often each resample drew each question.

    Returns:
        M intervals; nan where no question has an answer.
    """
    defined = np.isfinite(values)
    filled = np.where(defined, values, 0)
    means = _divided(filled.sum(axis=0), defined.sum(axis=0).astype(np.float64))
    resampled = _divided(filled.T @ counts, defined.T.astype(np.float64) @ counts)
    bounds = [_bounds(row[np.isfinite(row)]) for row in resampled]
    return [
        Interval(float(mean), low, high) for mean, (low, high) in zip(means, bounds, strict=True)
    ]


def mean_interval(values: Floats, counts: NDArray[np.float32]) -> Interval:
    """The same of one figure, float64 (Q,)."""
    (interval,) = mean_intervals(values[:, None], counts)
    return interval


def _bounds(means: Floats) -> tuple[float, float]:
    if not len(means):
        return float("nan"), float("nan")
    low, high = np.quantile(means, _TAILS)
    return float(low), float(high)


def _divided(sums: Floats, numbers: Floats) -> Floats:
    means = np.full(sums.shape, np.nan)
    np.divide(sums, numbers, out=means, where=numbers > 0)
    return means
