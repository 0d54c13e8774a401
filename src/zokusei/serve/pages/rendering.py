"""Fills the templates and answers with them."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from zokusei.serve.pages.reader import Reader
from zokusei.serve.pages.site import Site
from zokusei.serve.pages.texts import Texts
from zokusei.serve.settings import Language
from zokusei.vocabulary import Vocabulary


class Renderer:
    """Answers requests with templates in the reader's language.

    Args:
        vocabulary: Whose attributes are named.
        language: Where a browser asks for neither.
    """

    def __init__(self, vocabulary: Vocabulary, language: Language) -> None:
        self.vocabulary = vocabulary
        self._language = language

    def site(self, request: Request) -> Site:
        """Names, colours and addresses for the reader of a request."""
        return Site(request, Reader.of(request, self._language), self.vocabulary)

    def texts(self, request: Request) -> Texts:
        """The texts for the reader of a request."""
        return Texts(Reader.of(request, self._language).language)

    def answer(
        self, request: Request, template: str, *, status: int = 200, **context: Any
    ) -> Response:
        """A template filled for the reader of a request.

        Args:
            request: What came.
            template: File name.
            status: HTTP status.
            context: The names the template uses, besides ``site`` and ``t``.
        """
        reader = Reader.of(request, self._language)
        context.setdefault("page", "")
        site = Site(request, reader, self.vocabulary)
        html = (
            environment()
            .get_template(template)
            .render(site=site, t=Texts(reader.language), **context)
        )
        response = HTMLResponse(html, status)
        response.headers["Cache-Control"] = "no-cache"
        reader.keep(response)
        return response


@cache
def environment() -> Environment:
    """The templates; every value is escaped, and a name that is missing is an error."""
    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["share"] = as_share
    made.filters["percent"] = as_percent
    return made


def as_share(value: float) -> str:
    """A length in a drawing.

    >>> as_share(0.7312), as_share(2)
    ('73.1%', '100.0%')
    """
    return f"{100 * min(1.0, max(0.0, value)):.1f}%"


def as_percent(value: float) -> str:
    """A probability or threshold to read; a dash where nothing reaches it.

    >>> as_percent(0.731), as_percent(0.0004), as_percent(float("inf"))
    ('73%', '<1%', '–')
    """
    if not math.isfinite(value):
        return "–"
    return "<1%" if 0 < value < 0.005 else f"{100 * value:.0f}%"
