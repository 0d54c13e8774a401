"""Turns what was trained into a bundle: calibrated, with its parity measured."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import BundleError, ImageError, TrainingError
from zokusei.evaluation.calibration import Calibration, fit_calibration
from zokusei.evaluation.metrics import ranking
from zokusei.evaluation.rivalry import rivalries
from zokusei.evaluation.thresholds import choose_thresholds, precision_steps
from zokusei.figures import FACE_GROUPS
from zokusei.heads import HeadFinder
from zokusei.images import decode
from zokusei.library import ABSENT, PRESENT, SPLITS, UNKNOWN, LabelMatrix, Library
from zokusei.library.splits import split_by_of
from zokusei.preprocessing import Preprocessing
from zokusei.runner import run_each
from zokusei.second import SecondNetwork
from zokusei.training.data import labelled_works
from zokusei.training.quantise import to_int8
from zokusei.training.trained import Trained
from zokusei.trunk import StatisticsMeter
from zokusei.vocabulary import Vocabulary

# The network in the bundle may differ from the one trained by so much in a logit.
MAX_LOGIT_DIFFERENCE = 0.05

# Computing in 8 bits may lose so much mean average precision.
MAX_LOSS = 0.005

# A second network speaks of a group if that adds so much to the mean average precision of the
# group's attributes: less is not worth its time. More may still be chance: on 4,251 validation
# works the standard error of a group's gain was 0.001 to 0.011 (2026-11-26, docs/log.md).
MIN_GAIN = 0.005

# An attribute is calibrated on what people labelled where they found so many
# works with it and without it; else on all that is known.
_HUMAN_SUPPORT = 10

# Pictures on which parity and statistics are measured, and how many at a time.
_SAMPLE, _BATCH = 512, 32

# Pictures whose layers tell the ranges of 8 bits.
_RANGE_SAMPLE = 256


def export(
    trained: Trained,
    out: Path,
    *,
    library: Library | None = None,
    finder: HeadFinder | None = None,
    int8: bool = False,
    second: Bundle | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Bundle:
    """Writes the bundle of a trained network.

    Args:
        trained: The network, and what is known of it.
        out: A directory that does not exist yet.
        library: Where the validation split is; by default the one trained on.
        finder: Finds heads for the bundle; without one it reads whole pictures only.
        int8: Whether the network is to compute in 8 bits, if that loses no more than
            ``MAX_LOSS`` of average precision on the validation split.
        second: A bundle whose network is asked too, of the groups where the mean of both
            networks' logits gains ``MIN_GAIN`` of average precision on the validation split;
            it is left out where no group gains, and speaks of what is read from heads alone.
        on_progress: Called with the validation works done and their number.

    Raises:
        BundleError: ``out`` exists, the exported network differs from the trained one, or the
            second bundle has a second network itself.
        TrainingError: The validation split has no labels.
    """
    if out.exists():
        raise BundleError(f"{out} exists; remove it or choose another --out")
    other = second.as_second() if second else None
    library = library or Library.open(trained.library)
    vocabulary = trained.vocabulary
    by = split_by_of(trained.about)
    validation, labels = labelled_works(library, vocabulary, "validation", split_by=by)
    if not validation:
        raise TrainingError(
            f"no work of the validation split of {library.address} has a label to calibrate by"
        )
    facts: dict[str, Any] = {
        **trained.about,
        "data": {
            split: library.sources(labelled_works(library, vocabulary, split, split_by=by)[0])
            for split in SPLITS
        },
    }
    content: dict[str, Any] = {
        "network": trained.network,
        "vocabulary": vocabulary,
        "preprocessing": trained.preprocessing,
        "converged": trained.converged,
        "evidence": trained.evidence,
        "finder": finder,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as partial:
        path = Path(partial) / "bundle"
        path.mkdir()
        raw = Bundle.save(
            path,
            calibration=Calibration.identity(len(vocabulary)),
            thresholds=np.full(len(vocabulary), 0.5, np.float32),
            about=facts,
            **content,
        )
        measured = _measure(raw, trained, library, validation)
        logits = _logits(raw, library, validation, on_progress)
        truth = judging_labels(labels)
        if int8:
            training, _ = labelled_works(library, vocabulary, "train", split_by=by)
            batches = _sample(raw.preprocessing, library, training, _RANGE_SAMPLE)
            content["network"] = to_int8(
                trained.network, (raw.preprocessing.normalise(batch) for batch in batches)
            )
            small = Bundle.save(
                path, calibration=raw.calibration, thresholds=raw.thresholds, about=facts, **content
            )
            small_logits = _logits(small, library, validation, on_progress)
            losing = _mean_precision(logits, truth) - _mean_precision(small_logits, truth)
            measured["int8"] = {"lost_average_precision": losing, "kept": losing <= MAX_LOSS}
            if losing <= MAX_LOSS:
                logits = small_logits
            else:
                content["network"] = trained.network
        if other:
            others = _run_over(library, validation, raw.preprocessing, other.logits, on_progress)
            gains = _gains(logits, others, other, vocabulary, truth)
            if gains:
                other = replace(other, groups=tuple(gains))
                logits = other.join(logits, others, vocabulary)
                content["second"] = other
                measured["second"] = {
                    "fingerprint": other.fingerprint,
                    "arch": other.arch,
                    "groups": list(gains),
                    "gain": gains,
                }
        groups = rivalries(vocabulary)
        calibration = fit_calibration(logits, truth, groups=groups)
        probabilities = calibration.apply(logits)
        Bundle.save(
            path,
            calibration=calibration,
            thresholds=choose_thresholds(probabilities, truth, groups),
            precision_steps=precision_steps(probabilities, truth),
            about={**facts, **measured},
            **content,
        )
        shutil.move(path, out)
    return Bundle.load(out)


def judging_labels(labels: LabelMatrix) -> NDArray[np.int8]:
    """The truth to calibrate by: what people labelled, where they labelled enough.

    Returns:
        int8 (N, A).
    """
    truth = labels.truth()
    seen = labels.human.any(axis=1)
    enough = (truth[seen] == PRESENT).sum(axis=0) >= _HUMAN_SUPPORT
    enough &= (truth[seen] == ABSENT).sum(axis=0) >= _HUMAN_SUPPORT
    truth[np.ix_(~seen, enough)] = UNKNOWN
    return truth


def _logits(
    bundle: Bundle,
    library: Library,
    work_ids: Sequence[str],
    on_progress: Callable[[int, int], None] | None,
) -> NDArray[np.float32]:
    """float32 (N, A), uncalibrated, by the bundle itself."""
    return _run_over(
        library,
        work_ids,
        bundle.preprocessing,
        lambda canvases: bundle.logits(canvases)[0],
        on_progress,
    )


def _run_over(
    library: Library,
    work_ids: Sequence[str],
    preprocessing: Preprocessing,
    run: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    on_progress: Callable[[int, int], None] | None,
) -> NDArray[np.float32]:
    """float32 (N, A), what ``run`` says (B, A) of batches of the works' canvases."""
    images = (image for batch in library.images(work_ids).batches(64) for image in batch)
    logits = []
    for work_id, outcome in run_each(
        zip(work_ids, images, strict=True),
        preprocessing.canvas_of,
        lambda canvases: list(run(np.stack(canvases))),
    ):
        if isinstance(outcome, ImageError):
            raise ImageError(f"work '{work_id}' cannot be calibrated by: {outcome}")
        logits.append(outcome)
        if on_progress:
            on_progress(len(logits), len(work_ids))
    return np.stack(logits)


