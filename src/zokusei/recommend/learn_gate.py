"""Learns from held-out bookmarks how much people and attributes should say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UsageError
from zokusei.evaluation.related_metrics import Floats, Rows
from zokusei.evaluation.related_questions import NAMES
from zokusei.recommend.gate import Gate

# Values tried, one number of the gate at a time.
TRIED: Mapping[str, tuple[float, ...]] = {
    "worth": (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0),
    "ceiling": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "half_answered": (1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0),
    "steepness": (2.0, 4.0, 8.0),
    "half_liked": (0.0, 1.0, 4.0, 16.0, 64.0),
}
_BEGIN = Gate(0.4, 1.0, 8.0, 0.1)
_LOSS = 10.0  # what a loss counts beside a gain of the same size
_MOST_ROUNDS = 4
_TIE = 1e-9  # below any difference between scores


@dataclass(frozen=True, slots=True)
class Example:
    """A question, and both scores of every candidate.

    Args:
        kind: Examples of a kind are averaged first; then kinds count alike.
        targets: int64 (T,), candidates that were liked indeed.
        liked: int64 (L,), candidates that are not answered.
        by_attributes: float64 (N,), scores.
        by_bookmarks: float64 (N,), scores; 0 where there is none.
        num_liked: Bookmarks of the liked works, summed.
    """

    kind: str
    targets: Rows
    liked: Rows
    by_attributes: Floats
    by_bookmarks: Floats
    num_liked: int


def learn_gate(
    examples: Sequence[Example],
    num_bookmarks: Rows,
    popularity: Rows,
    *,
    k: int = 20,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Gate:
    """The gate that ranks best what people liked indeed.

    Best by the mean, over kinds of questions and over the popularities of the targets
    ranked among works as popular, and of all targets ranked among all works, of

        log(NDCG by both / NDCG by the better of attributes and bookmarks)

    in which a loss counts ten times, so that works of every popularity count alike and
    none is bought with another. Each number is tried at a few values in turn until none changes.

    Args:
        examples: Questions of people who are neither learned from nor judged by.
        num_bookmarks: int64 (N,), training bookmarks of the candidates.
        popularity: int64 (N,), their places in ``POPULARITY``.
        k: Length of a list.
        seed: Of the order of works with equal scores.
        on_progress: Called with the gates tried and the most there can be.

    Raises:
        UsageError: There are no examples.
    """
    if not examples:
        raise UsageError("there are no questions to learn a gate from")
    judge = _Judge(examples, num_bookmarks, popularity, k, seed)
    best, best_value = _BEGIN, judge.gain(_BEGIN)
    total = _MOST_ROUNDS * sum(map(len, TRIED.values()))
    done = 0
    for _ in range(_MOST_ROUNDS):
        before = best
        for name, values in TRIED.items():
            for value in values:
                changed: dict[str, Any] = {name: value}
                gate = replace(best, **changed)
                if gate != best and (gain := judge.gain(gate)) > best_value:
                    best, best_value = gate, gain
                done += 1
                if on_progress:
                    on_progress(done, total)
        if best == before:
            break
    return replace(best, learned={"num_questions": len(examples), "gain": round(best_value, 4)})


class _Judge:
    """What a gate is worth, by examples; all E of them at once."""

    def __init__(
        self,
        examples: Sequence[Example],
        num_bookmarks: Rows,
        popularity: Rows,
        k: int,
        seed: int,
    ) -> None:
        self._k = k
        self._kinds = np.array([example.kind for example in examples])
        self._num_liked = np.array([example.num_liked for example in examples])[:, None]
        self._num_bookmarks = num_bookmarks
        self._by_attributes = np.stack([example.by_attributes for example in examples])
        self._by_bookmarks = np.stack([example.by_bookmarks for example in examples])
        # Equal scores stand in random order, as when rankings are judged.
        shape = self._by_attributes.shape
        self._ties = _TIE * np.random.default_rng(seed).random(shape, np.float32)
        self._liked = _pairs([example.liked for example in examples])
        owner, target = _pairs([example.targets for example in examples])
        self._cells = [
            (columns, owner[chosen], target[chosen])
            for columns, chosen in (
                *((popularity == p, popularity[target] == p) for p in range(len(NAMES))),
                (np.ones(len(popularity), np.bool_), np.ones(len(target), np.bool_)),
            )
            if chosen.any()
        ]
        self._better = np.fmax(self.ndcg(self._by_attributes), self.ndcg(self._by_bookmarks))

    def gain(self, gate: Gate) -> float:
        """The mean log ratio, losses ten times; cells in which nothing is found are left out."""
        weights = gate.weights(self._num_liked, self._num_bookmarks)
        found = self.ndcg(
            weights.attributes * self._by_attributes + weights.bookmarks * self._by_bookmarks
        )
        counts = (self._better > 0) & (found > 0)
        ratios = np.log(found[counts] / self._better[counts])
        return float(np.where(ratios < 0, _LOSS * ratios, ratios).mean())

    def ndcg(self, scores: Floats) -> Floats:
        """The mean NDCG of scores (E, N): by popularity that any target has, then of all works.

        Returns:
            float64 (kinds, cells), nan where a kind has no such target.
        """
        scores = scores + self._ties
        scores[self._liked] = -np.inf
        return np.stack([self._of_cell(scores, *cell) for cell in self._cells], axis=1)

    def _of_cell(
        self, scores: Floats, columns: NDArray[np.bool_], owner: Rows, target: Rows
    ) -> Floats:
        own = scores[:, columns]
        k = min(self._k, own.shape[1])
        best = np.partition(own, -k, axis=1)[:, -k:]
        place = (best[owner] > scores[owner, target][:, None]).sum(axis=1)
        gains = np.where(place < k, 1 / np.log2(2 + place), 0)
        num_targets = np.bincount(owner, minlength=len(scores))
        ideal = np.cumsum(1 / np.log2(2 + np.arange(self._k)))
        asked = num_targets > 0
        most = ideal[np.clip(num_targets, 1, self._k) - 1]
        ndcg = np.bincount(owner, gains, len(scores)) / most
        kinds = np.unique(self._kinds)
        return np.array([_mean(ndcg[asked & (self._kinds == kind)]) for kind in kinds])


def _pairs(rows: Sequence[Rows]) -> tuple[Rows, Rows]:
    """The place of each sequence, and its rows, one after the other."""
    owner = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
    return owner, np.concatenate([np.zeros(0, np.int64), *rows])


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
