"""Figures of merit by attribute and by group, over the entries whose label is known.

``probabilities`` are float32 (N, A) in [0, 1], ``labels`` int8 (N, A): 1 present, 0 absent,
-1 unknown. A figure is nan where it is undefined: for most, where an attribute has no present
or no absent label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from zokusei.errors import UsageError
from zokusei.evaluation.ranking import Ranking, weighted_ranking
from zokusei.evaluation.rivalry import Rivalry


def check_arrays(probabilities: np.ndarray, labels: np.ndarray) -> None:
    """Refuses what no figure could be computed of.

    Raises:
        UsageError: The shapes differ or are not (N, A), a label is none of 1, 0 and -1, or a
            probability is outside [0, 1] or not a number.
    """
    if probabilities.ndim != 2 or probabilities.shape != labels.shape:
        raise UsageError(
            f"probabilities of shape {probabilities.shape} and labels of shape {labels.shape} "
            "do not fit; expected both (N, A)"
        )
    if not np.isin(labels, (-1, 0, 1)).all():
        odd = labels[~np.isin(labels, (-1, 0, 1))][0]
        raise UsageError(f"a label is {odd}; expected 1 present, 0 absent or -1 unknown")
    inside = (probabilities >= 0) & (probabilities <= 1)
    if not inside.all():
        raise UsageError(
            f"a probability is {probabilities[~inside][0]}; expected [0, 1]: were logits given?"
        )


def has_both(labels: np.ndarray) -> np.ndarray:
    """Which attributes have a present and an absent label: bool (A,)."""
    both: np.ndarray = (labels == 1).any(axis=0) & (labels == 0).any(axis=0)
    return both


def ranking(probabilities: np.ndarray, labels: np.ndarray) -> Ranking:
    """Average precision and ROC AUC by attribute: two of float64 (A,)."""
    once = np.ones((len(labels), 1))
    columns = [
        weighted_ranking(scores, truth, once)
        for scores, truth in zip(probabilities.T, labels.T, strict=True)
    ]
    return Ranking(
        np.array([column.average_precision[0] for column in columns]),
        np.array([column.roc_auc[0] for column in columns]),
    )


def average_precision(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Step-wise average precision by attribute, as in scikit-learn: float64 (A,).

    >>> probabilities = np.array([[0.9], [0.8], [0.7], [0.6]], np.float32)
    >>> labels = np.array([[1], [0], [1], [-1]], np.int8)
    >>> round(float(average_precision(probabilities, labels)[0]), 4)  # (1/1 + 2/3) / 2
    0.8333
    """
    return ranking(probabilities, labels).average_precision


