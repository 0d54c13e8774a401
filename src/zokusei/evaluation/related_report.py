"""The report on related works: one HTML file, and the same as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zokusei.evaluation.bootstrap import Interval
from zokusei.evaluation.related import ALL, RankerResult, RelatedEvaluation
from zokusei.evaluation.related_questions import NAMES
from zokusei.templates import render

HEADLINES = ("recall", "ndcg")
WORDS = {
    "recall": "recall",
    "ndcg": "NDCG",
    "average_precision": "MAP",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in a table.

    Args:
        interval: The figure.
        share: Of the best in its column, in [0, 1]; how dark the cell is.
        is_best: Whether it is the best.
    """

    interval: Interval
    share: float
    is_best: bool


def write_related_report(
    out_dir: Path,
    evaluations: Sequence[RelatedEvaluation],
    *,
    title: str,
    facts: Mapping[str, str],
) -> Path:
    """Writes ``related.html``, which needs no other file and no network, and ``related.json``.

    Args:
        out_dir: Made where it is missing.
        evaluations: One a kind of question.
        title: Of the page.
        facts: What the figures are of, by name.

    Returns:
        The path of the HTML file.
    """
    page = render(
        "related_report.html",
        title=title,
        facts=facts,
        evaluations=evaluations,
        tables={evaluation.kind: tables(evaluation) for evaluation in evaluations},
        names=NAMES,
        words=WORDS,
    )
    document = {
        "title": title,
        "facts": dict(facts),
        "evaluations": [evaluation.to_json() for evaluation in evaluations],
    }
    out_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    (out_dir / "related.json").write_text(text + "\n", "utf-8")
    path = out_dir / "related.html"
    path.write_text(page, "utf-8")
    return path


def tables(evaluation: RelatedEvaluation) -> dict[str, dict[str, list[Cell]]]:
    """The figures as rows of cells: by table and measure, then by ranking."""
    found = {}
    for measure in HEADLINES:
        for where, names in (("among", NAMES), ("whole", (*NAMES, ALL))):
            columns = [
                [_figure(result, where, name, measure) for result in evaluation.results]
                for name in names
            ]
            best = [max((one.value for one in column), default=0.0) for column in columns]
            found[f"{where} {measure}"] = {
                result.name: [
                    _cell(column[row], top) for column, top in zip(columns, best, strict=True)
                ]
                for row, result in enumerate(evaluation.results)
            }
    return found


def _figure(result: RankerResult, where: str, name: str, measure: str) -> Interval:
    figures = result.among if where == "among" else result.whole
    return figures[name][measure]


def _cell(interval: Interval, best: float) -> Cell:
    if not math.isfinite(interval.value) or not best > 0:
        return Cell(interval, 0.0, is_best=False)
    return Cell(interval, interval.value / best, is_best=interval.value == best)
