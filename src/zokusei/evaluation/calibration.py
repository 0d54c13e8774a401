"""Probabilities that mean what they say, also of attributes that exclude each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from zokusei.errors import UsageError
from zokusei.evaluation.platt import MIN_SLOPE, fit_platt, prior_loss, smoothed_targets
from zokusei.evaluation.rivalry import Rivalry, rivalries
from zokusei.vocabulary import Vocabulary

PRIOR_COUPLING_DEVIATION = 0.5
"""How far from independent the attributes of a group are expected to be: as with the other priors,
a few dozen works outweigh it."""


@dataclass(frozen=True, eq=False)
class Coupling:
    """How strongly the attributes of one group push each other down.

    Against an attribute count the main ones of those that exclude it: against black hair brown
    hair counts once, and not again as light brown.

    Args:
        rivalry: The group.
        strength: k in [0, 1]: 0 where its attributes are independent, 1 where at most one holds.

    Raises:
        UsageError: The strength is outside [0, 1].
    """

    rivalry: Rivalry
    strength: float

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise UsageError(
                f"the coupling of group '{self.rivalry.group}' is {self.strength}; expected [0, 1]"
            )

    @property
    def rows(self) -> np.ndarray:
        """int64 (G,), the rows of the group's attributes."""
        return self.rivalry.rows

    @cached_property
    def counted(self) -> np.ndarray:
        """float64 (G, G): 1 where the odds of a column count against a row."""
        counted: np.ndarray = (self.rivalry.pairs & self.rivalry.main).astype(np.float64)
        return counted


def couplings_of(vocabulary: Vocabulary, strengths: Mapping[str, float]) -> tuple[Coupling, ...]:
    """The couplings of a vocabulary's groups, by their ids.

    Args:
        vocabulary: Of the A attributes.
        strengths: By group id; a group that is not in it is not coupled.

    Raises:
        UsageError: A strength is outside [0, 1], or of no group whose attributes exclude.
    """
    found = {rivalry.group: rivalry for rivalry in rivalries(vocabulary)}
    other = sorted(strengths.keys() - found.keys())
    if other:
        raise UsageError(
            f"'{other[0]}' has a coupling; expected one of the groups {', '.join(found)}"
        )
    return tuple(Coupling(found[id_], float(strength)) for id_, strength in strengths.items())


