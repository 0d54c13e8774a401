"""Preconditioned L-BFGS for all attributes in shared readings of the features.

One reading serves a whole iteration: it takes each attribute's logits along its direction and
the gradient at the end of it. Nearly always that end is as good a place as any, and the attribute
stays there. Otherwise the best place along the direction is found without reading, for logits are
linear along it, and the next reading takes the gradient there.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from zokusei.head.problem import Problem
from zokusei.head.solution import Progress
from zokusei.head.steps import Memory, best_step

# A trial step is taken as it is where the slope at its end is at most this of that at its start:
# the second Wolfe condition. 0.9, 0.5 and 0.2 took 42, 44 and 56 passes (12,000 works x 576
# features, 2026-11): a step that is not taken costs a reading.
_SLOPE_LEFT = 0.9
# Attributes rest a little below the tolerance, so that the certificate, computed afresh, holds.
_REST = 0.9


class Descent:
    """All attributes on their way down; row i of every array is attribute ``wanted[i]``.

    An attribute stands at ``_points[i]``. Its gradient was last taken at ``_anchors[i]``, which
    is the same place unless the attribute is *ahead*: then the next reading takes it where it is.

    Args:
        problem: Features and labels.
        wanted: int (A',), the attributes to be solved.
        l2: float64 (A',).
        tolerance: Of the certificate.
        on_progress: Called after every reading.

    Attributes:
        points: float64 (A', F + 1), where the attributes stand, in centred coordinates.
        relative: float64 (A',), gradient norms over those at the start.
        num_passes: Readings so far.
        curve: One entry a reading.
    """

    def __init__(
        self,
        problem: Problem,
        wanted: NDArray[np.intp],
        l2: NDArray[np.float64],
        tolerance: float,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._problem, self._wanted, self._l2 = problem, wanted, l2
        self._tolerance, self._on_progress = tolerance, on_progress
        self._began = time.perf_counter()
        self.num_passes = 0 if problem.has_begun else 1
        self._norms = problem.first_norms[wanted]
        self._memories = [Memory() for _ in wanted]
        self._ahead = np.zeros(len(wanted), bool)
        self._stuck = np.zeros(len(wanted), bool)
        self._certified = False
        self.curve: list[Progress] = []

    def begin(self, points: NDArray[np.float64] | None) -> None:
        """Takes the first gradient: at points (A', F + 1), or at weights 0 and base rates."""
        if points is not None:
            self.place(points)
            return
        rows = np.searchsorted(self._problem.solvable, self._wanted)
        first = self._problem.first
        self.points = np.zeros((len(rows), first.gradient.shape[1]))
        self.points[:, -1] = self._problem.base_logits[self._wanted]
        self._logits = np.repeat(self.points[:, -1:], first.logits.shape[1], axis=1)
        self._stand(first.gradient[rows], first.loss[rows], first.spread[rows])

    def place(self, points: NDArray[np.float64]) -> None:
        """Puts all at points and computes logits and gradients afresh: the certificate."""
        self.points = points.copy()
        self.points[:, :-1] = points[:, :-1].astype(self._problem.features.dtype)
        nowhere = np.zeros((len(points), len(self._problem.features)))
        sweep = self._problem.sweep(self._wanted, nowhere, self.points)
        self._logits = sweep.logits + self.points[:, -1:]
        self.num_passes += 1
        self._stand(sweep.gradient, sweep.loss, sweep.spread)

    def _stand(
        self,
        gradients: NDArray[np.float64],
        losses: NDArray[np.float64],
        spreads: NDArray[np.float64],
    ) -> None:
        weights = self.points[:, :-1]
        self._anchors = self.points.copy()
        self._gradients = gradients.copy()
        self._gradients[:, :-1] += self._l2[:, None] * weights
        self._losses = losses + self._l2 / 2 * np.square(weights).sum(axis=1)
        self._spreads = spreads.copy()
        self._ahead[:] = False
        self._certified = True
        self.relative = self._problem.norms(self._gradients) / self._norms
        self._report()

    def run(self, max_passes: int) -> None:
        """Steps until the certificate holds, or until readings or descent run out."""
        while self.num_passes < max_passes:
            limit = self._tolerance * (1.0 if self._certified else _REST)
            rows = np.flatnonzero((self.relative > limit) & ~self._stuck)
            if rows.size and self.num_passes < max_passes - 1:
                self._advance(rows)
            elif self._certified:
                return
            else:
                self.place(self.points)

    def _advance(self, rows: NDArray[np.intp]) -> None:
        directions = self._directions(rows)
        sweep = self._problem.sweep(self._wanted[rows], self._logits[rows], directions)
        self.num_passes += 1
        self._certified = False
        gradients = sweep.gradient
        trials = self.points[rows] + directions
        gradients[:, :-1] += self._l2[rows, None] * trials[:, :-1]
        losses = sweep.loss + self._l2[rows] / 2 * np.square(trials[:, :-1]).sum(axis=1)
        starts = np.einsum("af,af->a", self._gradients[rows], directions)
        ends = np.einsum("af,af->a", gradients, directions)
        # Losses that differ by rounding alone are the same.
        lower = losses <= self._losses[rows] + 1e-12 * (1 + self._losses[rows])
        good = self._ahead[rows] | (lower & (np.abs(ends) <= -_SLOPE_LEFT * starts))
        for i, row in enumerate(rows):
            if good[i]:
                self._logits[row] += sweep.logits[i] + directions[i, -1]
                self._memories[row].add(
                    trials[i] - self._anchors[row], gradients[i] - self._gradients[row]
                )
            else:
                self._go_ahead(row, directions[i], sweep.logits[i] + directions[i, -1])
        taken = rows[good]
        self.points[taken] = self._anchors[taken] = trials[good]
        self._gradients[taken], self._losses[taken] = gradients[good], losses[good]
        self._spreads[taken] = sweep.spread[good]
        self._ahead[taken] = False
        self.relative[taken] = self._problem.norms(gradients[good]) / self._norms[taken]
        self._report()

    def _directions(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Where each goes: (A'', F + 1), zero for those that are ahead."""
        directions = np.zeros((len(rows), self.points.shape[1]))
        still = ~self._ahead[rows]
        moving = rows[still]
        if not moving.size:
            return directions
        spreads = np.maximum(self._spreads[moving], np.finfo(np.float64).tiny ** 0.5)
        left = np.stack([self._memories[row].before(self._gradients[row]) for row in moving])
        left[:, :-1] = self._problem.covariance.solve(left[:, :-1], self._l2[moving] / spreads)
        left /= spreads[:, None]
        ascents = [self._memories[row].after(each) for row, each in zip(moving, left, strict=True)]
        directions[still] = -np.stack(ascents)
        return directions

    def _go_ahead(
        self, row: int, direction: NDArray[np.float64], moved: NDArray[np.floating]
    ) -> None:
        """Goes to the lowest point of a direction; forgets what led to one without descent."""
        attribute = self._wanted[row]
        weights, slopes = self.points[row, :-1], direction[:-1]
        step = best_step(
            self._logits[row],
            moved,
            self._problem.targets[attribute],
            self._problem.weights[attribute] / self._problem.totals[attribute],
            slope=float(self._l2[row] * (weights @ slopes)),
            curvature=float(self._l2[row] * (slopes @ slopes)),
        )
        if step > 0:
            self.points[row] += step * direction
            self._logits[row] += step * moved
            self._ahead[row] = True
        elif len(self._memories[row]):
            self._memories[row].forget()
        else:
            self._stuck[row] = True

    def _report(self) -> None:
        progress = Progress(
            num_passes=self.num_passes,
            seconds=time.perf_counter() - self._began,
            worst=float(self.relative.max()),
            loss=float(self._losses.mean()),
            num_open=int((self.relative > self._tolerance).sum()),
        )
        self.curve.append(progress)
        if self._on_progress:
            self._on_progress(progress)
