"""What moves one attribute: remembered curvature (L-BFGS), and the best step along a line."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from zokusei.head.problem import bernoulli

_SHRINK = 1e-3  # of the first slope: where a line search has come near enough to the bottom


class Memory:
    """The last steps and changes of gradient, as L-BFGS uses them.

    Nocedal and Wright, Numerical Optimization, 2nd edition, algorithm 7.4, in two halves with
    the preconditioner of all attributes between them.

    Args:
        size: Steps remembered. On 12,000 works x 864 features 40 took 32 passes where 10 took
            49 (2026-11).
    """

    def __init__(self, size: int = 40) -> None:
        self._pairs: deque[tuple[NDArray[np.float64], NDArray[np.float64], float]] = deque(
            maxlen=size
        )
        self._shares: list[float] = []

    def __len__(self) -> int:
        return len(self._pairs)

    def add(self, step: NDArray[np.float64], change: NDArray[np.float64]) -> None:
        """Remembers a step (F + 1,) and how the gradient changed, unless rounding spoiled it."""
        curvature = float(step @ change)
        if curvature > 1e-14 * float(np.linalg.norm(step) * np.linalg.norm(change)):
            self._pairs.append((step, change, 1 / curvature))

    def forget(self) -> None:
        """Starts anew."""
        self._pairs.clear()

    def before(self, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        """What of a gradient (F + 1,) the preconditioner is to see."""
        left = gradient.copy()
        self._shares = []
        for step, change, inverse in reversed(self._pairs):
            share = inverse * float(step @ left)
            left -= share * change
            self._shares.append(share)
        return left

    def after(self, preconditioned: NDArray[np.float64]) -> NDArray[np.float64]:
        """The direction (F + 1,) of steepest ascent, from what the preconditioner made of it."""
        ascent = preconditioned.copy()
        for (step, change, inverse), share in zip(self._pairs, reversed(self._shares), strict=True):
            ascent += step * (share - inverse * float(change @ ascent))
        return ascent


def best_step(
    logits: NDArray[np.float64],
    moved: NDArray[np.floating],
    targets: NDArray[np.floating],
    weights: NDArray[np.floating],
    *,
    slope: float,
    curvature: float,
) -> float:
    """Where along a direction the loss of one attribute is least.

    Newton's method inside a shrinking bracket; logits are linear along a direction, so this
    reads no features.

    Args:
        logits: float64 (N,).
        moved: float (N,), the logits of the direction.
        targets: float (N,), in [0, 1].
        weights: float (N,), summing to 1.
        slope: Of the L2 term along the direction, at step 0.
        curvature: Of the L2 term along the direction, above 0.

    Returns:
        The step, above 0; 0 if there is no descent.
    """
    known = weights > 0
    start, along = logits[known], moved[known].astype(np.float64)
    targets, weights = targets[known], weights[known].astype(np.float64)

    def derivatives(step: float) -> tuple[float, float]:
        _, residuals, spreads = bernoulli(start + step * along, targets)
        first = float(np.sum(weights * residuals * along)) + slope + step * curvature
        return first, float(np.sum(weights * spreads * np.square(along))) + curvature

    first, second = derivatives(0.0)
    if first >= 0:
        return 0.0
    goal, low, high, step = -_SHRINK * first, 0.0, np.inf, 0.0
    for _ in range(60):
        newton = step - first / second
        if high == np.inf:
            step = min(newton, 4 * step + 1)
        else:
            step = newton if low < newton < high else (low + high) / 2
        first, second = derivatives(step)
        if abs(first) <= goal:
            break
        low, high = (step, high) if first < 0 else (low, step)
    return step
