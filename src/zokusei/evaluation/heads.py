"""How well heads are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zokusei.evaluation.bootstrap import Interval, resample_counts
from zokusei.evaluation.thresholds import precision_bounds
from zokusei.heads import Box, Head, HeadFinder, clipped, on_picture, overlap
from zokusei.images import decode, fit
from zokusei.scenes import Scene

MATCHED = 0.5
"""The least overlap (intersection over union) of a head found with a known one."""

LEAST_SCORE = 0.02
"""Heads are judged from this score on; lower ones are never of use."""

_BATCH = 16


@dataclass(frozen=True, eq=False)
class Found:
    """What was found in one picture, beside what is there.

    Args:
        scores: float (F,), of the heads found, descending.
        known: int (F,), the known head that each is, -1 for none.
        num_known: How many there are.
    """

    scores: NDArray[np.float64]
    known: NDArray[np.int64]
    num_known: int


@dataclass(frozen=True, slots=True)
class FinderResult:
    """How well a finder finds heads at one threshold.

    Args:
        num_pictures: Judged.
        num_heads: In them.
        threshold: The least score.
        recall: Share of the known heads that were found.
        precision: Share of the heads found that are known ones.
        average_precision: Over all thresholds.
    """

    num_pictures: int
    num_heads: int
    threshold: float
    recall: Interval
    precision: Interval
    average_precision: float


def match(found: Sequence[Head], known: Sequence[Box]) -> Found:
    """Pairs heads found with known ones, the surest first, each at most once."""
    order = sorted(found, key=lambda head: -head.score)
    free = set(range(len(known)))
    which = np.full(len(order), -1, np.int64)
    for place, head in enumerate(order):
        best = max(free, key=lambda row: overlap(head.box, known[row]), default=None)
        if best is not None and overlap(head.box, known[best]) >= MATCHED:
            which[place] = best
            free.discard(best)
    return Found(np.array([head.score for head in order]), which, len(known))


def find_heads(
    finder: HeadFinder,
    scenes: Sequence[Scene],
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Found]:
    """What a finder finds in scenes, from ``LEAST_SCORE`` on; boxes end at the picture's edges."""
    pictures = []
    side = finder.size_px
    for start in range(0, len(scenes), _BATCH):
        batch = scenes[start : start + _BATCH]
        canvases = np.stack(
            [fit(decode(scene.path, at_least_px=2 * side), side) for scene in batch]
        )
        for scene, heads in zip(batch, finder.find(canvases, threshold=LEAST_SCORE), strict=True):
            size = {"width_px": scene.width_px, "height_px": scene.height_px}
            found = [
                Head(clipped(on_picture(head.box, size_px=side, **size), **size), head.score)
                for head in heads
            ]
            pictures.append(match(found, [clipped(head.box, **size) for head in scene.heads]))
        if on_progress:
            on_progress(len(pictures), len(scenes))
    return pictures


def judge_heads(
    pictures: Sequence[Found], *, threshold: float, num_resamples: int = 1000, seed: int = 0
) -> FinderResult:
    """Recall and precision at a threshold, with bootstrap intervals over pictures."""
    tagged = np.array([(each.scores >= threshold).sum() for each in pictures])
    hits = np.array([((each.scores >= threshold) & (each.known >= 0)).sum() for each in pictures])
    known = np.array([each.num_known for each in pictures])
    counts = resample_counts(len(pictures), num_resamples=num_resamples, seed=seed)
    return FinderResult(
        num_pictures=len(pictures),
        num_heads=int(known.sum()),
        threshold=threshold,
        recall=_ratio(hits, known, counts),
        precision=_ratio(hits, tagged, counts),
        average_precision=_average_precision(pictures),
    )


def choose_threshold(pictures: Sequence[Found], *, precision: float = 0.95) -> float:
    """The lowest score from which on heads are found with a precision; 0.5 where none is.

    The precision is reached by its lower bound (``precision_bounds``), so that other pictures
    have it too.
    """
    scores, is_hit = _ranked(pictures)
    bounds = precision_bounds(np.cumsum(is_hit), np.arange(1, len(is_hit) + 1))
    reached = np.flatnonzero(bounds >= precision)
    return float(scores[reached[-1]]) if len(reached) else 0.5


def _ranked(pictures: Sequence[Found]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    scores = np.concatenate([each.scores for each in pictures])
    is_hit = np.concatenate([each.known >= 0 for each in pictures])
    order = np.argsort(-scores, kind="stable")
    return scores[order], is_hit[order]


def _average_precision(pictures: Sequence[Found]) -> float:
    _, is_hit = _ranked(pictures)
    num_known = sum(each.num_known for each in pictures)
    precision = np.cumsum(is_hit) / np.arange(1, len(is_hit) + 1)
    return float(precision[is_hit].sum() / max(1, num_known))


def _ratio(
    part: NDArray[np.int64], whole: NDArray[np.int64], counts: NDArray[np.float32]
) -> Interval:
    with np.errstate(invalid="ignore", divide="ignore"):
        value = float(part.sum() / whole.sum()) if whole.sum() else float("nan")
        return Interval.from_resamples(value, (part @ counts) / (whole @ counts))
