"""What an evaluation says of the groups whose attributes exclude each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zokusei.errors import UsageError
from zokusei.evaluation.bootstrap import Interval, resampled_share
from zokusei.evaluation.metrics import TopOne, confusion_matrix, contradictions, top_one
from zokusei.evaluation.ranking import weighted_ranking
from zokusei.evaluation.results import GroupResult, Mistake
from zokusei.evaluation.rivalry import Rivalry, rivalries
from zokusei.vocabulary import Vocabulary

POLES = {"hair_length": ("short_hair", "long_hair")}
"""Groups in an order, with its ends: which end a work is at is a question of its own."""

NUM_MISTAKES = 12


@dataclass(frozen=True, eq=False)
class Judged:
    """What groups are judged by.

    Args:
        probabilities: float32 (N, A).
        labels: int8 (N, A).
        thresholds: float32 (A,).
        counts: float32 (N, R), how often each resample draws each work.
        work_ids: N ids.
        main: By group id, int (N,): the row of each work's main attribute, -1 where not known.
        unknown: By group id, bool (N,): of which works the model said that it is unknown.
        precision_of: The mean average precision of some attributes, by their rows.
    """

    probabilities: np.ndarray
    labels: np.ndarray
    thresholds: np.ndarray
    counts: np.ndarray
    work_ids: Sequence[str]
    main: Mapping[str, np.ndarray]
    unknown: Mapping[str, np.ndarray]
    precision_of: Callable[[Iterable[int]], Interval]

    def share(self, works: np.ndarray, held: np.ndarray) -> Interval:
        """The share of works that something holds of, and its interval.

        Args:
            works: int (n,), rows of works.
            held: bool (n,).
        """
        value = float(held.mean()) if len(held) else float("nan")
        return Interval.from_resamples(value, resampled_share(held, self.counts[works]))


def group_results(judged: Judged, vocabulary: Vocabulary) -> tuple[GroupResult, ...]:
    """One result for each group that is ``one`` or ``mostly_one``, in their order.

    Raises:
        UsageError: ``unknown`` is not by the ids of such groups.
    """
    groups = rivalries(vocabulary)
    other = sorted(judged.unknown.keys() - {rivalry.group for rivalry in groups})
    if other:
        raise UsageError(
            f"'{other[0]}' is said to be unknown; expected a group whose attributes exclude "
            "each other"
        )
    return tuple(_group_result(judged, vocabulary, rivalry) for rivalry in groups)


def _group_result(judged: Judged, vocabulary: Vocabulary, rivalry: Rivalry) -> GroupResult:
    group, ids = vocabulary.group(rivalry.group), vocabulary.main_ids(rivalry.group)
    rows = [vocabulary.row(id_) for id_ in ids]
    probabilities, labels = judged.probabilities, judged.labels
    unknown = judged.unknown.get(group.id, np.zeros(len(labels), bool))
    main = judged.main.get(group.id, np.full(len(labels), -1))
    top1 = _answered(top_one(probabilities, labels, rows), unknown)
    strict = _answered(top_one(probabilities, labels, rows, main), unknown)
    doubled = contradictions(probabilities, labels, judged.thresholds, rivalry)
    unknowable = _unknowable(judged, vocabulary, rivalry) if group.color else np.empty(0, int)
    poles = POLES.get(group.id, ())
    poles = poles if all(id_ in vocabulary for id_ in poles) else ()
    num_at_poles, poles_auc = _poles(judged, [vocabulary.row(id_) for id_ in poles])
    return GroupResult(
        id=group.id,
        exclusion=group.exclusion,
        attribute_ids=ids,
        num_works=len(top1.works),
        top1=judged.share(top1.works, top1.right),
        num_works_with_main=len(strict.works),
        strict_top1=judged.share(strict.works, strict.right),
        average_precision=judged.precision_of(rows),
        confusion=tuple(map(tuple, confusion_matrix(probabilities, labels, rows).tolist())),
        num_settled=len(doubled.works),
        contradictions=judged.share(doubled.works, doubled.contradicted),
        poles=poles,
        num_works_at_poles=num_at_poles,
        poles_auc=poles_auc,
        wrongly_unknown=judged.share(top1.works, unknown[top1.works]),
        num_unknowable=len(unknowable),
        unknown_found=judged.share(unknowable, unknown[unknowable]),
        mistakes=_mistakes(judged, vocabulary, rows, top1, unknown),
    )


def _answered(top1: TopOne, unknown: np.ndarray) -> TopOne:
    """Who says that a group is unknown has not named the right attribute."""
    return top1._replace(right=top1.right & ~unknown[top1.works])


def _unknowable(judged: Judged, vocabulary: Vocabulary, rivalry: Rivalry) -> np.ndarray:
    """The rows of works that are monochrome and have no label in a group of colours."""
    if "monochrome" not in vocabulary:
        return np.empty(0, int)
    unlabelled = (judged.labels[:, rivalry.rows] != 1).all(axis=1)
    return np.flatnonzero(unlabelled & (judged.labels[:, vocabulary.row("monochrome")] == 1))


def _poles(judged: Judged, rows: Sequence[int]) -> tuple[int, Interval]:
    """Works that are at one end only, and how well the difference in log odds tells which."""
    if not rows:
        return 0, Interval(float("nan"))
    low, high = (judged.labels[:, row] == 1 for row in rows)
    ends = np.where(low == high, np.int8(-1), high.astype(np.int8))
    stated = np.clip(judged.probabilities[:, list(rows)].astype(np.float64), 1e-7, 1 - 1e-7)
    log_odds = np.log(stated / (1 - stated))
    scores = log_odds[:, 1] - log_odds[:, 0]
    point = weighted_ranking(scores, ends, np.ones((len(ends), 1)))
    resampled = weighted_ranking(scores, ends, judged.counts)
    auc = Interval.from_resamples(float(point.roc_auc[0]), resampled.roc_auc)
    return int((ends >= 0).sum()), auc


def _mistakes(
    judged: Judged,
    vocabulary: Vocabulary,
    rows: Sequence[int],
    top1: TopOne,
    unknown: np.ndarray,
) -> tuple[Mistake, ...]:
    """The surest wrong answers, the surest first."""
    stated = judged.probabilities[top1.works, top1.predicted]
    wrong = np.flatnonzero(~top1.right & ~unknown[top1.works])
    order = wrong[np.argsort(-stated[wrong], kind="stable")][:NUM_MISTAKES]
    return tuple(
        Mistake(
            work_row=int(work),
            work_id=judged.work_ids[work],
            predicted=vocabulary.ids[top1.predicted[place]],
            probability=float(stated[place]),
            present=tuple(vocabulary.ids[row] for row in rows if judged.labels[work, row] == 1),
        )
        for place in order
        for work in (top1.works[place],)
    )
