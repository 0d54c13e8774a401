"""How much L2: a path from much to little, judged on works that were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zokusei.errors import UsageError
from zokusei.head.features import Features
from zokusei.head.problem import Problem, bernoulli
from zokusei.head.solution import Progress, Solution
from zokusei.head.solver import minimise

L2S = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001, 0.00003, 0.00001)


@dataclass(frozen=True, eq=False)
class Examples:
    """Features of works with their labels, as ``solve`` takes them.

    Args:
        features: Of N works.
        targets: float (N, A), in [0, 1].
        weights: float (N, A), at least 0; 0 where the label is unknown.
    """

    features: Features
    targets: NDArray[np.floating]
    weights: NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Path:
    """What the path from much to little L2 showed, and the solution at its best places.

    Args:
        l2s: float64 (L,), those tried, descending.
        losses: float64 (L, A), the mean binary cross-entropy of known validation labels; nan
            after an attribute left the path, or where it has none.
        best: int (A,), the row of ``l2s`` chosen for each attribute.
        solution: Solved for ``l2s[best]`` on the training examples.
        num_passes: Readings of the training features, all along.
    """

    l2s: NDArray[np.float64]
    losses: NDArray[np.float64]
    best: NDArray[np.intp]
    solution: Solution
    num_passes: int


def choose_l2(
    train: Examples,
    validation: Examples,
    *,
    l2s: Sequence[float] = L2S,
    patience: int = 1,
    tolerance: float = 1e-4,
    max_passes: int = 300,
    on_progress: Callable[[Progress], None] | None = None,
) -> Path:
    """Chooses each attribute's L2 by its own validation loss, and solves for that.

    Every solution starts from the one before it. An attribute leaves the path when its loss was
    above its best ``patience`` times in a row. One without known validation labels gets the
    median of what the others chose, and with none to judge by, the largest L2.

    Args:
        train: What is learnt from.
        validation: What judges, with the same features and attributes.
        l2s: All above 0, in any order.
        patience: At least 1.
        tolerance: Of the certificate, all along the path: at 1e-3 validation losses were off by up
            to half a percent (2026-11).
        max_passes: For each solution.
        on_progress: Called after every reading.

    Raises:
        UsageError: No L2 was given, or train and validation do not match.
    """
    if not len(l2s):
        raise UsageError("l2s is empty, expected at least one L2 to try")
    if validation.features.num_features != train.features.num_features:
        raise UsageError(
            f"validation has {validation.features.num_features} features, "
            f"training {train.features.num_features}"
        )
    problem = Problem(train.features, train.targets, train.weights)
    judged = problem.solvable[(validation.weights[:, problem.solvable] > 0).any(axis=0)]
    tried = np.sort(np.asarray(l2s, np.float64))[::-1]

    def solved(l2: ArrayLike, attributes: NDArray[np.intp], start: Solution | None) -> Solution:
        return minimise(
            problem,
            l2=l2,
            attributes=attributes,
            start=start,
            tolerance=tolerance,
            max_passes=max_passes,
            on_progress=on_progress,
        )

    losses = np.full((len(tried), problem.num_attributes), np.nan)
    solutions: list[Solution] = []
    left, unjudged = judged, np.setdiff1d(problem.solvable, judged)
    for row, l2 in enumerate(tried):
        before = solutions[-1] if solutions else None
        solutions.append(solved(l2, np.union1d(left, unjudged), before))
        losses[row, left] = _losses(solutions[-1], validation)[left]
        left = left[_still_falls(losses[: row + 1, left], patience)]
        if not left.size:
            break
    best = _best(losses, judged)
    solution = solved(tried[best], problem.solvable, _assembled(solutions, best))
    num_passes = solution.num_passes + sum(each.num_passes for each in solutions)
    return Path(tried, losses, best, solution, num_passes)


def _losses(solution: Solution, examples: Examples) -> NDArray[np.float64]:
    """The weighted mean loss (A,) over known labels; nan without any."""
    logits = solution.logits(examples.features).astype(np.float64)
    losses, _, _ = bernoulli(logits, np.where(examples.weights > 0, examples.targets, 0))
    total = examples.weights.sum(axis=0, dtype=np.float64)
    summed = np.einsum("na,na->a", examples.weights, losses)
    means = np.full(len(total), np.nan)
    np.divide(summed, total, out=means, where=total > 0)
    return means


def _still_falls(losses: NDArray[np.float64], patience: int) -> NDArray[np.bool_]:
    """Whether the least of the losses (L, A) is among the last ``patience``."""
    return np.asarray(len(losses) - 1 - losses.argmin(axis=0) < patience)


def _best(losses: NDArray[np.float64], judged: NDArray[np.intp]) -> NDArray[np.intp]:
    best = np.zeros(losses.shape[1], np.intp)
    if judged.size:
        chosen = np.nanargmin(losses[:, judged], axis=0)
        best[:] = int(np.median(chosen))
        best[judged] = chosen
    return best


def _assembled(solutions: Sequence[Solution], best: NDArray[np.intp]) -> Solution:
    """Each attribute from the solution of its own row."""
    columns = np.arange(len(best))
    weights = np.stack([each.weights for each in solutions])[best, columns]
    intercepts = np.stack([each.intercepts for each in solutions])[best, columns]
    first = solutions[0]
    l2 = np.stack([each.l2 for each in solutions])[best, columns]
    return Solution(weights, intercepts, l2, np.ones(len(best)), first.tolerance, 0, first.solvable)
