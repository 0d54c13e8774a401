"""Probabilities that mean what they say, and the thresholds that turn them into tags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zokusei.errors import UsageError

PRIOR_SLOPE_DEVIATION = 1.0
PRIOR_INTERCEPT_DEVIATION = 2.0
"""How far, as one standard deviation, calibration is expected to move a network's logits:
a few dozen labels outweigh this prior, a handful do not."""

MIN_SLOPE = 0.05
"""A slope of nought or below would undo the ranking that the network has learned."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """From logits to probabilities, attribute by attribute.

    Args:
        slope: float32 (A,), above 0.
        intercept: float32 (A,).

    Raises:
        UsageError: The two do not fit each other, or cannot be used.
    """

    slope: np.ndarray
    intercept: np.ndarray

    def __post_init__(self) -> None:
        if self.slope.ndim != 1 or self.slope.shape != self.intercept.shape:
            raise UsageError(
                f"slopes of shape {self.slope.shape} and intercepts of shape "
                f"{self.intercept.shape} do not fit; expected both (A,)"
            )
        if not (np.isfinite(self.slope).all() and np.isfinite(self.intercept).all()):
            raise UsageError("a calibration holds a number that is not finite")
        if (self.slope <= 0).any():
            raise UsageError(f"a calibration has slope {self.slope.min()}; expected above 0")

    @classmethod
    def identity(cls, num_attributes: int) -> Calibration:
        """The calibration that takes every logit as it is."""
        return cls(np.ones(num_attributes, np.float32), np.zeros(num_attributes, np.float32))

    def apply(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated probabilities: sigmoid(slope * logit + intercept).

        Args:
            logits: float (N, A).

        Returns:
            float32 (N, A), in [0, 1].

        Raises:
            UsageError: The logits are of another number of attributes.
        """
        if logits.ndim != 2 or logits.shape[1] != len(self.slope):
            raise UsageError(
                f"logits of shape {logits.shape} do not fit a calibration of "
                f"{len(self.slope)} attributes; expected (N, {len(self.slope)})"
            )
        return _sigmoid(logits * self.slope + self.intercept).astype(np.float32)


def fit_calibration(
    logits: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None
) -> Calibration:
    """Fits slope and intercept of each attribute to labels the network was not trained on.

    Platt scaling with his smoothed targets, (n+ + 1) / (n+ + 2) for present and 1 / (n- + 2)
    for absent (Platt 1999, "Probabilistic Outputs for Support Vector Machines"), by Newton's
    method with halved steps (Lin, Lin and Weng 2007), and a normal prior around the identity.
    An attribute without a present or without an absent label keeps the identity.

    Args:
        logits: float (N, A).
        labels: int8 (N, A).
        weights: float (N,), how much each work counts; all 1 where not given.

    Raises:
        UsageError: The shapes do not fit, or a logit is not finite.
    """
    if logits.ndim != 2 or logits.shape != labels.shape:
        raise UsageError(
            f"logits of shape {logits.shape} and labels of shape {labels.shape} do not fit; "
            "expected both (N, A)"
        )
    if not np.isfinite(logits).all():
        raise UsageError("a logit is not finite: did the training diverge?")
    weights = np.ones(len(logits)) if weights is None else weights.astype(np.float64)
    identity = Calibration.identity(logits.shape[1])
    for row in range(logits.shape[1]):
        known = (labels[:, row] >= 0) & (weights > 0)
        present = labels[known, row] == 1
        if present.any() and not present.all():
            fitted = _fit_platt(logits[known, row].astype(np.float64), present, weights[known])
            identity.slope[row], identity.intercept[row] = fitted
    return identity


def _fit_platt(logits: np.ndarray, present: np.ndarray, weights: np.ndarray) -> np.ndarray:
    num_present, num_absent = weights[present].sum(), weights[~present].sum()
    targets = np.where(present, (num_present + 1) / (num_present + 2), 1 / (num_absent + 2))
    precision = np.array([PRIOR_SLOPE_DEVIATION, PRIOR_INTERCEPT_DEVIATION]) ** -2
    fitted = _newton(logits, targets, weights, np.array([1.0, 0.0]), precision)
    if fitted[0] < MIN_SLOPE:
        held = np.array([1e12, precision[1]])  # a prior so narrow that only the intercept moves
        fitted = _newton(logits, targets, weights, np.array([MIN_SLOPE, 0.0]), held)
    return fitted


def _newton(
    logits: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
    prior_mean: np.ndarray,
    prior_precision: np.ndarray,
) -> np.ndarray:
    """Minimises the convex negative log posterior of (slope, intercept): float64 (2,)."""
    inputs = np.stack((logits, np.ones_like(logits)))

    def loss(theta: np.ndarray) -> float:
        margin = theta @ inputs
        fit = weights @ (np.logaddexp(0, margin) - targets * margin)
        return float(fit + prior_precision @ (theta - prior_mean) ** 2 / 2)

    theta = prior_mean.copy()
    for _ in range(100):
        probability = _sigmoid(theta @ inputs)
        gradient = inputs @ (weights * (probability - targets))
        gradient += prior_precision * (theta - prior_mean)
        curvature = (inputs * (weights * probability * (1 - probability))) @ inputs.T
        step = np.linalg.solve(curvature + np.diag(prior_precision), gradient)
        decrease = gradient @ step
        if decrease < 1e-10:
            break
        size, before = 1.0, loss(theta)
        while size > 1e-8 and loss(theta - size * step) > before - 1e-4 * size * decrease:
            size /= 2
        theta = theta - size * step
    return theta


MIN_THRESHOLD = 0.2
"""Best F1 asks for thresholds of a hundredth where an attribute is rare or hard to see; a tag
below this would be wrong in four cases of five."""


def choose_thresholds(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The threshold of best F1 on the known labels, by attribute, at least ``MIN_THRESHOLD``.

    It lies half-way between two neighbouring probabilities, so that a small change of either
    tags the same works; among equals the highest is taken.

    Args:
        probabilities: float32 (N, A), calibrated.
        labels: int8 (N, A).

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
    return thresholds


def threshold_for_precision(
    probabilities: np.ndarray, labels: np.ndarray, precision: float, confidence: float = 0.95
) -> np.ndarray:
    """The lowest threshold whose precision is, with some confidence, at least the one asked for.

    The one-sided lower bound of Clopper and Pearson 1934 has to reach ``precision``. It holds
    for each threshold by itself; picking the best of many makes it slightly optimistic, so
    judge the choice on other works.

    Args:
        probabilities: float32 (N, A).
        labels: int8 (N, A).
        precision: In (0, 1).
        confidence: In (0, 1).

    Returns:
        float32 (A,); infinity, which tags nothing, where no threshold reaches it.
    """
    from scipy.special import betaincinv

    thresholds = np.full(labels.shape[1], np.inf, np.float32)
    for row in range(labels.shape[1]):
        cuts = _Cuts.of(probabilities[:, row], labels[:, row])
        hits = np.maximum(cuts.hits, 1)  # no hits: no bound above 0
        bound = betaincinv(hits, cuts.tagged - hits + 1, 1 - confidence) * (cuts.hits > 0)
        reached = np.flatnonzero(bound >= precision)
        if reached.size:
            thresholds[row] = cuts.threshold(int(reached[-1]))
    return thresholds


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


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    probabilities: np.ndarray = np.exp(-np.logaddexp(0, -logits))
    return probabilities