def roc_auc(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Area under the ROC curve by attribute, a tie half won: float64 (A,)."""
    return ranking(probabilities, labels).roc_auc


class Decisions(NamedTuple):
    """What thresholds make of probabilities, by attribute.

    Args:
        hits: Present and tagged; float (..., A).
        false_alarms: Absent and tagged; float (..., A).
        misses: Present and not tagged; float (..., A).
        rejections: Absent and not tagged; float (..., A).
    """

    hits: np.ndarray
    false_alarms: np.ndarray
    misses: np.ndarray
    rejections: np.ndarray

    @property
    def precision(self) -> np.ndarray:
        """Share of the tagged that are present; nan where nothing is tagged or absent."""
        return self._where_absent(_ratio(self.hits, self.hits + self.false_alarms))

    @property
    def recall(self) -> np.ndarray:
        """Share of the present that are tagged; nan where nothing is present."""
        return _ratio(self.hits, self.hits + self.misses)

    @property
    def f1(self) -> np.ndarray:
        """Harmonic mean of precision and recall; nan where nothing is present or absent."""
        f1 = _ratio(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)
        return self._where_absent(np.where(self.hits + self.misses > 0, f1, np.nan))

    def _where_absent(self, values: np.ndarray) -> np.ndarray:
        # Where no label says absent no false alarm can be seen, and any precision looks perfect.
        return np.where(self.false_alarms + self.rejections > 0, values, np.nan)


def decide(
    probabilities: np.ndarray,
    labels: np.ndarray,
    thresholds: np.ndarray | float,
    counts: np.ndarray | None = None,
) -> Decisions:
    """Counts what is tagged and what is not; an attribute is tagged at its threshold or above.

    Args:
        probabilities: float32 (N, A).
        labels: int8 (N, A).
        thresholds: float32 (A,), or one for all.
        counts: float (N, R): weigh the works by each of these columns instead of by one.

    Returns:
        Counts of shape (A,), or (R, A) with ``counts``.
    """
    weights = np.ones(len(labels)) if counts is None else counts.T
    tagged = probabilities >= thresholds
    present, absent = labels == 1, labels == 0
    outcomes = (tagged & present, tagged & absent, ~tagged & present, ~tagged & absent)
    return Decisions(*(weights @ outcome.astype(weights.dtype) for outcome in outcomes))


def brier_score(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean squared distance of probability and truth (Brier 1950), by attribute: float64 (A,).

    nan where an attribute has no present or no absent label.
    """
    known = labels >= 0
    squares = np.where(known, (probabilities.astype(np.float64) - labels) ** 2, 0)
    return np.where(has_both(labels), _ratio(squares.sum(axis=0), known.sum(axis=0)), np.nan)


class TopOne(NamedTuple):
    """The most probable attribute of a group, for the works that have one.

    Args:
        works: int (n,), the rows of the works with a present label in the group.
        predicted: int (n,), the row of the most probable attribute.
        right: bool (n,), whether that attribute is present.
    """

    works: np.ndarray
    predicted: np.ndarray
    right: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share of works that are right; nan where there are none."""
        return float(self.right.mean()) if len(self.right) else float("nan")


def top_one(
    probabilities: np.ndarray,
    labels: np.ndarray,
    attribute_rows: Sequence[int],
    main: np.ndarray | None = None,
) -> TopOne:
    """Asks of each work for the most probable attribute of a group.

    With ``labels`` alone, any present attribute is right: a work with black and red hair may be
    called either. With ``main`` only its main one is, and works without a main one are left
    out. An attribute whose label is unknown is wrong when another is known to be present.

    Args:
        probabilities: float32 (N, A).
        labels: int8 (N, A).
        attribute_rows: The attributes to choose from, as ``Vocabulary.main_ids`` names them.
        main: int (N,), the row of each work's main attribute in the group, -1 for none.
    """
    choices = np.asarray(attribute_rows)
    if main is None:
        works = np.flatnonzero((labels[:, choices] == 1).any(axis=1))
    else:
        works = np.flatnonzero(np.isin(main, choices))
    predicted = choices[probabilities[np.ix_(works, choices)].argmax(axis=1)]
    right = labels[works, predicted] == 1 if main is None else predicted == main[works]
    return TopOne(works, predicted, right)


class Contradictions(NamedTuple):
    """Which works get two attributes that exclude each other.

    Args:
        works: int (n,), the rows of the works whose label has one.
        contradicted: bool (n,), whether two are at or over their thresholds.
    """

    works: np.ndarray
    contradicted: np.ndarray


def contradictions(
    probabilities: np.ndarray, labels: np.ndarray, thresholds: np.ndarray | float, group: Rivalry
) -> Contradictions:
    """Looks for two tagged attributes of a group that exclude each other.

    Works whose label has two such attributes, or none of the group, are left out. What a
    label leaves open contradicts nothing: tan may be dark skin too.

    Args:
        probabilities: float32 (N, A).
        labels: int8 (N, A).
        thresholds: float32 (A,), or one for all.
        group: The attributes, and which of them exclude each other.
    """
    works = np.flatnonzero(group.settled(labels))
    tagged = (probabilities[works] >= thresholds) & (labels[works] != -1)
    return Contradictions(works, group.contradicted(tagged))


def confusion_matrix(
    probabilities: np.ndarray, labels: np.ndarray, attribute_rows: Sequence[int]
) -> np.ndarray:
    """Counts of true against most probable attribute, over works with one present attribute.

    Args:
        probabilities: float32 (N, A).
        labels: int8 (N, A).
        attribute_rows: The G attributes to choose from.

    Returns:
        int64 (G, G): the true attribute by row, the predicted one by column.
    """
    choices = np.asarray(attribute_rows)
    present = labels[:, choices] == 1
    single = present.sum(axis=1) == 1
    truth = present[single].argmax(axis=1)
    predicted = probabilities[np.ix_(np.flatnonzero(single), choices)].argmax(axis=1)
    matrix = np.zeros((len(choices), len(choices)), np.int64)
    np.add.at(matrix, (truth, predicted), 1)
    return matrix


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    quotient = np.full(np.shape(numerator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient
