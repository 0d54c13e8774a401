"""Picks the answer from scored works: duplicates folded, artists limited, diversity dialled."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from zokusei.library.splits import nearly_same, nearly_same_pairs
from zokusei.recommend.answer import Related
from zokusei.recommend.diversity import Floats, ranked
from zokusei.recommend.known import Asked, Known
from zokusei.recommend.names import Rows
from zokusei.recommend.request import Request
from zokusei.recommend.scores import Scores

# Candidates that are looked at for an answer of k works: times k, and at least. Where they do
# not give k works, four times as many are, and so on until there are no more.
_PLAIN = 2, 20
_DIVERSE = 10, 100
_MORE = 4
_BLOCK = 32  # candidates compared with all others at a time


def pick(request: Request, asked: Asked, scores: Scores, known: Known) -> list[Related]:
    """The works to answer, as many as the request wants or as there are.

    Without diversity they stand by score. With it they are chosen among the
    best 10 k (100 at least), or more where those do not give k.
    """
    num = _num_candidates(request)
    while True:
        rows, values = scores.best(num)
        chosen = _chosen(request, asked, rows, values, known)
        if len(chosen) == request.k or len(rows) < num:
            break
        num *= _MORE
    work_ids, places = known.index.work_ids, list(chosen)
    return [
        Related(
            work_ids[rows[place]],
            float(values[place]),
            because,
            tuple(work_ids[rows[twin]] for twin in chosen[place]),
        )
        for place, because in zip(places, scores.reasons(rows[places]), strict=True)
    ]


def _num_candidates(request: Request) -> int:
    if request.diversity:
        times, least = _DIVERSE
    elif request.fold_duplicates or request.per_artist:
        times, least = _PLAIN
    else:
        return request.k
    return max(times * request.k, least)


def _chosen(
    request: Request, asked: Asked, rows: Rows, scores: Floats, known: Known
) -> dict[int, list[int]]:
    """The places of the candidates that are answered, in order, each with those folded into it.

    One that is nearly the same picture as a work asked about is neither.
    """
    artists = known.facts.artist_codes(rows)
    hashes = known.facts.hashes(rows)
    is_open = np.ones(len(rows), np.bool_)
    if request.fold_duplicates:
        is_open &= ~nearly_same(hashes, known.facts.hashes(asked.all))
    like = _Likeness(hashes)
    taken: Counter[int] = Counter()
    chosen: dict[int, list[int]] = {}
    for place in ranked(scores, is_open, _likeness(request, rows, known), request.diversity):
        is_open[place] = False
        chosen[place] = []
        if request.fold_duplicates and (alike := like[place]):
            chosen[place] = [other for other in alike if is_open[other]]
            is_open[chosen[place]] = False
        if request.per_artist:
            artist = int(artists[place])
            taken[artist] += 1
            if artist >= 0 and taken[artist] == request.per_artist:
                is_open[artists == artist] = False
        if len(chosen) == request.k:
            break
    return chosen


class _Likeness:
    """Which other candidates are nearly the same picture as one, looked at many at a time.

    Args:
        hashes: uint64 (C, 4).
    """

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self._hashes = hashes
        self._alike: dict[int, list[int]] = {}

    def __getitem__(self, place: int) -> list[int]:
        """Their places, in order."""
        # What stands by score is asked for in order: 24 works in a fifth of the time that they
        # take one by one (2026-11-26). With diversity few of a block are asked for.
        if place not in self._alike:
            first = place // _BLOCK * _BLOCK
            some = self._hashes[first : first + _BLOCK]
            self._alike.update({first + row: [] for row in range(len(some))})
            for row, other in np.argwhere(nearly_same_pairs(some, self._hashes)).tolist():
                if first + row != other:
                    self._alike[first + row].append(other)
        return self._alike[place]


def _likeness(request: Request, rows: Rows, known: Known) -> Floats | None:
    """Vectors whose products are how alike works are, whatever this request weighs."""
    if not request.diversity:
        return None
    vectors: Floats = known.index.vectors(rows) * np.sqrt(known.index.space.shares())
    return vectors
