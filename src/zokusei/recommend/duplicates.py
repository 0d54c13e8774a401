"""Folds candidates that are nearly the same picture into one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zokusei.library.splits import nearly_same


def folded(
    hashes: NDArray[np.uint64], asked: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], dict[int, list[int]]]:
    """The candidates that stand for themselves, and those that each of them stands for.

    A candidate is folded into the first before it that is not folded itself and is nearly the
    same; one that is nearly the same as a work asked about is left out altogether.

    Args:
        hashes: uint64 (C, 4), perceptual hashes of the candidates, best first; 0 where none
            is known, which resembles nothing.
        asked: uint64 (n, 4), of the works asked about.

    Returns:
        int64 (c,), places of those that stay, in order; and by place those folded into it.
    """
    columns = np.ascontiguousarray(hashes.T)
    is_free = np.ones(len(hashes), np.bool_)
    into: dict[int, list[int]] = {}
    stay = []
    asked_columns = np.ascontiguousarray(asked.T)
    for place in range(len(hashes)):
        if not is_free[place] or len(nearly_same(asked_columns, columns[:, place])):
            continue
        stay.append(place)
        twins = nearly_same(columns[:, place + 1 :], columns[:, place]) + place + 1
        twins = twins[is_free[twins]]
        if len(twins):
            into[place] = twins.tolist()
            is_free[twins] = False
    return np.array(stay, np.int64), into