def _measure(
    bundle: Bundle, trained: Trained, library: Library, work_ids: Sequence[str]
) -> dict[str, Any]:
    """How far the bundle's logits are from the trained network's, and what its trunk is used to."""
    differences, meter = [], StatisticsMeter()
    for canvases in _sample(bundle.preprocessing, library, work_ids, _SAMPLE):
        inputs = bundle.preprocessing.normalise(canvases)
        differences.append(np.abs(trained.reference(inputs) - bundle.logits(canvases)[0]))
        meter.add(inputs, bundle.features(canvases))
    difference = np.concatenate(differences)
    parity = {
        "pictures": len(difference),
        "max_logit_difference": float(difference.max()),
        "mean_logit_difference": float(difference.mean()),
    }
    if not parity["max_logit_difference"] <= MAX_LOGIT_DIFFERENCE:
        raise BundleError(
            f"the exported network differs from the trained one by "
            f"{parity['max_logit_difference']:.3g} in a logit; at most {MAX_LOGIT_DIFFERENCE} "
            "was expected; export with float32 weights"
        )
    return {"parity": parity, "statistics": meter.statistics().to_json()}


def _sample(
    preprocessing: Preprocessing, library: Library, work_ids: Sequence[str], num: int
) -> Iterator[NDArray[np.uint8]]:
    """Batches of canvases, uint8 (B, S, S, 3), of works drawn at random.

    Works of one source stand together in ``work_ids``.
    """
    rows = np.random.default_rng(0).permutation(len(work_ids))[:num]
    for batch in library.images([work_ids[row] for row in rows]).batches(_BATCH):
        yield np.stack(
            [
                preprocessing.canvas(decode(image, at_least_px=preprocessing.decode_px))
                for image in batch
            ]
        )


def _gains(
    first: NDArray[np.float32],
    others: NDArray[np.float32],
    other: SecondNetwork,
    vocabulary: Vocabulary,
    truth: NDArray[np.int8],
) -> dict[str, float]:
    """What the second network adds to a group's mean average precision, where it is enough.

    Args:
        first: float32 (N, A), logits of the first network.
        others: Logits of the second, as it gives them.
        other: The second network.
        vocabulary: The A attributes of the first.
        truth: int8 (N, A).

    Returns:
        Id to gain of the groups read from heads alone, lest it be asked of whole pictures too, of
        which it knows every attribute and which gain ``MIN_GAIN``.
    """
    known = set(other.attribute_ids)
    groups = tuple(
        group.id
        for group in vocabulary.groups
        if group.id in FACE_GROUPS and known.issuperset(group.attribute_ids)
    )
    joined = replace(other, groups=groups).join(first, others, vocabulary)
    differences = _precisions(joined, truth) - _precisions(first, truth)
    gains = {}
    for group_id in groups:
        of_group = differences[list(vocabulary.group_rows(group_id))]
        judged = of_group[np.isfinite(of_group)]
        if len(judged) and judged.mean() >= MIN_GAIN:
            gains[group_id] = round(float(judged.mean()), 4)
    return gains


def _mean_precision(logits: NDArray[np.float32], truth: NDArray[np.int8]) -> float:
    """Mean average precision over the attributes with ten works that have and lack them."""
    return float(np.nanmean(_precisions(logits, truth)))


def _precisions(logits: NDArray[np.float32], truth: NDArray[np.int8]) -> NDArray[np.float64]:
    """float64 (A,), average precision; NaN where fewer than ten works have or lack one."""
    enough = ((truth == PRESENT).sum(0) >= _HUMAN_SUPPORT) & (
        (truth == ABSENT).sum(0) >= _HUMAN_SUPPORT
    )
    # Ranks are all that counts.
    probabilities = Calibration.identity(logits.shape[1]).apply(logits)
    return np.where(enough, ranking(probabilities, truth).average_precision, np.nan)
