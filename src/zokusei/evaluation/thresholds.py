"""The thresholds that turn probabilities into tags: of best F1, and for a wanted precision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zokusei.errors import UsageError
from zokusei.evaluation.rivalry import Rivalry

MIN_THRESHOLD = 0.2
"""Best F1 asks for thresholds of a hundredth where an attribute is rare or hard to see; a tag
below this would be wrong in four cases of five."""


MAX_CONTRADICTIONS = 0.01
"""Best F1 of each attribute by itself would give two lengths to half of all works."""

_MOST_RAISED = 0.6  # a surer attribute is always tagged, whatever else is


def choose_thresholds(
    probabilities: np.ndarray, labels: np.ndarray, groups: Sequence[Rivalry] = ()
) -> np.ndarray:
    """The threshold of best F1 on the known labels, by attribute, at least ``MIN_THRESHOLD``.

    It lies half-way between two neighbouring probabilities, so that a small change of either
    tags the same works; among equals the highest is taken. In a group whose attributes exclude
    each other all thresholds are then raised to one least value, at most 0.6, such that at
    most ``MAX_CONTRADICTIONS`` of the works with one such attribute get two.

    Args:
        probabilities: float32 (N, A), calibrated.
        labels: int8 (N, A).
        groups: Those whose attributes exclude each other.

    Returns:
        float32 (A,); 0.5 where an attribute has no present or no absent label.
    """
    thresholds = np.full(labels.shape[1], 0.5, np.float32)
    for row in range(labels.shape[1]):
        cuts = _Cuts.of(probabilities[:, row], labels[:, row])
        if 0 < cuts.num_present < cuts.num_known:
            f1 = 2 * cuts.hits / (cuts.tagged + cuts.num_present)
            f1[cuts.values < MIN_THRESHOLD] = -1
            thresholds[row] = max(MIN_THRESHOLD, float(cuts.threshold(int(f1.argmax()))))
    for group in groups:
        least = _least_threshold(probabilities, labels, thresholds, group)
        thresholds[group.rows] = np.maximum(thresholds[group.rows], least)
    return thresholds


def _least_threshold(
    probabilities: np.ndarray, labels: np.ndarray, thresholds: np.ndarray, group: Rivalry
) -> np.float32:
    settled = group.settled(labels)
    stated = probabilities[np.ix_(settled, group.rows)]
    known = labels[np.ix_(settled, group.rows)] != -1
    stated = np.where(known & (stated >= thresholds[group.rows]), stated, 0)
    # A work contradicts itself up to the lesser of two probabilities that exclude each other.
    lesser = np.minimum(stated[:, :, None], stated[:, None, :])
    second = np.sort((lesser * group.pairs).max(axis=(1, 2), initial=0))[::-1]
    allowed = int(MAX_CONTRADICTIONS * len(second))
    if allowed >= len(second):
        return np.float32(0)
    return min(np.nextafter(np.float32(second[allowed]), np.float32(1)), np.float32(_MOST_RAISED))


@dataclass(frozen=True, eq=False)
class PrecisionSteps:
    """Which threshold gives which precision, of one attribute.

    Args:
        thresholds: float32 (S,), descending.
        bounds: float64 (S,), descending: the lower confidence bound of the precision of what
            is at or over each threshold.

    Raises:
        UsageError: The two do not fit each other, or do not descend.
    """

    thresholds: np.ndarray
    bounds: np.ndarray

    def __post_init__(self) -> None:
        if self.thresholds.ndim != 1 or self.thresholds.shape != self.bounds.shape:
            raise UsageError(
                f"thresholds of shape {self.thresholds.shape} and bounds of shape "
                f"{self.bounds.shape} do not fit; expected both (S,)"
            )
        if (np.diff(self.thresholds) >= 0).any() or (np.diff(self.bounds) >= 0).any():
            raise UsageError("the thresholds and bounds of a precision do not descend")

    def threshold(self, precision: float) -> float:
        """The lowest threshold whose bound reaches a precision; infinity where none does."""
        reached = np.flatnonzero(self.bounds >= precision)
        return float(self.thresholds[reached[-1]]) if reached.size else np.inf


CONFIDENCE = 0.95
"""Of the bounds on precision."""

PRECISIONS = (*np.arange(0.3, 0.9, 0.05).round(2), *np.arange(0.9, 1, 0.01).round(2), 0.995, 0.999)
"""The precisions that steps are kept for; one in between is reached by the next step above."""


def precision_steps(
    probabilities: np.ndarray, labels: np.ndarray, *, confidence: float = CONFIDENCE
) -> tuple[PrecisionSteps, ...]:
    """The thresholds for wanted precisions, by attribute.

    See ``precision_bounds``: a bound holds for each threshold by itself; picking the best of many
    makes it slightly optimistic, so judge the choice on other works.

    Args:
        probabilities: float32 (N, A), calibrated.
        labels: int8 (N, A).
        confidence: In (0, 1).

    Returns:
        A steps, each of at most as many as ``PRECISIONS``; empty where no threshold reaches
        the least of them.
    """
    steps = []
    for row in range(labels.shape[1]):
        cuts = _Cuts.of(probabilities[:, row], labels[:, row])
        bounds = precision_bounds(cuts.hits, cuts.tagged, confidence=confidence)
        # For each precision the lowest threshold that reaches it; the same may serve several.
        lowest = [np.flatnonzero(bounds >= precision) for precision in PRECISIONS]
        kept = sorted({int(reached[-1]) for reached in lowest if reached.size})
        # Rounded down, or a tie at the cut would fall out. Of equal ones the last has the least
        # bound.
        rounded = {math.floor(cuts.threshold(cut) * 1e6) / 1e6: cut for cut in kept}
        steps.append(
            PrecisionSteps(
                np.array(list(rounded), np.float32),
                np.floor(bounds[list(rounded.values())] * 1e4) / 1e4,
            )
        )
    return tuple(steps)


def precision_bounds(
    hits: np.ndarray, tagged: np.ndarray, *, confidence: float = CONFIDENCE
) -> np.ndarray:
    """The precision that samples show, as one-sided lower bounds (Clopper and Pearson 1934).

    Args:
        hits: int (N,), how many of those tagged are right.
        tagged: int (N,), at least 1.
        confidence: In (0, 1).

    Returns:
        float64 (N,); 0 without hits.
    """
    from scipy.special import betaincinv

    some = np.maximum(hits, 1)
    bounds: np.ndarray = betaincinv(some, tagged - some + 1, 1 - confidence) * (hits > 0)
    return bounds


@dataclass(frozen=True, eq=False)
class _Cuts:
    """Every way to cut one attribute's works in two, from the strictest on.

    Cut k tags the works at ``values[k]`` or above: ``tagged[k]`` works, of which ``hits[k]``
    have the attribute.
    """

    values: np.ndarray
    tagged: np.ndarray
    hits: np.ndarray
    num_known: int
    num_present: int

    @classmethod
    def of(cls, probabilities: np.ndarray, labels: np.ndarray) -> _Cuts:
        known = labels >= 0
        order = np.argsort(-probabilities[known], kind="stable")
        ranked, present = probabilities[known][order], labels[known][order] == 1
        last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)])
        hits = np.cumsum(present)[last]
        return cls(ranked[last], last + 1, hits, len(ranked), int(present.sum()))

    def threshold(self, cut: int) -> np.float32:
        """A threshold that tags exactly the works of a cut."""
        value = np.float32(self.values[cut])
        if cut + 1 == len(self.values):
            return value
        below = np.float32(self.values[cut + 1])
        middle = np.float32((float(value) + float(below)) / 2)
        return middle if middle > below else value
