"""Judges a bundle by a library's labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import ImageError, UsageError
from zokusei.evaluation.corruptions import CORRUPTIONS
from zokusei.evaluation.evaluation import evaluate
from zokusei.evaluation.report import Sample, write_report
from zokusei.evaluation.results import Evaluation
from zokusei.evaluation.robustness import Read, Robustness, judge_corruptions
from zokusei.images import Picture, decode, shrink
from zokusei.library import PRESENT, UNKNOWN, Library
from zokusei.library.splits import Split, split_by_of
from zokusei.tagger import Tagger, color_groups


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a bundle says of works, beside what is known of them.

    Args:
        library: Where the works are.
        bundle: What was judged.
        split: Which works, of those with labels that may judge; ``all`` for every one.
        only: Which of them, in words; empty for all.
        work_ids: Of the N works.
        probabilities: float32 (N, A).
        truth: int8 (N, A): 1 present, 0 absent, -1 unknown.
        evaluation: The comparison.
        robustness: The same for pictures that came out worse; empty where it was not asked for.
    """

    library: Library
    bundle: Bundle
    split: Split | Literal["all"]
    only: str
    work_ids: list[str]
    probabilities: NDArray[np.float32]
    truth: NDArray[np.int8]
    evaluation: Evaluation
    robustness: tuple[Robustness, ...] = ()


