"""The optimum of every attribute's loss, with its certificate."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zokusei.errors import UsageError
from zokusei.head.descent import Descent
from zokusei.head.features import Features
from zokusei.head.problem import Problem
from zokusei.head.solution import Progress, Solution


def solve(
    features: Features,
    targets: NDArray[np.floating],
    weights: NDArray[np.floating],
    *,
    l2: ArrayLike,
    start: Solution | None = None,
    tolerance: float = 1e-4,
    max_passes: int = 300,
    on_progress: Callable[[Progress], None] | None = None,
) -> Solution:
    """Solves masked logistic regression with L2 for many attributes at once.

    For each attribute a, this minimises

        f_a(w, b) = sum_n m_na bce(x_n.w + b, t_na) / sum_n m_na + l2_a / 2 |w|^2.

    The certificate of an attribute is |grad f_a(w, b)| / max(|grad f_a(0, b0)|, tiny), where
    grad is by w and b together, b0 the log-odds of the weighted mean target, and tiny (1e-9 of
    what a gradient could be) only matters where the features say nothing. It is computed afresh
    from the weights returned, in one reading at the end, with float64 sums of products of the
    features' working dtype.

    An attribute without both present and absent labels has no finite optimum in its intercept:
    it gets weights 0 and the log-odds of its base rate smoothed by half a label of either kind,
    and counts as solved.

    Args:
        features: Of N works. Mirrored views are more rows.
        targets: float (N, A), in [0, 1].
        weights: float (N, A), at least 0; 0 where the label is unknown.
        l2: Above 0: one number, or one for each attribute (A,).
        start: Where to begin instead of at weights 0, such as the solution for a larger L2.
        tolerance: Of the certificate, for every attribute.
        max_passes: Readings of the features at most, at least 2; the last is the certificate's.
        on_progress: Called after every reading.

    Returns:
        The solution, converged or not.

    Raises:
        UsageError: A value is out of range, or shapes do not match.
    """
    problem = Problem(features, targets, weights)
    return minimise(
        problem,
        l2=l2,
        start=start,
        tolerance=tolerance,
        max_passes=max_passes,
        on_progress=on_progress,
    )


def minimise(
    problem: Problem,
    *,
    l2: ArrayLike,
    attributes: NDArray[np.intp] | None = None,
    start: Solution | None = None,
    tolerance: float = 1e-4,
    max_passes: int = 300,
    on_progress: Callable[[Progress], None] | None = None,
) -> Solution:
    """As ``solve``, for a problem whose covariance and first gradient are kept.

    Args:
        problem: Features and labels.
        l2: As in ``solve``.
        attributes: int (A',), those to be solved; the others stay at ``start`` and count as
            solved. All by default.
        start: As in ``solve``.
        tolerance: As in ``solve``.
        max_passes: As in ``solve``.
        on_progress: As in ``solve``.
    """
    l2 = np.broadcast_to(np.asarray(l2, np.float64), problem.num_attributes)
    if not (np.isfinite(l2).all() and (l2 > 0).all()):
        raise UsageError(f"l2 must be finite and above 0, found {l2.min():g}")
    if max_passes < 2:
        raise UsageError(f"max_passes must be at least 2, found {max_passes}")
    began, before = time.perf_counter(), problem.spent()
    points = np.zeros((problem.num_attributes, problem.features.num_features + 1))
    points[:, -1] = problem.base_logits
    if start is not None:
        points[problem.solvable] = problem.from_raw(start)[problem.solvable]
    relative = np.zeros(problem.num_attributes)
    wanted = problem.solvable
    if attributes is not None:
        wanted = np.intersect1d(wanted, attributes)
    num_passes, curve = 0, []
    if wanted.size:
        descent = Descent(problem, wanted, l2[wanted], tolerance, on_progress)
        descent.begin(points[wanted] if start is not None else None)
        descent.run(max_passes)
        points[wanted], relative[wanted] = descent.points, descent.relative
        num_passes, curve = descent.num_passes, descent.curve
    weights, intercepts = problem.to_raw(points)
    spent = problem.spent()
    return Solution(
        weights=weights.astype(problem.features.dtype),
        intercepts=intercepts,
        l2=l2.copy(),
        relative_gradients=relative,
        tolerance=tolerance,
        num_passes=num_passes,
        solvable=np.isin(np.arange(problem.num_attributes), problem.solvable),
        curve=tuple(curve),
        seconds={stage: spent[stage] - before[stage] for stage in spent}
        | {"total": time.perf_counter() - began},
    )
