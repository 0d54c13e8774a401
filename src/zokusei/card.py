"""The card of a bundle: what it is, what it was trained on, how good it is, what it is not for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zokusei.bundle import Bundle
from zokusei.errors import UsageError
from zokusei.evaluation.plots import reliability_plot
from zokusei.evaluation.results import AttributeResult, Evaluation, GroupResult
from zokusei.templates import render
from zokusei.vocabulary import Vocabulary

_NOT_FOR = """\
It must not be used on photographs, to tell who a person is or what they are like, or to decide
alone what may be shown to whom: it describes drawings of made-up characters and gives no rating.
It must not be used to train a model on what it says as if people had said it. What it has rarely
seen it gets wrong more often than its means say; the tables above show which attributes these are.
Attributes with labels from drawings alone have only been judged on drawings.
"""

_NUM_CONFUSED = 8

_MEASURES = {
    "average_precision": "average precision",
    "roc_auc": "ROC AUC",
    "f1": "F1 at the thresholds",
    "calibration_error": "calibration error",
}


@dataclass(frozen=True, eq=False)
class _Report:
    """A report, as the card tells of it.

    Args:
        title: What it is of.
        evaluation: Its figures.
        facts: What they are of.
        robustness: Rows under corruptions; none where nobody asked.
    """

    title: str
    evaluation: Evaluation
    facts: Mapping[str, str]
    robustness: Sequence[Mapping[str, Any]]


def write_card(
    bundle: Bundle, reports: Mapping[str, Path], *, notes: str = "", speed: Path | None = None
) -> str:
    """Writes the card into the bundle, with a figure of its calibration for each report.

    Args:
        bundle: What it is of.
        reports: Title to folder of a report that ``zokusei evaluate`` wrote.
        notes: Markdown about the data: where it is from, how it was labelled,
            under what licence it is.
        speed: What ``python -m bench.tag`` measured of the bundle.

    Returns:
        The card.

    Raises:
        UsageError: A report or the speed cannot be read, or is of another bundle.
    """
    read = [_report(bundle, title, path) for title, path in reports.items()]
    parts = [f"# Bundle {bundle.fingerprint}\n", _about(bundle), _data(bundle, notes)]
    figures = {}
    for number, report in enumerate(read, start=1):
        figure = f"calibration-{number}.svg"
        figures[figure] = render(
            "reliability.svg",
            plot=reliability_plot(report.evaluation.reliability["all"]),
            label=f"Calibration: {report.title}",
        )
        parts.append(_results(report, figure, bundle.vocabulary))
    if speed is not None:
        parts.append(_speed(bundle, speed))
    parts += [f"## What it is not for\n\n{_NOT_FOR}"]
    card = "\n".join(parts)
    bundle.write_card(card, figures)
    return card


def _report(bundle: Bundle, title: str, path: Path) -> _Report:
    try:
        document = json.loads((path / "report.json").read_text("utf-8"))
        evaluation = Evaluation.from_json(json.dumps(document["evaluation"]))
        report = _Report(title, evaluation, dict(document["facts"]), document["robustness"])
    except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
        raise UsageError(
            f"{path} holds no report ({error}); make one with `zokusei evaluate`"
        ) from error
    _check_bundle(bundle, report.facts.get("bundle"), f"the report at {path}", "evaluate")
    return report


def _check_bundle(bundle: Bundle, of: Any, what: str, verb: str) -> None:
    if of != bundle.fingerprint:
        raise UsageError(
            f"{what} is of bundle {of}, not of {bundle.fingerprint}; {verb} this bundle"
        )


def _speed(bundle: Bundle, path: Path) -> str:
    try:
        measured = json.loads(path.read_text("utf-8"))
        of = measured["bundle"]
        text = (
            f"{measured['median_pictures_per_s']['tag']:.0f} pictures a second from JPEGs of "
            f"{measured['mean_megapixels']:.2f} megapixels to attributes on {measured['machine']} "
            f"(`{measured['command']}`, median of {len(measured['runs']['tag'])} runs over "
            f"{measured['pictures']} pictures, {measured['at'][:10]}).\n"
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} holds no speed ({error!r}); measure it with `python -m bench.tag`"
        ) from error
    _check_bundle(bundle, of, f"the speed at {path}", "measure")
    return f"## How fast it is\n\n{text}"


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
    if bundle.second and "second" in about:
        gain = ", ".join(f"{id_} {gain:+.3f}" for id_, gain in about["second"]["gain"].items())
        second_px = bundle.second.preprocessing.size_px
        lines.append(
            f"- second network: `{bundle.second.arch}`, input {second_px} x {second_px} px, of "
            f"bundle {bundle.second.fingerprint}; its logits are averaged with the first's in the "
            f"groups whose average precision that raises on the validation split: {gain}"
        )
    if bundle.precision_steps is not None:
        reached = ", ".join(
            f"{precision:g}: {int(np.isfinite(bundle.thresholds_for(precision)).sum())}"
            for precision in (0.9, 0.95, 0.99)
        )
        lines.append(
            f"- attributes that reach a precision (`zokusei tag --precision`), by the lower 95% "
            f"bound on the validation split: {reached}"
        )
    if bundle.calibration.strengths:
        strengths = ", ".join(f"{k} {v:.2f}" for k, v in bundle.calibration.strengths.items())
        lines.append(
            f"- how strongly the attributes of a group exclude each other (0 not at all, 1 "
            f"wholly; fitted): {strengths}"
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


def _results(report: _Report, figure: str, vocabulary: Vocabulary) -> str:
    evaluation, facts = report.evaluation, report.facts
    lines = [
        f"## How good it is: {report.title}\n",
        f"Works: {facts['works']}; split: {facts['split']}; sources: {facts['sources']}. "
        "Intervals are bootstrap percentiles (95%) over works.\n",
        _row("measure", "value", "over"),
        _row("---", "---", "---"),
    ]
    groups = [group for group in evaluation.groups if group.num_works]
    for group in groups:
        lines += _group_rows(group, vocabulary)
    over = f"{evaluation.num_supported} attributes"
    for measure, interval in evaluation.macro.items():
        lines.append(_row(f"mean {_MEASURES.get(measure, measure)}", interval, over))
    lines.append(
        f"\n![Stated probability against seen frequency, {report.title}]({figure})\n\n"
        "Each dot holds about the same number of labels; both axes are even in log odds.\n"
    )
    if any(group.most_confused(1) for group in groups):
        lines += ["Most confused, of the works with one attribute of the group:\n"]
        lines += [_row("label", "most probable", "works", "of"), _row("---", "---", "---:", "---:")]
        for group in groups:
            for true, said, count, num_true in group.most_confused(_NUM_CONFUSED):
                lines.append(_row(f"`{true}`", f"`{said}`", count, num_true))
        lines.append("")
    if report.robustness:
        lines += _robustness(report.robustness)
    lines += [
        f"Attributes with at least {evaluation.min_support} works with and without "
        "(AP: average precision; ECE: calibration error):\n",
        _row(
            "attribute",
            "in Japanese",
            "present",
            "absent",
            "AP",
            "base rate",
            "AP / base",
            "F1",
            "ECE",
        ),
        _row("---", "---", "---:", "---:", "---", "---:", "---:", "---:", "---:"),
    ]
    shown = [result for result in evaluation.attributes if evaluation.has_support(result)]
    lines += [_attribute_row(result, vocabulary) for result in shown]
    return "\n".join(lines) + "\n"


def _group_rows(group: GroupResult, vocabulary: Vocabulary) -> list[str]:
    name, works = vocabulary.group(group.id).en, f"{group.num_works} works"
    rows = [
        _row(f"{name}, most probable right (top-1)", group.top1, works),
        _row(f"{name}, mean average precision", group.average_precision, works),
        _row(
            f"{name}, two tagged that exclude each other (contradictions)",
            group.contradictions,
            f"{group.num_settled} works with one",
        ),
    ]
    if group.num_works_at_poles:
        low, high = (vocabulary[id_].en for id_ in group.poles)
        at_poles = f"{group.num_works_at_poles} works"
        rows.append(_row(f"{high} against {low} (AUC)", group.poles_auc, at_poles))
    if group.num_unknowable:
        rows += [
            _row(f"{name}, wrongly said to be unknown", group.wrongly_unknown, works),
            _row(
                f"{name}, said to be unknown where it is",
                group.unknown_found,
                f"{group.num_unknowable} monochrome works",
            ),
        ]
    return rows


def _robustness(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    groups = list(rows[0]["top1"])
    heads = [text for id_ in groups for text in (f"{id_.replace('_', ' ')} top-1", "said unknown")]
    lines = [
        f"Under corruptions, {rows[0]['num_works']} of the works "
        "(who says unknown is not right):\n",
        _row("picture", "strength", *heads, "long or short (AUC)", "mean AP"),
        _row("---", "---", *("---:" for _ in heads), "---:", "---:"),
    ]
    for row in rows:
        cells = [value for id_ in groups for value in (row["top1"][id_], row["unknown"][id_])]
        figures = [*cells, row["poles_auc"], row["average_precision"]]
        told = ("–" if value is None else f"{value:.2f}" for value in figures)
        lines.append(_row(row["en"], row["strength"], *told))
    return [*lines, ""]


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
        f"{result.lift:.1f}",
        f"{result.f1:.2f}",
        f"{result.calibration_error:.3f}",
    )


def _row(*cells: Any) -> str:
    told = ("–" if str(cell) == "nan" else str(cell) for cell in cells)
    return "| " + " | ".join(told) + " |"
