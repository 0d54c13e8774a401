"""Who reads a page: in which language, in light or dark, as the request tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from fastapi import Request, Response

from zokusei.serve.settings import Language

Theme = Literal["", "light", "dark"]

_YEAR_S = 365 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page.

    Args:
        language: In which.
        theme: Light or dark; empty where the browser decides.
        is_new_language: Whether this request chose the language, so that it is to be kept.
    """

    language: Language
    theme: Theme
    is_new_language: bool

    @classmethod
    def of(cls, request: Request, default: Language) -> Reader:
        """The reader of a request.

        The language is that of ``?lang=``, else the one kept in the cookie, else
        the first that the browser asks for and there is, else the default.

        Args:
            request: What came.
            default: The language where the browser asks for neither.
        """
        asked = _language(request.query_params.get("lang"))
        kept = _language(request.cookies.get("lang"))
        accepted = accepted_language(request.headers.get("accept-language", ""))
        theme = request.cookies.get("theme", "")
        return cls(
            language=asked or kept or accepted or default,
            theme="dark" if theme == "dark" else "light" if theme == "light" else "",
            is_new_language=asked is not None,
        )

    def keep(self, response: Response) -> None:
        """Keeps a language that was chosen for the next request."""
        response.headers.append("Vary", "Accept-Language, Cookie")
        if self.is_new_language:
            response.set_cookie("lang", self.language, max_age=_YEAR_S, samesite="strict", path="/")


def in_language(request: Request, language: Language) -> str:
    """The address of a request's page in a language."""
    url = request.url.include_query_params(lang=language)
    return f"{url.path}?{url.query}"


def accepted_language(header: str) -> Language | None:
    """The language that a browser prefers, of those there are.

    >>> accepted_language("fr, ja;q=0.9, en;q=0.8"), accepted_language("de")
    ('ja', None)

    Args:
        header: ``Accept-Language``, as RFC 9110 has it.
    """
    wanted = []
    for place, part in enumerate(header.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((-float(quality or 1), place, tag.split("-")[0].lower()))
        except ValueError:
            continue
    return next((found for _, _, tag in sorted(wanted) if (found := _language(tag))), None)


def _language(text: str | None) -> Language | None:
    return next((language for language in get_args(Language) if language == text), None)
