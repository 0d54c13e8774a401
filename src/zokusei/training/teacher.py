"""What trained bundles make of pictures, beside what people said of them (self-training)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from zokusei.bundle import Bundle
from zokusei.library import ABSENT, PRESENT, UNKNOWN, LabelMatrix, Library
from zokusei.library.splits import Fold
from zokusei.vocabulary import Vocabulary

# A teacher speaks of attributes that people looked for in so many works. Of others it may know
# only drawings, and the pictures at hand would confirm what it gets wrong in them.
_MIN_LABELS = 100


def is_certain(labels: LabelMatrix) -> NDArray[np.bool_]:
    """Which works somebody knows by construction, such as drawings, bool (N,)."""
    by_construction: NDArray[np.bool_] = (labels.confidences == 1).any(axis=1)
    return by_construction & ~labels.human.any(axis=1)


def base_rates(labels: LabelMatrix) -> NDArray[np.float64]:
    """How often people found each attribute.

    Returns:
        float64 (A,) in (0, 1); NaN where they looked for it too seldom.
    """
    present = (labels.human & (labels.states == PRESENT)).sum(axis=0)
    looked = present + (labels.human & (labels.states == ABSENT)).sum(axis=0)
    rates = (present + 0.5) / (looked + 1)
    return np.where((looked >= _MIN_LABELS) & (present > 0), rates, np.nan)


def may_speak(
    teachers: Sequence[Bundle], library: Library, work_ids: Sequence[str]
) -> NDArray[np.bool_]:
    """Which teacher may speak of which work, bool (teachers, N).

    One that was trained with ``leave_out`` speaks of that part alone: of the rest
    it would repeat what people said. Any other speaks of all.
    """
    speaks = np.ones((len(teachers), len(work_ids)), np.bool_)
    for teacher, row in zip(teachers, speaks, strict=True):
        if part := teacher.about.get("settings", {}).get("leave_out"):
            row[:] = library.in_fold(Fold.parse(part), work_ids)
    return speaks


def ask(
    teachers: Sequence[Bundle],
    canvases: Iterable[NDArray[np.uint8]],
    rates: NDArray[np.float64],
    vocabulary: Vocabulary,
    speaks: NDArray[np.bool_],
    *,
    smoothing: float,
) -> NDArray[np.float64]:
    """What teachers make of pictures, as log-odds, averaged over those that know an attribute.

    Args:
        teachers: T of them, at least one; each sees the canvases in its own size.
        canvases: Of N works, uint8 (B, S, S, 3) at a time.
        rates: float64 (A,), as ``base_rates`` gives them.
        vocabulary: The A attributes.
        speaks: bool (T, N), as ``may_speak`` gives it.
        smoothing: A teacher is never surer than so far from 0 and 1.

    Returns:
        float64 (N, A); NaN where none speaks.
    """
    odds = np.full((*speaks.shape, len(vocabulary)), np.nan)
    start = 0
    for batch in canvases:
        for teacher, speaking, of_teacher in zip(teachers, speaks, odds, strict=True):
            rows = np.flatnonzero(speaking[start : start + len(batch)])
            if len(rows):
                said = _log_odds(teacher, batch[rows], vocabulary, smoothing)
                of_teacher[start + rows] = said
        start += len(batch)
    odds[:, :, np.isnan(rates)] = np.nan
    known = ~np.isnan(odds)
    mean: NDArray[np.float64] = np.where(
        known.any(0), np.nansum(odds, axis=0) / np.maximum(known.sum(0), 1), np.nan
    )
    return mean


def taught_targets(
    odds: NDArray[np.float64],
    labels: LabelMatrix,
    rates: NDArray[np.float64],
    *,
    smoothing: float,
    share: float,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Targets of works that teachers were asked about.

    What a person said counts 1 - ``share`` against the teachers' probability, and what a person
    who looked left open stays open. Of works that nobody looked at, the teachers' odds are
    multiplied by what a noisy label says over the base rate (Bayes' rule), as if they and
    whoever tagged the work erred independently.

    Args:
        odds: float64 (N, A), as ``ask`` gives them.
        labels: (N, A), what is said of the works.
        rates: float64 (A,), as ``base_rates`` gives them.
        smoothing: Targets are kept this far from 0 and 1.
        share: In [0, 1].

    Returns:
        Targets float32 (N, A), and where they take the place of the labels' own, bool (N, A).
    """
    known = labels.states != UNKNOWN
    looked_at = np.any(labels.human, axis=1, keepdims=True)
    said = np.where(labels.states == PRESENT, labels.confidences, 1 - labels.confidences)
    said = np.clip(said, smoothing, 1 - smoothing)
    evidence = np.where(known, logit(said) - logit(rates), 0)
    targets = np.where(looked_at, (1 - share) * said + share * expit(odds), expit(odds + evidence))
    targets = np.clip(targets, smoothing, 1 - smoothing)
    return targets.astype(np.float32), ~np.isnan(odds) & (known | ~looked_at)


def _log_odds(
    teacher: Bundle, canvases: NDArray[np.uint8], vocabulary: Vocabulary, smoothing: float
) -> NDArray[np.float64]:
    """float64 (B, A); NaN where the teacher does not know an attribute."""
    own = np.stack([teacher.preprocessing.canvas(canvas) for canvas in canvases])
    probabilities = teacher.calibration.apply(teacher.logits(own)[0])
    odds = np.full((len(canvases), len(vocabulary)), np.nan)
    rows = [row for row, id_ in enumerate(vocabulary.ids) if id_ in teacher.vocabulary]
    of = [teacher.vocabulary.row(vocabulary.ids[row]) for row in rows]
    odds[:, rows] = logit(np.clip(probabilities[:, of], smoothing, 1 - smoothing))
    return odds
