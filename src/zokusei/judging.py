"""Judges a bundle by a library's labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import ImageError, UsageError
from zokusei.evaluation.evaluation import evaluate
from zokusei.evaluation.report import Sample, write_report
from zokusei.evaluation.results import Evaluation
from zokusei.library import PRESENT, UNKNOWN, Library
from zokusei.library.splits import Split
from zokusei.tagger import Tagger


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a bundle says of works, beside what is known of them.

    Args:
        library: Where the works are.
        bundle: What was judged.
        split: Which works, of those with labels that may judge.
        reviewed: Whether only works that a person has labelled.
        work_ids: Of the N works.
        probabilities: float32 (N, A).
        truth: int8 (N, A): 1 present, 0 absent, -1 unknown.
        evaluation: The comparison.
    """

    library: Library
    bundle: Bundle
    split: Split
    reviewed: bool
    work_ids: list[str]
    probabilities: NDArray[np.float32]
    truth: NDArray[np.int8]
    evaluation: Evaluation


def judge(
    bundle: Bundle,
    library: Library,
    split: Split,
    *,
    reviewed: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Judgement:
    """Tags the labelled works of a split and compares.

    Args:
        bundle: What to judge.
        library: Works and labels.
        split: Which works.
        reviewed: Only works that a person has labelled.
        on_progress: Called with the works tagged and their number.

    Raises:
        UsageError: No work of the split has a label that may judge.
    """
    in_split = [work_id for work_id, of in library.splits().items() if of == split]
    labels = library.label_matrix(bundle.vocabulary, in_split)
    truth = labels.truth()
    judging = (truth != UNKNOWN).any(axis=1)
    if reviewed:
        judging &= labels.human.any(axis=1)
    rows = np.flatnonzero(judging)
    if not len(rows):
        who = "a person labelled" if reviewed else "with certain labels"
        raise UsageError(f"there is no work {who} in the {split} split of {library.address}")
    work_ids, truth = [in_split[row] for row in rows], truth[rows]
    probabilities = np.empty(truth.shape, np.float32)
    images = (image for batch in library.images(work_ids).batches(64) for image in batch)
    for row, outcome in Tagger(bundle).tag_each(enumerate(images)):
        if isinstance(outcome, ImageError):
            raise outcome
        probabilities[row] = outcome.probabilities
        if on_progress:
            on_progress(row + 1, len(work_ids))
    evaluation = evaluate(
        probabilities,
        truth,
        vocabulary=bundle.vocabulary,
        thresholds=bundle.thresholds,
        work_ids=work_ids,
    )
    return Judgement(library, bundle, split, reviewed, work_ids, probabilities, truth, evaluation)


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
        name: [(point["step"], point[key]) for point in curve]
        for name, key in (
            ("training loss", "training_loss"),
            ("validation loss", "validation_loss"),
        )
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
        curve=curves if curve else None,
        image_of=lambda work_id: _bytes(library.images([work_id]).take([0])[0]),
    )


def facts(judgement: Judgement) -> dict[str, str]:
    """What the figures of a judgement are of."""
    sources = library_sources(judgement.library, judgement.work_ids)
    works = "labelled by a person" if judgement.reviewed else "with certain labels"
    present = int((judgement.truth == PRESENT).sum())
    return {
        "bundle": judgement.bundle.fingerprint,
        "architecture": str(judgement.bundle.about.get("arch", "unknown")),
        "split": f"{judgement.split}, works {works}",
        "works": f"{len(judgement.work_ids)} ({present} present labels)",
        "sources": ", ".join(f"{name} ({count})" for name, count in sources.items()),
    }


def library_sources(library: Library, work_ids: list[str]) -> dict[str, int]:
    """How many of these works came from each source, by the last part of its name."""
    counts: dict[str, int] = {}
    for source in library.works(["source"], work_ids=work_ids)["source"].to_pylist():
        name = Path(source).name
        counts[name] = counts.get(name, 0) + 1
    return counts


def _bytes(image: bytes | Path) -> bytes:
    return image if isinstance(image, bytes) else image.read_bytes()
