"""What a solver found, and the evidence that it is, or is not, the optimum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zokusei.head.features import Features


@dataclass(frozen=True, slots=True)
class Progress:
    """One point of the loss curve.

    Args:
        num_passes: Readings of the features so far.
        seconds: Since the start.
        worst: The largest relative gradient norm over attributes, where each was last taken.
        loss: The objective, L2 included, mean over the attributes that can be solved.
        num_open: Attributes above the tolerance.
    """

    num_passes: int
    seconds: float
    worst: float
    loss: float
    num_open: int


@dataclass(frozen=True, eq=False)
class Solution:
    """A linear head: logits = features @ weights.T + intercepts.

    Args:
        weights: float32 (A, F), float64 where the features are; 0 for attributes without both
            present and absent labels.
        intercepts: float64 (A,).
        l2: float64 (A,), the L2 each attribute was solved for.
        relative_gradients: float64 (A,), the certificate, as ``solve`` defines it.
        tolerance: What it was to reach.
        num_passes: Readings of the features, those for the certificate included.
        curve: One entry a reading, without the one for the scale of the certificate that a warm
            start adds.
        seconds: By stage: ``covariance``, ``factors``, ``passes``, ``total``.
        solvable: bool (A,), whether an attribute has both present and absent labels.
    """

    weights: NDArray[np.floating]
    intercepts: NDArray[np.float64]
    l2: NDArray[np.float64]
    relative_gradients: NDArray[np.float64]
    tolerance: float
    num_passes: int
    solvable: NDArray[np.bool_]
    curve: tuple[Progress, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def converged(self) -> bool:
        """Whether every attribute has its certificate."""
        return bool((self.relative_gradients <= self.tolerance).all())

    def evidence(self, names: tuple[str, ...] | None = None) -> str:
        """Whether it converged, in one sentence.

        >>> one = np.ones(2)
        >>> left = Solution(one, one, one, np.array([3e-3, 5e-5]), 1e-4, 12, one > 0)
        >>> left.evidence(("twintails", "bob_cut"))
        'not converged: 1 of 2 attributes above 1e-04, worst 3.0e-03 (twintails), after 12 passes'

        Args:
            names: (A,), of the attributes; numbers if not given.
        """
        worst = int(np.argmax(self.relative_gradients))
        value = f"{self.relative_gradients[worst]:.1e}"
        passes = f"after {self.num_passes} passes"
        if self.converged:
            return f"converged: relative gradient at most {value} {passes}"
        above = int((self.relative_gradients > self.tolerance).sum())
        name = names[worst] if names else f"attribute {worst}"
        return (
            f"not converged: {above} of {len(self.relative_gradients)} attributes above "
            f"{self.tolerance:.0e}, worst {value} ({name}), {passes}"
        )

    def logits(self, features: Features) -> NDArray[np.floating]:
        """Logits (N, A) of works, of the features' dtype."""
        logits = np.empty((len(features), len(self.intercepts)), features.dtype)
        weights = self.weights.astype(features.dtype)
        for span, block in features.blocks():
            logits[span] = block @ weights.T + self.intercepts
        return logits
