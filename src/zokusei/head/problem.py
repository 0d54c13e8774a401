"""The loss of all attributes and its gradient, evaluated in one reading of the features."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from zokusei.errors import UsageError
from zokusei.head.covariance import Covariance
from zokusei.head.features import Features
from zokusei.head.solution import Solution
from zokusei.runner import num_cores

# Where an attribute's first gradient is nothing but rounding, features say nothing of it.
_ROUNDING = 1e-9


@dataclass(eq=False)
class Sweep:
    """What one reading of the features tells of some attributes at their trial points.

    Args:
        logits: float32 or float64 (A, N), of the direction alone, without its intercept: that is
            added in float64, or rounding would move all works alike.
        gradient: float64 (A, F + 1), of the mean loss, without the L2 term; the intercept's last.
        loss: float64 (A,), the mean loss without the L2 term.
        spread: float64 (A,), the mean of p (1 - p) over known labels.
    """

    logits: NDArray[np.floating]
    gradient: NDArray[np.float64]
    loss: NDArray[np.float64]
    spread: NDArray[np.float64]


@dataclass(eq=False)
class _Sums:
    """The sums that a thread collects over its blocks."""

    gradient: NDArray[np.float64]
    loss: NDArray[np.float64]
    spread: NDArray[np.float64]


class Problem:
    """Features, labels, and what does not change while they are solved for one L2 after another.

    Points and gradients are in centred coordinates: the features less their mean, and the
    intercept last. ``to_raw`` leads back.

    Args:
        features: Of N works.
        targets: float (N, A), in [0, 1]; read only where the weight is above 0.
        weights: float (N, A), at least 0; 0 where the label is unknown.

    Raises:
        UsageError: Shapes differ, or targets or weights are out of range.

    Attributes:
        solvable: int (A',), the attributes with both present and absent labels: the others have
            no optimum, or nothing to learn.
        base_rates: float64 (A,), the weighted mean of the known targets; smoothed by half a label
            of either kind for attributes that are not solvable.
    """

    def __init__(
        self,
        features: Features,
        targets: NDArray[np.floating],
        weights: NDArray[np.floating],
    ) -> None:
        _check(features, targets, weights)
        self.features = features
        self.num_attributes = targets.shape[1]
        # One attribute a row, so that what is done to an attribute runs along memory.
        self.weights = np.ascontiguousarray(weights.T, features.dtype)
        self.targets = np.where(weights > 0, targets, 0).astype(features.dtype).T.copy()
        self.totals = self.weights.sum(axis=1, dtype=np.float64)
        present = np.einsum("an,an->a", self.weights, self.targets, dtype=np.float64)
        absent = np.einsum("an,an->a", self.weights, 1 - self.targets, dtype=np.float64)
        both = (present > 0) & (absent > 0)
        self.solvable = np.flatnonzero(both)
        half = np.where(both, 0.0, 0.5)
        self.base_rates = (present + half) / np.where(both, present + absent, absent + present + 1)
        self._controller = ThreadpoolController()
        self._seconds = 0.0

    @cached_property
    def covariance(self) -> Covariance:
        """Of the features."""
        return Covariance(self.features)

    @cached_property
    def base_logits(self) -> NDArray[np.float64]:
        """The intercepts (A,) at which every attribute has its base rate."""
        return np.asarray(np.log(self.base_rates) - np.log1p(-self.base_rates))

    @cached_property
    def first(self) -> Sweep:
        """At weights 0 and base rates, of the solvable attributes: one reading."""
        start = np.zeros((len(self.solvable), self.features.num_features + 1))
        start[:, -1] = self.base_logits[self.solvable]
        return self.sweep(self.solvable, np.zeros((len(start), len(self.features))), start)

    @cached_property
    def first_norms(self) -> NDArray[np.float64]:
        """Gradient norms (A,) at ``first``; not below what rounding leaves, 1 if not solvable."""
        norms = np.ones(self.num_attributes)
        rates = self.base_rates[self.solvable]
        scale = np.sqrt(1 + np.square(self.covariance.mean).sum())
        rounding = _ROUNDING * 2 * rates * (1 - rates) * scale
        norms[self.solvable] = np.maximum(self.norms(self.first.gradient), rounding)
        return norms

    def norms(self, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        """Norms (A,) of gradients (A, F + 1), in the coordinates of the features as they are."""
        raw = gradient[:, :-1] + gradient[:, -1:] * self.covariance.mean
        return np.asarray(np.sqrt(np.square(raw).sum(axis=1) + np.square(gradient[:, -1])))

    def to_raw(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Weights (A, F) and intercepts (A,) for the features as they are."""
        return points[:, :-1], points[:, -1] - points[:, :-1] @ self.covariance.mean

    def from_raw(self, solution: Solution) -> NDArray[np.float64]:
        """The points (A, F + 1) of a solution.

        Raises:
            UsageError: It is of other attributes or features.
        """
        expected = self.num_attributes, self.features.num_features
        if solution.weights.shape != expected:
            raise UsageError(
                f"the start has weights of shape {solution.weights.shape}, expected {expected}"
            )
        moved = solution.intercepts + solution.weights @ self.covariance.mean
        return np.column_stack([solution.weights.astype(np.float64), moved])

    @property
    def has_begun(self) -> bool:
        """Whether ``first`` was taken already."""
        return "first" in self.__dict__

    def spent(self) -> dict[str, float]:
        """Seconds so far: ``covariance``, ``factors`` and ``passes``."""
        built = "covariance" in self.__dict__
        seconds = self.covariance.seconds if built else {"covariance": 0.0, "factors": 0.0}
        return {**seconds, "passes": self._seconds}

    def sweep(
        self,
        rows: NDArray[np.intp],
        logits: NDArray[np.float64],
        directions: NDArray[np.float64],
    ) -> Sweep:
        """Reads the features once.

        Each thread takes every so-manieth block and works with one thread of BLAS, so that all
        cores also convert and exponentiate; sums are added in a fixed order.

        Args:
            rows: int (A',), which attributes.
            logits: float64 (A', N), where they stand.
            directions: float64 (A', F + 1), where they go from there.

        Returns:
            At ``logits`` + the logits of ``directions``. Products of a block are of the
            features' dtype (float32 unless they are float64), their sums float64.

        Raises:
            UsageError: Features are not finite.
        """
        shift = self.covariance.mean
        began = time.perf_counter()
        moved = np.empty(logits.shape, self.features.dtype)
        spans = self.features.spans
        num_threads = max(1, min(num_cores(), len(spans)))
        shares = [spans[i::num_threads] for i in range(num_threads)]
        with (
            self._controller.limit(limits=1, user_api="blas"),
            ThreadPoolExecutor(num_threads) as pool,
        ):
            parts = list(
                pool.map(
                    lambda share: self._sum(share, shift, rows, logits, directions, moved), shares
                )
            )
        self._seconds += time.perf_counter() - began
        total = self.totals[rows]
        gradient = np.sum([part.gradient for part in parts], axis=0) / total[:, None]
        if not np.isfinite(gradient).all():
            raise UsageError("features hold values that are not finite; make them anew")
        loss, spread = (
            np.sum([getattr(part, field.name) for part in parts], axis=0) / total
            for field in fields(_Sums)[1:]
        )
        return Sweep(moved, gradient, loss, spread)

    def _sum(
        self,
        spans: list[slice],
        shift: NDArray[np.float64],
        rows: NDArray[np.intp],
        logits: NDArray[np.float64],
        directions: NDArray[np.float64],
        moved: NDArray[np.floating],
    ) -> _Sums:
        dtype = self.features.dtype
        slopes, constants = directions[:, :-1].astype(dtype), directions[:, -1:]
        sums = _Sums(np.zeros(directions.shape), np.zeros(len(rows)), np.zeros(len(rows)))
        longest = max(span.stop - span.start for span in spans)
        buffer = np.empty((longest, self.features.num_features), dtype)
        for span in spans:
            block = self.features.read(span, shift=shift, out=buffer)
            moved[:, span] = slopes @ block.T
            targets, weights = self.targets[rows, span], self.weights[rows, span]
            losses, residuals, spreads = bernoulli(
                logits[:, span] + moved[:, span] + constants, targets
            )
            residuals *= weights
            sums.gradient[:, :-1] += residuals.astype(dtype) @ block
            sums.gradient[:, -1] += residuals.sum(axis=1)
            sums.loss += np.einsum("an,an->a", weights, losses)
            sums.spread += np.einsum("an,an->a", weights, spreads)
        return sums


def bernoulli(
    logits: NDArray[np.float64], targets: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Binary cross-entropy, its derivative p - t and its second derivative p (1 - p).

    Without overflow or cancellation at large logits.
    """
    small = np.exp(-np.abs(logits))
    losses = np.log1p(small) + np.maximum(logits, 0) - targets * logits
    probabilities = np.where(logits >= 0, 1.0, small) / (1 + small)
    return losses, probabilities - targets, small / np.square(1 + small)


def _check(
    features: Features, targets: NDArray[np.floating], weights: NDArray[np.floating]
) -> None:
    expected = len(features)
    if targets.ndim != 2 or targets.shape != weights.shape or len(targets) != expected:
        raise UsageError(
            f"targets have shape {targets.shape} and weights {weights.shape}, expected both "
            f"(works, attributes) with {expected} works, as many as there are features"
        )
    if not expected:
        raise UsageError("there are no works to learn from")
    if not (np.isfinite(weights).all() and weights.min(initial=0) >= 0):
        raise UsageError("weights of labels must be finite and at least 0 (0: unknown)")
    known = weights > 0
    low, high = np.min(targets, where=known, initial=0), np.max(targets, where=known, initial=1)
    if not (low >= 0 and high <= 1):
        raise UsageError(f"targets must lie in [0, 1], found {low:g} to {high:g}")
