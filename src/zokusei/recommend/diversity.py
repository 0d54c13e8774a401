"""Ranks candidates by score and by how little each repeats what stands before it."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def ranked(
    scores: Floats,
    likeness: Floats | None,
    artists: NDArray[np.int64],
    *,
    k: int,
    diversity: float,
    per_artist: int | None,
) -> list[int]:
    """The places of the k candidates to answer, in order.

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
        likeness: float64 (C, A), vectors v whose products are in [0, 1]; None at diversity 0.
        artists: int64 (C,), a number for each artist; below 0 where none is known, of whom
            any number may be answered.
        k: At most how many.
        diversity: The dial, in [0, 1].
        per_artist: At most how many of one artist; any number where None.
    """
    worth = (1 - diversity) * scores / scores.max(initial=1e-300)
    repeated = np.zeros_like(scores)  # of each candidate, its likeness to the most alike chosen
    is_open = np.ones(len(scores), np.bool_)
    taken: Counter[int] = Counter()
    chosen: list[int] = []
    while len(chosen) < k and is_open.any():
        best = int(np.where(is_open, worth - diversity * repeated, -np.inf).argmax())
        chosen.append(best)
        is_open[best] = False
        artist = int(artists[best])
        taken[artist] += 1
        if artist >= 0 and taken[artist] == per_artist:
            is_open[artists == artist] = False
        if likeness is not None:
            repeated = np.maximum(repeated, likeness @ likeness[best])
    return chosen
