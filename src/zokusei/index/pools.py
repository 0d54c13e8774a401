"""Pools: attributes that the scan reads as one, because few works have any of them."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zokusei.vocabulary import Vocabulary

Floats: TypeAlias = NDArray[np.float64]

# How much of a pool's attributes an average work may have. On taggings of drawings and faces 0.05
# leaves 106 of 179 columns to read, for 1.4 times the works to score; 0.1 leaves 77, for 4 times
# (2026-11-26).
SHARE = 0.05


class Pools:
    """A partition of attributes.

    By Cauchy and Schwarz the attributes of a pool add to a score at most the
    length of the query's positive weights for them times the length of the
    work's values: a vector of such lengths, one for each pool, is enough to
    bound a score. Where a pool is one attribute nothing is lost.

    Args:
        groups: Of each group its pools, each the rows of its attributes; of A each once.
    """

    def __init__(self, groups: list[list[list[int]]]) -> None:
        self.groups = groups
        pools = [pool for group in groups for pool in group]
        self._group = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        sizes = np.array([len(pool) for pool in pools], np.int64)
        self._columns = np.array([row for pool in pools for row in pool], np.int64)
        self._starts = np.cumsum(sizes) - sizes
        self._alone = sizes == 1

    @classmethod
    def of_vectors(cls, vectors: Floats, vocabulary: Vocabulary) -> Pools:
        """The rarest attributes of each group together, until they are no longer rare.

        Args:
            vectors: float64 (n, A), of some works, by which it is told what is rare.
            vocabulary: The A attributes.
        """
        shares = (vectors**2).sum(axis=0) / max(1, len(vectors))
        groups: list[list[list[int]]] = []
        for group in vocabulary.groups:
            pools: list[list[int]] = []
            pool: list[int] = []
            for row in sorted(vocabulary.group_rows(group.id), key=shares.__getitem__):
                if pool and shares[[*pool, row]].sum() > SHARE:
                    pools.append(pool)
                    pool = []
                pool.append(row)
            if pool:
                pools.append(pool)
            groups.append(pools)
        return cls(groups)

    def __len__(self) -> int:
        return len(self._starts)

    def lengths(self, vectors: NDArray[np.floating[Any]]) -> Floats:
        """Of works: float64 (n, A), not negative, to (n, pools)."""
        squares: Floats = np.add.reduceat(vectors[:, self._columns] ** 2, self._starts, axis=1)
        return np.sqrt(squares)

    def weights(self, weighted: Floats) -> Floats:
        """Of a query: float64 (A,), of any signs, to (pools,).

        Only where a pool is one attribute a weight may be negative.
        """
        ordered = weighted[self._columns]
        positive: Floats = np.add.reduceat(np.maximum(ordered, 0) ** 2, self._starts)
        return np.where(self._alone, ordered[self._starts], np.sqrt(positive))

    def heaviest(self, weights: Floats, left: float) -> tuple[NDArray[np.int64], float]:
        """The fewest pools, heaviest first, without which little can be scored.

        A work's values in a group have at most the length 1, so that what is left of a
        group adds at most the length of its weights.

        Args:
            weights: float64 (P,), of a query.
            left: At most this part of what all pools can add is left to the others.

        Returns:
            int64 (n,), pools; and what the others add at most.
        """
        order = np.argsort(-np.abs(weights), kind="stable")
        squares = np.zeros((len(order) + 1, len(self.groups)))
        squares[np.arange(len(order)), self._group[order]] = weights[order] ** 2
        lengths = np.sqrt(squares[::-1].cumsum(axis=0)[::-1])
        rest: Floats = lengths.sum(axis=1)  # from each pool on
        count = int(np.argmax(rest <= left * rest[0]))
        return order[:count], float(rest[count])
