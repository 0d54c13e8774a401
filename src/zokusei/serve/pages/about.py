"""The pages about the model and the library."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from zokusei.serve.answers import LibraryFacts, ModelAttribute, ModelFacts
from zokusei.serve.pages.curve import curve_of
from zokusei.serve.pages.markdown import as_html
from zokusei.serve.pages.rendering import Renderer
from zokusei.serve.service import Service

# A row of the table of attributes in a card (card.py): id, Japanese name, labels present and
# absent, average precision with its interval, base rate, both as a ratio, F1, calibration error.
_ROW = re.compile(
    r"^\| `(?P<id>[^`|]+)` \|[^|]*\| (?P<support>\d+) \| \d+ \| (?P<precision>[\d.]+)[^|]*"
    r"\|[^|]*\|[^|]*\| (?P<f1>[\d.]+) \| (?P<error>[\d.]+) \|$",
    re.MULTILINE,
)
# What a card says in front of each report's figures, and of the figure in it.
_REPORT = re.compile(r"^## How good it is: (?P<title>.+)$", re.MULTILINE)
_FIGURE = re.compile(r"^!\[Stated[^\],]*, (?P<title>[^\]]+)\]\((?P<name>[^)\s]+)\)$", re.MULTILINE)
_JUDGED = ("precision", "f1", "error", "support")
_COUNTED = ("tagged", "threshold")


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell: what is read, and what is sorted by."""

    text: str
    sort: str


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """An attribute with its figures, in the order of the columns, and the report they are of."""

    id: str
    figures: tuple[Figure, ...]
    report: str


def routes(service: Service, renderer: Renderer) -> APIRouter:
    """The pages about the model and the library."""
    router = APIRouter(include_in_schema=False)

    @router.get("/model")
    def model(request: Request) -> Response:
        facts = service.model_facts()
        judged = judged_in(facts.card)
        figures = {name: f"/api/v1/model/figures/{name}" for name in facts.figures}
        titles = {found["name"]: found["title"] for found in _FIGURE.finditer(facts.card)}
        return renderer.answer(
            request,
            "model.html",
            page="model",
            model=facts,
            curve=curve_of(facts.curve),
            figures=[(address, titles.get(name, "")) for name, address in figures.items()],
            columns=(*_COUNTED, *(_JUDGED if judged else ())),
            reports=list(dict.fromkeys(of_card["report"] for of_card in judged.values())),
            rows=list(_rows(facts, judged)),
            card=as_html(facts.card, figures),
        )

    @router.get("/library")
    def library(request: Request, fragment: str = "") -> Response:
        facts = service.library_facts()
        return renderer.answer(
            request,
            "facts.html" if fragment == "facts" else "library.html",
            page="library",
            facts=facts,
            tallies=_tallies(facts),
            missing=facts.num_works - facts.num_hidden - facts.num_tagged,
            address=service.library.address,
        )

    return router


def _tallies(facts: LibraryFacts) -> list[tuple[str, int]]:
    """Counts by the key of the text that names each."""
    return [
        ("works", facts.num_works),
        ("tagged", facts.num_tagged),
        ("labels", sum(facts.num_labels.values())),
        ("human", facts.num_labels.get("human", 0)),
        ("bookmarks", facts.num_bookmarks),
    ]


def _rows(facts: ModelFacts, judged: Mapping[str, Mapping[str, str]]) -> Iterator[AttributeRow]:
    for attribute in facts.attributes:
        of_card = judged.get(attribute.attribute_id, {})
        cells = [_count(attribute.num_works), _threshold(attribute)]
        if judged:
            cells += [Figure(of_card.get(key, "–"), of_card.get(key, "")) for key in _JUDGED]
        yield AttributeRow(attribute.attribute_id, tuple(cells), of_card.get("report", ""))


def _count(num: int) -> Figure:
    return Figure(f"{num:,}", str(num))


def _threshold(attribute: ModelAttribute) -> Figure:
    if not math.isfinite(attribute.threshold):
        return Figure("–", "")
    return Figure(f"{attribute.threshold:.2f}", f"{attribute.threshold:.6f}")


def judged_in(card: str) -> Mapping[str, Mapping[str, str]]:
    """The figures of each attribute that a card tells: of the first report that has any.

    Args:
        card: Markdown, as ``zokusei card`` writes it.

    Returns:
        By attribute: its figures, and the title of their report.
    """
    found: dict[str, Mapping[str, str]] = {}
    _, *parts = _REPORT.split(card)
    for title, part in zip(parts[::2], parts[1::2], strict=True):
        for row in _ROW.finditer(part):
            found.setdefault(row["id"], {"report": title, **{key: row[key] for key in _JUDGED}})
    return found
