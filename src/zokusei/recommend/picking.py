"""Picks the answer from scored works: duplicates folded, artists limited, diversity dialled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zokusei.index import AttributeIndex
from zokusei.recommend.answer import Related
from zokusei.recommend.diversity import ranked
from zokusei.recommend.duplicates import folded
from zokusei.recommend.facts import WorkFacts
from zokusei.recommend.names import Rows
from zokusei.recommend.request import Request
from zokusei.recommend.scores import Scores

Floats = NDArray[np.float64]

# Candidates that are looked at for an answer of k works, at least; where they do not give k,
# four times as many are, and so on until there are no more.
_FOLDED_FROM = 2, 20  # times k, and at least
_DIVERSE_FROM = 10, 100
_MORE = 4


def pick(
    request: Request, scores: Scores, index: AttributeIndex, facts: WorkFacts
) -> list[Related]:
    """The works to answer, as many as the request wants or as there are.

    Without diversity they stand by score. With it, they are chosen among the
    best 10 k (100 at least) after folding, or more where those do not give k.
    """
    num = _num_candidates(request)
    while True:
        rows, values = scores.best(num)
        stay, into = _folded(request, rows, index, facts)
        places = stay[_ranked(request, rows[stay], values[stay], index, facts)]
        if len(places) == request.k or len(rows) < num:
            break
        num *= _MORE
    because = scores.reasons(rows[places])
    return [
        Related(
            index.work_ids[rows[place]],
            float(values[place]),
            reasons,
            tuple(index.work_ids[rows[twin]] for twin in into.get(int(place), ())),
        )
        for place, reasons in zip(places, because, strict=True)
    ]


def _num_candidates(request: Request) -> int:
    if request.diversity:
        times, least = _DIVERSE_FROM
    elif request.fold_duplicates or request.per_artist:
        times, least = _FOLDED_FROM
    else:
        return request.k
    return max(times * request.k, least)


def _folded(
    request: Request, rows: Rows, index: AttributeIndex, facts: WorkFacts
) -> tuple[Rows, dict[int, list[int]]]:
    if not request.fold_duplicates:
        return np.arange(len(rows)), {}
    asked = index.rows([*request.likes, *request.dislikes])
    return folded(facts.hashes(rows), facts.hashes(asked))


def _ranked(
    request: Request, rows: Rows, scores: Floats, index: AttributeIndex, facts: WorkFacts
) -> list[int]:
    likeness = None
    if request.diversity:
        # Two works are alike by the index's own weights, whatever this request weighs.
        likeness = index.vectors(rows) * np.sqrt(index.space.shares({}))
    return ranked(
        scores,
        likeness,
        facts.artist_codes(rows),
        k=request.k,
        diversity=request.diversity,
        per_artist=request.per_artist,
    )
