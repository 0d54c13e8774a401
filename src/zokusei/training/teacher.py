"""What a trained bundle makes of works that nobody described for certain (self-training)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from zokusei.bundle import Bundle
from zokusei.library import ABSENT, PRESENT, LabelMatrix
from zokusei.vocabulary import Vocabulary

# A teacher speaks of attributes that people looked for in so many works. Of others it may know
# only drawings, and the pictures at hand would confirm what it gets wrong in them.
_MIN_LABELS = 100


def is_unsure(labels: LabelMatrix) -> NDArray[np.bool_]:
    """Which works no person described and nobody knows by construction, bool (N,)."""
    sure: NDArray[np.bool_] = (labels.human | (labels.confidences == 1)).any(axis=1)
    return ~sure


def base_rates(labels: LabelMatrix) -> NDArray[np.float64]:
    """How often people found each attribute.

    Returns:
        float64 (A,) in (0, 1); NaN where they looked for it too seldom.
    """
    present = (labels.human & (labels.states == PRESENT)).sum(axis=0)
    looked = present + (labels.human & (labels.states == ABSENT)).sum(axis=0)
    rates = (present + 0.5) / (looked + 1)
    return np.where((looked >= _MIN_LABELS) & (present > 0), rates, np.nan)


def taught_targets(
    teacher: Bundle,
    canvases: Iterable[NDArray[np.uint8]],
    labels: LabelMatrix,
    rates: NDArray[np.float64],
    vocabulary: Vocabulary,
    *,
    smoothing: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Targets for unsure works: the teacher's probabilities and noisy labels, by Bayes' rule.

    The teacher's odds are multiplied by what a label says over the base rate,
    as if the teacher and whoever tagged the work erred independently.

    Args:
        teacher: Reads the pictures.
        canvases: Of the N works, uint8 (B, S, S, 3) at a time, in the teacher's size.
        labels: (N, A), what is said of them.
        rates: float64 (A,), as ``base_rates`` gives them.
        vocabulary: The A attributes.
        smoothing: Targets are kept this far from 0 and 1.

    Returns:
        Targets float32 (N, A) and where the teacher speaks, bool (N, A).
    """
    logits = np.concatenate([teacher.logits(batch)[0] for batch in canvases])
    known = [row for row, id_ in enumerate(vocabulary.ids) if id_ in teacher.vocabulary]
    of = [teacher.vocabulary.row(vocabulary.ids[row]) for row in known]
    probabilities = np.full(labels.states.shape, np.nan)
    probabilities[:, known] = teacher.calibration.apply(logits)[:, of]
    probabilities[:, np.isnan(rates)] = np.nan
    odds = logit(np.clip(probabilities, smoothing, 1 - smoothing))

    said = np.where(labels.states == PRESENT, labels.confidences, 1 - labels.confidences)
    evidence = logit(np.clip(said, smoothing, 1 - smoothing)) - logit(rates)
    odds += np.where((labels.states == PRESENT) | (labels.states == ABSENT), evidence, 0)
    targets = np.clip(expit(odds), smoothing, 1 - smoothing)
    return targets.astype(np.float32), ~np.isnan(targets)
