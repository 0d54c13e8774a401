"""The report: one HTML file that shows how good a model is, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from zokusei.errors import UsageError
from zokusei.evaluation.plots import Curve, curve_plot, reliability_plot
from zokusei.evaluation.report_parts import (
    group_blocks,
    headlines,
    label_error_cards,
    mistake_blocks,
    robustness_blocks,
    sample_cards,
)
from zokusei.evaluation.results import Evaluation, nan_as_none
from zokusei.evaluation.robustness import Robustness
from zokusei.evaluation.samples import Sample
from zokusei.templates import render
from zokusei.vocabulary import Vocabulary

__all__ = ["Sample", "write_report"]


def write_report(
    out_dir: Path,
    evaluation: Evaluation,
    *,
    vocabulary: Vocabulary,
    samples: Sequence[Sample],
    title: str,
    facts: Mapping[str, str],
    converged: bool | None = None,
    evidence: str = "",
    curve: Mapping[str, Curve] | None = None,
    image_of: Callable[[str], bytes | None] | None = None,
    robustness: Sequence[Robustness] = (),
) -> Path:
    """Writes ``report.html``, which needs no other file and no network, and ``report.json``.

    Args:
        out_dir: Made where it is missing.
        evaluation: What to report.
        vocabulary: Of the attributes evaluated.
        samples: Works for the sample page, in the order to show them.
        title: Of the page.
        facts: What the figures are of, by name: data, split, bundle, date.
        converged: Whether the training converged; a banner says where it did not.
        evidence: On what grounds, in a sentence.
        curve: Training curves by name, each of (step, value).
        image_of: The picture of a work by its id, or None where there is none; asked for the
            works of the label errors and the mistakes shown.
        robustness: What is left under corruptions; left out where there are none.

    Returns:
        The path of the HTML file.

    Raises:
        UsageError: The vocabulary or a sample does not fit the evaluation.
        ImageError: A picture cannot be read.
    """
    _check_fit(evaluation, vocabulary, samples)
    curve = curve or {}
    page = render(
        "report.html",
        title=title,
        facts=facts,
        converged=converged,
        evidence=evidence,
        evaluation=evaluation,
        headlines=headlines(evaluation, vocabulary),
        samples=sample_cards(evaluation, vocabulary, samples),
        groups=group_blocks(evaluation, vocabulary),
        overall=reliability_plot(evaluation.reliability["all"]),
        curve=curve_plot(curve),
        label_errors=label_error_cards(evaluation, vocabulary, samples, image_of),
        mistakes=mistake_blocks(evaluation, vocabulary, samples, image_of),
        robustness=robustness_blocks(robustness),
    )
    document = {
        "title": title,
        "facts": dict(facts),
        "converged": converged,
        "evidence": evidence,
        "curve": curve,
        "evaluation": json.loads(evaluation.to_json()),
        "robustness": [row.to_json() for row in robustness],
    }
    text = json.dumps(nan_as_none(document), ensure_ascii=False, allow_nan=False, indent=1)
    out_dir.mkdir(parents=True, exist_ok=True)
    (out_dir / "report.json").write_text(text + "\n", "utf-8")
    path = out_dir / "report.html"
    path.write_text(page, "utf-8")
    return path


def _check_fit(evaluation: Evaluation, vocabulary: Vocabulary, samples: Sequence[Sample]) -> None:
    if evaluation.vocabulary_fingerprint != vocabulary.fingerprint:
        raise UsageError(
            f"the evaluation is of vocabulary {evaluation.vocabulary_fingerprint}, not of "
            f"{vocabulary.fingerprint}: give the vocabulary it was made with"
        )
    for sample in samples:
        for array in (sample.probabilities, sample.labels):
            if array.shape != (len(vocabulary),):
                raise UsageError(
                    f"sample '{sample.work_id}' has an array of shape {array.shape}; "
                    f"expected ({len(vocabulary)},)"
                )
