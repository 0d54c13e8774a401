"""Fills the templates and answers with them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, get_args

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from zokusei.serve.memo import Memo
from zokusei.serve.pages.drawing import Drawing
from zokusei.serve.pages.numbers import as_percent, as_share
from zokusei.serve.pages.reader import Reader, in_language
from zokusei.serve.pages.site import Site
from zokusei.serve.pages.texts import Texts
from zokusei.serve.settings import Language
from zokusei.serve.thumbnails import WIDTHS_PX
from zokusei.vocabulary import Vocabulary

_MOST_DRAWN = 64  # of up to 100 kB each


class Renderer:
    """Answers requests with templates in the reader's language.

    Args:
        vocabulary: Whose attributes are named.
        language: Where a browser asks for neither.
    """

    def __init__(self, vocabulary: Vocabulary, language: Language) -> None:
        self._language = language
        self._in = {each: _InLanguage(vocabulary, each) for each in get_args(Language)}

    def site(self, request: Request) -> Site:
        """Names, colours and addresses for the reader of a request."""
        return self._in[Reader.of(request, self._language).language].site

    def texts(self, request: Request) -> Texts:
        """The texts for the reader of a request."""
        return self._in[Reader.of(request, self._language).language].t

    def drawn(
        self, request: Request, macro: str, depends_on: Hashable, make: Callable[[], object]
    ) -> Markup:
        """What a macro draws of something, kept for the next who asks for the same.

        Args:
            request: What came.
            macro: Its name.
            depends_on: All that the drawing depends on, besides the language.
            make: Makes what the macro is given.
        """
        spoken = self._in[Reader.of(request, self._language).language]
        draw: Callable[[object], Markup] = getattr(spoken.drawing, macro)
        return spoken.memo.get((macro, depends_on), lambda: draw(make()))

    def answer(
        self, request: Request, template: str, *, status: int = 200, **context: Any
    ) -> Response:
        """A template filled for the reader of a request.

        Args:
            request: What came.
            template: File name.
            status: HTTP status.
            context: The names the template uses, besides those that all of them do.
        """
        reader = Reader.of(request, self._language)
        spoken = self._in[reader.language]
        html = (
            environment()
            .get_template(template)
            .render(
                {
                    "page": "",
                    "site": spoken.site,
                    "t": spoken.t,
                    "draw": spoken.drawing,
                    "theme": reader.theme,
                    "translated": in_language(request, spoken.site.other_language),
                    **context,
                }
            )
        )
        response = HTMLResponse(html, status)
        response.headers["Cache-Control"] = "no-cache"
        reader.keep(response)
        return response


class _InLanguage:
    """What all pages in one language share."""

    def __init__(self, vocabulary: Vocabulary, language: Language) -> None:
        self.site, self.t = Site(vocabulary, language), Texts(language)
        self.drawing = Drawing(environment(), self.site, self.t)
        self.memo = Memo(_MOST_DRAWN)


@cache
def environment() -> Environment:
    """The templates; every value is escaped, and a name that is missing is an error."""
    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["widths_px"] = WIDTHS_PX
    made.filters["share"] = as_share
    made.filters["percent"] = as_percent
    return made
