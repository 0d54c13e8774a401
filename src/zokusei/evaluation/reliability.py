"""Whether a probability means what it says: reliability curves and calibration error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zokusei.evaluation.metrics import has_both

NUM_BINS = 15
"""As in Guo et al. 2017, "On Calibration of Modern Neural Networks"."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """Stated probability against observed frequency, in bins of about equal count.

    Args:
        probability: Mean stated probability of each bin, ascending.
        frequency: Share of present labels in each bin.
        count: Known entries in each bin.
    """

    probability: tuple[float, ...]
    frequency: tuple[float, ...]
    count: tuple[int, ...]

    @property
    def error(self) -> float:
        """Expected calibration error: mean gap of probability and frequency, by count.

        ECE of Naeini et al. 2015 with the equal-mass bins of Nguyen and O'Connor 2015, which
        Roelofs et al. 2022 found less biased than bins of equal width. nan without entries.
        """
        if not self.count:
            return float("nan")
        gaps = np.abs(np.subtract(self.probability, self.frequency))
        return float(np.average(gaps, weights=self.count))


def reliability(
    probabilities: np.ndarray, labels: np.ndarray, *, num_bins: int = NUM_BINS
) -> Reliability:
    """The reliability of all known entries together.

    Bins hold about the same number of entries each; equal probabilities share one, so that the
    order of the works does not matter.

    Args:
        probabilities: float32, of any shape.
        labels: int8, of the same shape.
        num_bins: At most so many bins.
    """
    known = labels >= 0
    stated, truth = probabilities[known].astype(np.float64), labels[known]
    if not stated.size:
        return Reliability((), (), ())
    order = np.argsort(stated)
    stated, truth = stated[order], truth[order]
    even = np.linspace(0, len(stated), num_bins + 1)[1:].round().astype(int)
    last = stated[np.maximum(even, 1) - 1]
    ends = np.unique(np.searchsorted(stated, last, side="right"))
    starts = np.concatenate(([0], ends[:-1]))
    count = ends - starts
    return Reliability(
        tuple((np.add.reduceat(stated, starts) / count).tolist()),
        tuple((np.add.reduceat(truth.astype(np.float64), starts) / count).tolist()),
        tuple(count.tolist()),
    )


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The calibration error of each attribute by itself.

    Args:
        probabilities: float32 (N, A).
        labels: int8 (N, A).

    Returns:
        float64 (A,), in [0, 1]; nan where an attribute has no present or no absent label.
    """
    columns = zip(probabilities.T, labels.T, strict=True)
    errors = np.array([reliability(stated, truth).error for stated, truth in columns])
    return np.where(has_both(labels), errors, np.nan)
