"""Judges how well the figures of whole pictures are found and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import ImageError, UsageError
from zokusei.evaluation.bootstrap import Interval, resample_counts, resampled_share
from zokusei.evaluation.heads import FinderResult, Found, judge_heads, match
from zokusei.heads import Box, Head, clipped
from zokusei.library import PRESENT, Library
from zokusei.scenes import Scene
from zokusei.tagger import Figure, Tagger


@dataclass(frozen=True, slots=True)
class FigureResult:
    """How well faces pasted into scenes are found and read.

    Args:
        heads: How well they are found.
        num_faces: Pasted faces whose main value in the group a person has labelled.
        top1: Share of them whose most probable attribute of the group is right; a face that was
            not found is wrong.
        top1_found: The same among those that were found.
        top1_alone: The same of the faces tagged by themselves, not pasted.
    """

    heads: FinderResult
    num_faces: int
    top1: Interval
    top1_found: Interval
    top1_alone: Interval


def judge_figures(
    bundle: Bundle,
    library: Library,
    scenes: Sequence[Scene],
    *,
    group: str = "hair_color",
    on_progress: Callable[[int, int], None] | None = None,
) -> FigureResult:
    """Tags scenes and compares each figure with the face that was pasted there.

    Args:
        bundle: What to judge; it has a finder.
        library: Where the faces are, with their labels.
        scenes: Of a split that the bundle was not trained on.
        group: By which attributes reading is judged.
        on_progress: Called with the scenes done and their number.

    Raises:
        UsageError: The bundle has no finder, or no pasted face has a label in the group.
    """
    if bundle.finder is None:
        raise UsageError(f"the bundle at {bundle.path} finds no heads; export it with --finder")
    tagger = Tagger(bundle)
    found: list[Found] = []
    pasted: list[tuple[str, Figure | None]] = []
    named = ((row, scene.path) for row, scene in enumerate(scenes))
    for row, outcome in tagger.tag_each(named):
        if isinstance(outcome, ImageError):
            raise outcome
        scene = scenes[row]
        matched, figures = _matched(scene, outcome.figures)
        found.append(matched)
        pasted += [
            (head.work_id, figure)
            for head, figure in zip(scene.heads, figures, strict=True)
            if head.work_id is not None
        ]
        if on_progress:
            on_progress(row + 1, len(scenes))
    heads = judge_heads(found, threshold=bundle.finder.threshold)
    return _read(tagger, library, pasted, group, heads)


def _matched(scene: Scene, figures: Sequence[Figure]) -> tuple[Found, list[Figure | None]]:
    """What was found, and of each known head the figure that it is."""
    size = {"width_px": scene.width_px, "height_px": scene.height_px}
    order = sorted(figures, key=lambda figure: -figure.score)
    heads = [Head(_in_pixels(figure.box, scene), figure.score) for figure in order]
    matched = match(heads, [clipped(head.box, **size) for head in scene.heads])
    of_known: list[Figure | None] = [None] * len(scene.heads)
    for place, known in enumerate(matched.known):
        if known >= 0:
            of_known[known] = order[place]
    return matched, of_known


def _in_pixels(box: Box, scene: Scene) -> Box:
    left, top, right, bottom = box
    width, height = scene.width_px, scene.height_px
    return left * width, top * height, right * width, bottom * height


def _read(
    tagger: Tagger,
    library: Library,
    pasted: Sequence[tuple[str, Figure | None]],
    group: str,
    heads: FinderResult,
) -> FigureResult:
    vocabulary = tagger.bundle.vocabulary
    rows = list(vocabulary.group_rows(group))
    work_ids = sorted({work_id for work_id, _ in pasted})
    labels = library.label_matrix(vocabulary, work_ids)
    truth = (labels.truth() == PRESENT)[:, rows] & labels.human[:, rows]
    labelled = {work_id: row for row, work_id in enumerate(work_ids) if truth[row].any()}
    judged = [(work_id, figure) for work_id, figure in pasted if work_id in labelled]
    if not judged:
        raise UsageError(f"no pasted face has a label by a person in {group}")
    alone = dict(
        zip(work_ids, tagger.tag(library.images(work_ids).take(range(len(work_ids)))), strict=True)
    )

    def is_right(work_id: str, probabilities: NDArray[np.float32]) -> bool:
        return bool(truth[labelled[work_id], int(probabilities[rows].argmax())])

    right = np.array([f is not None and is_right(w, f.probabilities) for w, f in judged])
    right_alone = np.array(
        [is_right(work_id, alone[work_id].probabilities) for work_id, _ in judged]
    )
    is_found = np.array([figure is not None for _, figure in judged])
    return FigureResult(
        heads=heads,
        num_faces=len(judged),
        top1=_share(right),
        top1_found=_share(right[is_found]),
        top1_alone=_share(right_alone),
    )


def _share(right: NDArray[np.bool_]) -> Interval:
    if not len(right):
        return Interval(float("nan"))
    counts = resample_counts(len(right))
    return Interval.from_resamples(float(right.mean()), resampled_share(right, counts))