def judge(
    bundle: Bundle,
    library: Library,
    split: Split | Literal["all"],
    *,
    reviewed: bool = False,
    source: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Judgement:
    """Tags the labelled works of a split and compares.

    Works are split as they were for the bundle's training, by content or by
    character.

    Args:
        bundle: What to judge.
        library: Works and labels.
        split: Which works; ``all`` where the bundle learned from none of them.
        reviewed: Only works that a person has labelled.
        source: Only works of a source, named by the last part of its path.
        on_progress: Called with the works tagged and their number.

    Raises:
        UsageError: No such work has a label that may judge.
    """
    splits = library.splits(split_by_of(bundle.about))
    in_split = [work_id for work_id, of in splits.items() if split in (of, "all")]
    if source is not None:
        sources = library.works(["source"], work_ids=in_split)["source"].to_pylist()
        in_split = [
            work_id
            for work_id, name in zip(in_split, sources, strict=True)
            if Path(name or "").name == source
        ]
    labels = library.label_matrix(bundle.vocabulary, in_split)
    only = " ".join(
        [*(["labelled by a person"] if reviewed else []), *([f"from {source}"] if source else [])]
    )
    truth = labels.truth()
    judging = (truth != UNKNOWN).any(axis=1)
    if reviewed:
        judging &= labels.human.any(axis=1)
    rows = np.flatnonzero(judging)
    if not len(rows):
        raise UsageError(
            f"the {split} split of {library.address} has no work {only or 'with certain labels'}"
        )
    work_ids, truth = [in_split[row] for row in rows], truth[rows]
    images = (image for batch in library.images(work_ids).batches(64) for image in batch)
    read = _read(bundle, images, work_ids, on_progress)
    evaluation = evaluate(
        read.probabilities,
        truth,
        vocabulary=bundle.vocabulary,
        thresholds=bundle.thresholds,
        work_ids=work_ids,
        unknown=read.unknown,
    )
    return Judgement(library, bundle, split, only, work_ids, read.probabilities, truth, evaluation)


_NUM_CORRUPTED = 400
_CORRUPTED_PX = 512  # the longer side of what is corrupted: all of it stays in memory


def with_robustness(
    judgement: Judgement, *, on_progress: Callable[[int, int], None] | None = None
) -> Judgement:
    """Judges some of the works again, under every corruption.

    Args:
        judgement: Of the works; at most 400 of them are drawn, always the same.
        on_progress: Called with the readings done and their number.
    """
    bundle, library = judgement.bundle, judgement.library
    rows = np.sort(np.random.default_rng(0).permutation(len(judgement.work_ids))[:_NUM_CORRUPTED])
    work_ids = [judgement.work_ids[row] for row in rows]
    pictures = [
        shrink(decode(image, at_least_px=_CORRUPTED_PX), _CORRUPTED_PX)
        for image in library.images(work_ids).take(range(len(work_ids)))
    ]
    found: list[Robustness] = []
    for each in judge_corruptions(
        pictures,
        judgement.truth[rows],
        bundle.vocabulary,
        bundle.thresholds,
        lambda worse: _read(bundle, worse, work_ids),
    ):
        found.append(each)
        if on_progress:
            on_progress(len(found), 1 + 3 * len(CORRUPTIONS))
    return replace(judgement, robustness=tuple(found))


def _read(
    bundle: Bundle,
    images: Iterable[Picture],
    work_ids: list[str],
    on_progress: Callable[[int, int], None] | None = None,
) -> Read:
    """What the bundle says of works, in their order."""
    probabilities = np.empty((len(work_ids), len(bundle.vocabulary)), np.float32)
    unknown = {id_: np.zeros(len(work_ids), bool) for id_ in color_groups(bundle.vocabulary)}
    for row, outcome in Tagger(bundle).tag_each(enumerate(images)):
        if isinstance(outcome, ImageError):
            raise ImageError(f"work '{work_ids[row]}' cannot be judged: {outcome}")
        probabilities[row] = outcome.probabilities
        for group_id in outcome.unknown_groups:
            unknown[group_id][row] = True
        if on_progress:
            on_progress(row + 1, len(work_ids))
    return Read(probabilities, unknown)


def report(judgement: Judgement, out: Path, *, num_samples: int = 24) -> Path:
    """Writes the report of a judgement: one HTML page and JSON.

    Args:
        judgement: What to report.
        out: The folder.
        num_samples: Works on the sample page, drawn at random, always the same.

    Returns:
        The path of the page.
    """
    bundle, library = judgement.bundle, judgement.library
    rows = np.random.default_rng(0).permutation(len(judgement.work_ids))[:num_samples]
    shown = [judgement.work_ids[row] for row in rows]
    samples = [
        Sample(
            work_id,
            _bytes(image),
            judgement.probabilities[row],
            judgement.truth[row],
        )
        for row, work_id, image in zip(
            rows, shown, library.images(shown).take(range(len(shown))), strict=True
        )
    ]
    curve = bundle.about.get("curve", [])
    curves = {
        key.replace("_", " "): [(point["step"], point[key]) for point in curve]
        for key in ("training_loss", "validation_loss")
        if curve and key in curve[0]
    }
    return write_report(
        out,
        judgement.evaluation,
        vocabulary=bundle.vocabulary,
        samples=samples,
        title=f"Bundle {bundle.fingerprint}",
        facts=facts(judgement),
        converged=bundle.converged,
        evidence=bundle.evidence,
        curve=curves,
        image_of=lambda work_id: _bytes(library.images([work_id]).take([0])[0]),
        robustness=judgement.robustness,
    )


def facts(judgement: Judgement) -> dict[str, str]:
    """What the figures of a judgement are of."""
    sources = judgement.library.sources(judgement.work_ids)
    present = int((judgement.truth == PRESENT).sum())
    settings = judgement.bundle.about.get("settings", {})
    return {
        "bundle": judgement.bundle.fingerprint,
        "architecture": str(judgement.bundle.about.get("arch", "unknown")),
        "split": f"{judgement.split}, works {judgement.only or 'with certain labels'}",
        "works": f"{len(judgement.work_ids):,} ({present:,} present labels)",
        "sources": ", ".join(f"{name} ({count:,})" for name, count in sources.items()),
        "settings": ", ".join(f"{name} {value}" for name, value in settings.items()),
    }


def _bytes(image: bytes | Path) -> bytes:
    return image if isinstance(image, bytes) else image.read_bytes()