@dataclass(frozen=True, eq=False)
class Calibration:
    """From logits to probabilities.

    With odds o_a = exp(slope_a * logit_a + intercept_a), the probability of an attribute is

        o_a / (1 + o_a + k * (sum of o_b over its rivals b))

    where k is its group's coupling, and o_a / (1 + o_a) where it has none. With k = 1 the
    attributes and "none of them" are one choice, as in multinomial logistic regression.

    Args:
        slope: float32 (A,), above 0.
        intercept: float32 (A,).
        couplings: At most one for each group.

    Raises:
        UsageError: The parts do not fit each other, or cannot be used.
    """

    slope: np.ndarray
    intercept: np.ndarray
    couplings: tuple[Coupling, ...] = ()

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
        for coupling in self.couplings:
            if not np.isin(coupling.rows, np.arange(len(self.slope))).all():
                raise UsageError(
                    f"group '{coupling.rivalry.group}' has rows {coupling.rows.tolist()}; "
                    f"expected rows of {len(self.slope)} attributes"
                )

    @classmethod
    def identity(cls, num_attributes: int) -> Calibration:
        """The calibration that takes every logit as it is."""
        return cls(np.ones(num_attributes, np.float32), np.zeros(num_attributes, np.float32))

    @property
    def strengths(self) -> dict[str, float]:
        """The coupling of each group, by its id."""
        return {coupling.rivalry.group: coupling.strength for coupling in self.couplings}

    def apply(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated probabilities.

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
        log_odds = logits.astype(np.float64) * self.slope + self.intercept
        margins = log_odds.copy()
        for coupling in self.couplings:
            margins[:, coupling.rows] -= _pressure(log_odds[:, coupling.rows], coupling)
        probabilities: np.ndarray = np.exp(-np.logaddexp(0, -margins))
        return probabilities.astype(np.float32)


def _pressure(log_odds: np.ndarray, coupling: Coupling) -> np.ndarray:
    """By how much rivals lower each log odds: log(1 + k * sum of their odds), float64 (N, G)."""
    highest = log_odds.max(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):  # the log of 0 where there is nothing to count
        total = np.log(coupling.strength * (np.exp(log_odds - highest) @ coupling.counted.T))
    pressure: np.ndarray = np.logaddexp(0, total + highest)
    return pressure


def fit_calibration(
    logits: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    groups: Sequence[Rivalry] = (),
) -> Calibration:
    """Fits a calibration to labels that the network was not trained on.

    Each attribute by itself first (``platt.fit_platt``); then, group by group, slopes,
    intercepts and coupling together, by the same loss and prior. An attribute without a present
    or without an absent label keeps the identity. A group keeps a coupling of 0 where fewer than
    two of its attributes have both.

    Args:
        logits: float (N, A).
        labels: int8 (N, A).
        weights: float (N,), how much each work counts; all 1 where not given.
        groups: Those to couple; all attributes are independent where there are none.

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
    logits = logits.astype(np.float64)
    weights = np.ones(len(logits)) if weights is None else weights.astype(np.float64)
    fitted = Calibration.identity(logits.shape[1])
    for row in range(logits.shape[1]):
        known = (labels[:, row] >= 0) & (weights > 0)
        present = labels[known, row] == 1
        if present.any() and not present.all():
            both = fit_platt(logits[known, row], present, weights[known])
            fitted.slope[row], fitted.intercept[row] = both
    return replace(
        fitted,
        couplings=tuple(_couple(group, fitted, logits, labels, weights) for group in groups),
    )


def _couple(
    rivalry: Rivalry,
    fitted: Calibration,
    logits: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
) -> Coupling:
    """Fits one group; writes its slopes and intercepts into ``fitted``."""
    from scipy.optimize import minimize

    rows, coupling = rivalry.rows, Coupling(rivalry, 0.0)
    known = (labels[:, rows] >= 0) & (weights > 0)[:, None]
    present = known & (labels[:, rows] == 1)
    free = present.any(axis=0) & (known & ~present).any(axis=0)
    if free.sum() < 2:
        return coupling
    works = known.any(axis=1)
    group = _Group(
        inputs=logits[np.ix_(works, rows)],
        targets=smoothed_targets(present[works], known[works], weights[works]),
        weights=np.where(known[works] & free, weights[works, None], 0.0),
        counted=coupling.counted,
    )
    size = len(rows)
    start = np.concatenate((fitted.slope[rows], fitted.intercept[rows], [0.5])).astype(np.float64)
    bounds = [(MIN_SLOPE, np.inf)] * size + [(-np.inf, np.inf)] * size + [(0.0, 1.0)]
    for place in np.flatnonzero(np.tile(~free, 2)):
        bounds[place] = (start[place], start[place])
    found = minimize(group.loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    fitted.slope[rows], fitted.intercept[rows] = found[:size], found[size:-1]
    return replace(coupling, strength=float(found[-1]))


_MAX_LOG_ODDS = 80.0  # in the fit alone, where the steps of a search may go far astray


@dataclass(frozen=True, eq=False)
class _Group:
    """What the attributes of one group are fitted to.

    Args:
        inputs: float64 (N, G), logits.
        targets: float64 (N, G), in (0, 1).
        weights: float64 (N, G); 0 where a label is unknown.
        counted: float64 (G, G), 1 where the column counts against the row.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    counted: np.ndarray

    def loss(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """The negative log posterior and its gradient.

        Args:
            theta: float64 (2 G + 1,): slopes, intercepts, coupling.
        """
        size = len(self.counted)
        slope, intercept, strength = theta[:size], theta[size:-1], theta[-1]
        log_odds = self.inputs * slope + intercept
        odds = np.exp(np.minimum(log_odds, _MAX_LOG_ODDS))
        rival_odds = odds @ self.counted.T
        margins = log_odds - np.log1p(strength * rival_odds)
        fit = (self.weights * (np.logaddexp(0, margins) - self.targets * margins)).sum()
        push = self.weights * (np.exp(-np.logaddexp(0, -margins)) - self.targets)
        shared = push / (1 + strength * rival_odds)
        # A log odds raises its own margin and lowers those of the attributes it rivals.
        raised = push - strength * odds * (shared @ self.counted)
        prior, pull = prior_loss(slope, intercept)
        gradient = np.concatenate(
            (
                (raised * self.inputs).sum(axis=0),
                raised.sum(axis=0),
                [-(shared * rival_odds).sum() + strength / PRIOR_COUPLING_DEVIATION**2],
            )
        )
        gradient[:-1] += pull
        return float(fit + prior + (strength / PRIOR_COUPLING_DEVIATION) ** 2 / 2), gradient
