"""Platt scaling of one attribute: from its logits to probabilities by a slope and an intercept."""

from __future__ import annotations

import numpy as np

PRIOR_SLOPE_DEVIATION = 1.0
PRIOR_INTERCEPT_DEVIATION = 2.0
"""How far, as one standard deviation, calibration is expected to move a network's logits:
a few dozen labels outweigh this prior, a handful do not."""

MIN_SLOPE = 0.05
"""A slope of nought or below would undo the ranking that the network has learned."""

_PRIOR_MEAN = np.array([1.0, 0.0])
_PRIOR_PRECISION = np.array([PRIOR_SLOPE_DEVIATION, PRIOR_INTERCEPT_DEVIATION]) ** -2


def smoothed_targets(present: np.ndarray, known: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Platt's targets: (n+ + 1) / (n+ + 2) for present and 1 / (n- + 2) for absent.

    Platt 1999, "Probabilistic Outputs for Support Vector Machines".

    Args:
        present: bool (N, A).
        known: bool (N, A).
        weights: float64 (N,).

    Returns:
        float64 (N, A), in (0, 1).
    """
    num_present, num_absent = weights @ present, weights @ (known & ~present)
    targets: np.ndarray = np.where(
        present, (num_present + 1) / (num_present + 2), 1 / (num_absent + 2)
    )
    return targets


def prior_loss(slope: np.ndarray, intercept: np.ndarray) -> tuple[float, np.ndarray]:
    """The negative log prior, a normal one around the identity, and its gradient.

    Args:
        slope: float64 (A,).
        intercept: float64 (A,).

    Returns:
        The loss, and float64 (2 A,): by slope, then by intercept.
    """
    off = np.stack((slope, intercept)) - _PRIOR_MEAN[:, None]
    pull = off * _PRIOR_PRECISION[:, None]
    return float((off * pull).sum() / 2), pull.ravel()


def fit_platt(logits: np.ndarray, present: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Slope and intercept of one attribute.

    By Newton's method with halved steps (Lin, Lin and Weng 2007) on smoothed targets, with a
    normal prior around the identity.

    Args:
        logits: float64 (N,).
        present: bool (N,), some and not all.
        weights: float64 (N,), above 0.

    Returns:
        float64 (2,); the slope at least ``MIN_SLOPE``.
    """
    column = present[:, None]
    targets = smoothed_targets(column, np.ones_like(column), weights)[:, 0]
    fitted = _newton(logits, targets, weights, _PRIOR_MEAN, _PRIOR_PRECISION)
    if fitted[0] < MIN_SLOPE:
        held = np.array([1e12, _PRIOR_PRECISION[1]])  # so narrow that only the intercept moves
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
        probability = np.exp(-np.logaddexp(0, -(theta @ inputs)))
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
