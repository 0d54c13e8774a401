"""Ranks candidates by score and by how little each repeats what stands before it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def ranked(
    scores: Floats, is_open: NDArray[np.bool_], likeness: Floats | None, diversity: float
) -> Iterator[int]:
    """The places of candidates in order.

    Maximal marginal relevance: of the candidates R not chosen yet, the next beside those
    chosen, S, is

        argmax over i in R of (1 - diversity) * score_i / best - diversity * repeated_i,
        repeated_i = max over j in S of <v_i, v_j>,

    where best is the highest score, so that the dial means the same whatever the scores'
    scale. At 0 this is the ranking by score; at 1 each next one is the least like all before
    it. The first is always the best scored. Source: J. Carbonell and J. Goldstein, "The use
    of MMR, diversity-based reranking for reordering documents and producing summaries",
    SIGIR 1998, whose lambda is 1 - diversity.

    Args:
        scores: float64 (C,), above 0, best first.
        is_open: bool (C,), which may be chosen; it may be changed between two steps.
        likeness: float64 (C, A), vectors v whose products are in [0, 1]; None at diversity 0.
        diversity: The dial, in [0, 1].
    """
    if likeness is None:
        yield from (place for place in range(len(scores)) if is_open[place])
        return
    worth = (1 - diversity) * scores / scores.max(initial=1e-300)
    repeated = np.zeros_like(scores)
    left = np.ones(len(scores), np.bool_)
    while (choice := left & is_open).any():
        best = int(np.where(choice, worth - diversity * repeated, -np.inf).argmax())
        left[best] = False
        yield best
        repeated = np.maximum(repeated, likeness @ likeness[best])
