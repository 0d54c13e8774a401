"""One call that computes everything a report says about a model."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from zokusei.errors import UsageError
from zokusei.evaluation.bootstrap import Interval, resample_counts
from zokusei.evaluation.groups import Judged, group_results
from zokusei.evaluation.label_errors import find_label_errors
from zokusei.evaluation.metrics import (
    brier_score,
    check_arrays,
    decide,
    has_both,
    ranking,
)
from zokusei.evaluation.ranking import Ranking, weighted_ranking
from zokusei.evaluation.reliability import Reliability, expected_calibration_error, reliability
from zokusei.evaluation.results import AttributeResult, Evaluation
from zokusei.vocabulary import Vocabulary

__all__ = ["Evaluation", "evaluate"]

_BLOCK = 250
"""Resamples ranked at a time: 10,000 works take half as long as with all 1,000 at once, whose
intermediate sums do not stay in the cache (14 ms against 29 ms an attribute, 2026-11)."""


def evaluate(
    probabilities: np.ndarray,
    labels: np.ndarray,
    *,
    vocabulary: Vocabulary,
    thresholds: np.ndarray | float = 0.5,
    work_ids: Sequence[str] | None = None,
    main: Mapping[str, np.ndarray] | None = None,
    unknown: Mapping[str, np.ndarray] | None = None,
    min_support: int = 5,
    num_resamples: int = 1000,
    num_label_errors: int = 200,
    seed: int = 0,
) -> Evaluation:
    """Compares probabilities with labels.

    The works must be others than those the model and its calibration were fitted on. Intervals
    are bootstrap percentiles at 95% over works; they say nothing about other kinds of works.

    Args:
        probabilities: float32 (N, A), in [0, 1], calibrated.
        labels: int8 (N, A): 1 present, 0 absent, -1 unknown.
        vocabulary: Of A attributes.
        thresholds: float32 (A,), or one for all.
        work_ids: N ids, by which label errors are named.
        main: By group id, int (N,): the row in the vocabulary of each work's main attribute,
            -1 where not known. Gives ``strict_top1``.
        unknown: By group id, bool (N,): of which works the model said that the group is unknown.
        min_support: An attribute needs so many present and so many absent labels to count in
            the means.
        num_resamples: Behind every interval.
        num_label_errors: At most so many are listed.
        seed: Of the resamples.

    Raises:
        UsageError: The arrays do not fit each other or the vocabulary.
    """
    check_arrays(probabilities, labels)
    _check_fit(probabilities, vocabulary, work_ids)
    thresholds = np.broadcast_to(np.asarray(thresholds, np.float32), len(vocabulary))
    counts = resample_counts(len(labels), num_resamples=num_resamples, seed=seed)
    point = ranking(probabilities, labels)
    resampled = _resampled_rankings(probabilities, labels, counts)
    attributes = _attribute_results(
        probabilities, labels, vocabulary, thresholds, point, resampled.average_precision
    )
    supported = ((labels == 1).sum(axis=0) >= min_support) & (
        (labels == 0).sum(axis=0) >= min_support
    )
    kept = np.flatnonzero(supported)

    def precision_of(rows: Iterable[int]) -> Interval:
        rows = [row for row in rows if supported[row]]
        return _macro(point.average_precision[rows], resampled.average_precision[rows])

    f1 = decide(probabilities[:, kept], labels[:, kept], thresholds[kept], counts).f1
    errors = [result.calibration_error for result in attributes]
    return Evaluation(
        num_works=len(labels),
        vocabulary_fingerprint=vocabulary.fingerprint,
        min_support=min_support,
        num_resamples=num_resamples,
        attributes=attributes,
        macro={
            "average_precision": precision_of(kept.tolist()),
            "roc_auc": _macro(point.roc_auc[kept], resampled.roc_auc[kept]),
            "f1": _macro(np.array([result.f1 for result in attributes])[kept], f1.T),
            "calibration_error": Interval(_mean(np.array(errors)[kept])),
        },
        groups=group_results(
            Judged(
                probabilities,
                labels,
                thresholds,
                counts,
                work_ids or [str(row) for row in range(len(labels))],
                main or {},
                unknown or {},
                precision_of,
            ),
            vocabulary,
        ),
        reliability=_reliabilities(probabilities, labels, vocabulary),
        label_errors=find_label_errors(
            probabilities,
            _contradictable(labels, vocabulary, unknown or {}),
            vocabulary.ids,
            work_ids=work_ids,
            limit=num_label_errors,
        ),
    )


def _contradictable(
    labels: np.ndarray, vocabulary: Vocabulary, unknown: Mapping[str, np.ndarray]
) -> np.ndarray:
    """The labels, less those of groups of which the model says that it cannot tell."""
    told = labels.copy()
    for group_id, works in unknown.items():
        told[np.ix_(works, np.array(vocabulary.group_rows(group_id)))] = -1
    return told


def _check_fit(
    probabilities: np.ndarray, vocabulary: Vocabulary, work_ids: Sequence[str] | None
) -> None:
    num_works, num_attributes = probabilities.shape
    if num_attributes != len(vocabulary):
        raise UsageError(
            f"probabilities of {num_attributes} attributes do not fit a vocabulary of "
            f"{len(vocabulary)}"
        )
    if num_works == 0:
        raise UsageError("there are no works to evaluate; expected at least one")
    if work_ids is not None and len(work_ids) != num_works:
        raise UsageError(f"{len(work_ids)} work ids do not fit {num_works} works")


def _resampled_rankings(
    probabilities: np.ndarray, labels: np.ndarray, counts: np.ndarray
) -> Ranking:
    """Average precision and ROC AUC of each resample: two of float32 (A, R)."""
    num_blocks = max(1, counts.shape[1] // _BLOCK)
    blocks = [np.ascontiguousarray(b) for b in np.array_split(counts, num_blocks, axis=1)]
    rankings = [
        [weighted_ranking(scores, truth, block) for block in blocks]
        for scores, truth in zip(probabilities.T, labels.T, strict=True)
    ]
    return Ranking(
        np.stack([np.concatenate([r.average_precision for r in row]) for row in rankings]),
        np.stack([np.concatenate([r.roc_auc for r in row]) for row in rankings]),
    )


def _attribute_results(
    probabilities: np.ndarray,
    labels: np.ndarray,
    vocabulary: Vocabulary,
    thresholds: np.ndarray,
    point: Ranking,
    resampled: np.ndarray,
) -> tuple[AttributeResult, ...]:
    num_present, num_absent = (labels == 1).sum(axis=0), (labels == 0).sum(axis=0)
    decisions = decide(probabilities, labels, thresholds)
    precision, recall, f1 = decisions.precision, decisions.recall, decisions.f1
    errors = expected_calibration_error(probabilities, labels)
    brier = brier_score(probabilities, labels)
    results = []
    for row, attribute in enumerate(vocabulary):
        num_known = int(num_present[row] + num_absent[row])
        interval = Interval.from_resamples(point.average_precision[row], resampled[row])
        results.append(
            AttributeResult(
                id=attribute.id,
                group=attribute.group,
                num_present=int(num_present[row]),
                num_absent=int(num_absent[row]),
                base_rate=float(num_present[row] / num_known) if num_known else float("nan"),
                average_precision=interval.value,
                average_precision_low=interval.low,
                average_precision_high=interval.high,
                roc_auc=float(point.roc_auc[row]),
                f1=float(f1[row]),
                precision=float(precision[row]),
                recall=float(recall[row]),
                threshold=float(thresholds[row]),
                calibration_error=float(errors[row]),
                brier_score=float(brier[row]),
            )
        )
    return tuple(results)


def _reliabilities(
    probabilities: np.ndarray, labels: np.ndarray, vocabulary: Vocabulary
) -> dict[str, Reliability]:
    # An attribute with labels of one kind only would seem badly calibrated at any probability.
    labels = np.where(has_both(labels), labels, np.int8(-1))
    curves = {"all": reliability(probabilities, labels)}
    for group in vocabulary.groups:
        rows = vocabulary.group_rows(group.id)
        curves[group.id] = reliability(probabilities[:, rows], labels[:, rows])
    return curves


def _macro(values: np.ndarray, resampled: np.ndarray) -> Interval:
    """The mean over attributes, (A,), and its interval from resamples, (A, R)."""
    with warnings.catch_warnings():
        # A resample may leave an attribute, and with few attributes all of them, undefined.
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        return Interval.from_resamples(_mean(values), np.nanmean(resampled, axis=0))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")
