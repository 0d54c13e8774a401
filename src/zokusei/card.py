"""The card of a bundle: what it is, what it was trained on, how good it is, what it is not for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zokusei.bundle import Bundle
from zokusei.errors import UsageError
from zokusei.evaluation.results import AttributeResult, Evaluation
from zokusei.vocabulary import Vocabulary

_NOT_FOR = """\
The bundle describes drawings of made-up characters. It is not for photographs, not for telling
who a person is or what they are like, and not for deciding alone what may be shown to whom: it
gives no rating. What it has rarely seen it gets wrong more often than its means say; the tables
below show which attributes these are. Attributes with labels from drawings alone have only been
judged on drawings.
"""


def write_card(bundle: Bundle, reports: Mapping[str, Path], *, notes: str = "") -> str:
    """Writes the card into the bundle.

    Args:
        bundle: What it is of.
        reports: Title to folder of a report that ``zokusei evaluate`` wrote.
        notes: Markdown about the data: where it is from, how it was labelled,
            under what licence it is.

    Returns:
        The card.

    Raises:
        UsageError: A report cannot be read, or is of another bundle.
    """
    evaluations = {title: _evaluation(bundle, path) for title, path in reports.items()}
    parts = [f"# Bundle {bundle.fingerprint}", _about(bundle), _data(bundle, notes)]
    parts += [_results(title, *found, bundle.vocabulary) for title, found in evaluations.items()]
    parts += [f"## What it is not for\n\n{_NOT_FOR}"]
    card = "\n".join(parts)
    bundle.write_card(card)
    return card


def _evaluation(bundle: Bundle, path: Path) -> tuple[Evaluation, dict[str, str]]:
    try:
        document = json.loads((path / "report.json").read_text("utf-8"))
        evaluation = Evaluation.from_json(json.dumps(document["evaluation"]))
        facts = dict(document["facts"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} holds no report ({error}); make one with `zokusei evaluate`"
        ) from error
    if facts.get("bundle") != bundle.fingerprint:
        raise UsageError(
            f"the report at {path} is of bundle {facts.get('bundle')}, not of "
            f"{bundle.fingerprint}; evaluate this bundle"
        )
    return evaluation, facts


def _about(bundle: Bundle) -> str:
    about, size_px = bundle.about, bundle.preprocessing.size_px
    size_mb = sum(path.stat().st_size for path in bundle.path.iterdir()) / 1e6
    lines = [
        f"- network: `{about.get('arch')}`, input {size_px} x {size_px} px "
        f"({bundle.preprocessing.resize})",
        f"- attributes: {len(bundle.vocabulary)}; size {size_mb:.1f} MB",
        f"- training: {'converged' if bundle.converged else 'not converged'}: {bundle.evidence}",
        f"- made by zokusei {about.get('zokusei')}",
    ]
    if "parity" in about:
        parity = about["parity"]
        lines.append(
            f"- logits differ from the trained network's by at most "
            f"{parity['max_logit_difference']:.2g} over {parity['pictures']} validation pictures"
        )
    if "settings" in about:
        lines.append(f"- settings: `{json.dumps(about['settings'])}`")
    return "\n".join(lines) + "\n"


def _data(bundle: Bundle, notes: str) -> str:
    lines = ["## What it was trained on\n"]
    if notes:
        lines.append(notes.strip() + "\n")
    data: Mapping[str, Mapping[str, int]] = bundle.about.get("data", {})
    if data:
        sources = sorted({name for counts in data.values() for name in counts})
        lines += ["Works with labels, by source and split:\n", _row("source", *data)]
        lines += [_row("---", *("---:" for _ in data))]
        lines += [
            _row(name, *(counts.get(name, 0) for counts in data.values())) for name in sources
        ]
        lines.append("")
    return "\n".join(lines)


def _results(
    title: str, evaluation: Evaluation, facts: Mapping[str, str], vocabulary: Vocabulary
) -> str:
    lines = [
        f"## How good it is: {title}\n",
        f"{facts['works']} of the split {facts['split']}; sources: {facts['sources']}. "
        "Intervals are bootstrap percentiles (95%) over works.\n",
        _row("measure", "value", "over"),
        _row("---", "---", "---"),
    ]
    for group in evaluation.groups:
        if group.num_works:
            name, works = vocabulary.group(group.id).en, f"{group.num_works} works"
            lines.append(_row(f"{name}, most probable right (top-1)", group.top1, works))
            lines.append(_row(f"{name}, mean average precision", group.average_precision, works))
    over = f"{evaluation.num_supported} attributes"
    for measure, interval in evaluation.macro.items():
        lines.append(_row(f"mean {measure.replace('_', ' ')}", interval, over))
    lines += [
        f"\nAttributes with at least {evaluation.min_support} works with and without:\n",
        _row("attribute", "", "present", "absent", "average precision", "base rate", "F1", "ECE"),
        _row("---", "---", "---:", "---:", "---", "---:", "---:", "---:"),
    ]
    shown = [result for result in evaluation.attributes if evaluation.has_support(result)]
    lines += [_attribute_row(result, vocabulary) for result in shown]
    return "\n".join(lines) + "\n"


def _attribute_row(result: AttributeResult, vocabulary: Vocabulary) -> str:
    precision = (
        f"{result.average_precision:.2f} "
        f"({result.average_precision_low:.2f} to {result.average_precision_high:.2f})"
    )
    return _row(
        f"`{result.id}`",
        vocabulary[result.id].ja,
        result.num_present,
        result.num_absent,
        precision,
        f"{result.base_rate:.3f}",
        f"{result.f1:.2f}",
        f"{result.calibration_error:.3f}",
    )


def _row(*cells: Any) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"
