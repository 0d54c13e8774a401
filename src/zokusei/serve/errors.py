"""How an error is told: one shape, and the HTTP status of each kind.

    {"error": {"kind": "unknown_name", "message": "unknown group 'hat'; ...", "nearest": ["hair"]}}

``kind`` is for programs and stays as it is; ``message`` is for people: what was
wrong, what was expected, what to do.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from zokusei.errors import (
    BundleError,
    ImageError,
    LibraryError,
    UnknownNameError,
    UsageError,
    ZokuseiError,
)

_LOG = logging.getLogger("zokusei.serve")

# The most specific first.
_KINDS: tuple[tuple[type[Exception], str, int], ...] = (
    (UnknownNameError, "unknown_name", 404),
    (UsageError, "usage", 400),
    (ImageError, "picture", 422),
    (LibraryError, "library", 503),
    (BundleError, "bundle", 503),
    (ZokuseiError, "failed", 500),
)


class ServeError(ZokuseiError):
    """An error of serving itself."""

    kind: ClassVar[str]
    status: ClassVar[int]
    headers: ClassVar[dict[str, str]] = {}


class NotFoundError(ServeError):
    """There is nothing at an address, or what is there is hidden."""

    kind, status = "not_found", 404


class NotTaggedError(ServeError):
    """A work, or the whole library, is not tagged by the served bundle."""

    kind, status = "not_tagged", 409


class TooLargeError(ServeError):
    """A request has more bytes, or a picture more pixels, than the limit."""

    kind, status = "too_large", 413


class NoPictureError(ServeError):
    """What was uploaded is no picture of a known format."""

    kind, status = "no_picture", 415


class TooSlowError(ServeError):
    """A request did not arrive in time."""

    kind, status = "too_slow", 408


class BusyError(ServeError):
    """More is waiting than the limit.

    Args:
        message: For people.
        retry_after_s: When to try again.
    """

    kind, status = "busy", 429

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotAllowedError(ServeError):
    """A request comes from another site, or calls the server by a name that is not its own."""

    kind, status = "not_allowed", 403


class NoTokenError(ServeError):
    """A request shows no token, or a wrong one."""

    kind, status = "no_token", 401


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as it is told.

    Args:
        status: The HTTP status.
        kind: For programs.
        message: For people.
        nearest: Known names that are like an unknown one.
        headers: To send along.
    """

    status: int
    kind: str
    message: str
    nearest: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, error: Exception) -> Problem:
        """The problem that an error is; anything unforeseen is told as such, without details."""
        if isinstance(error, ServeError):
            return cls(error.status, error.kind, str(error), headers=_headers(error))
        for class_, kind, status in _KINDS:
            if isinstance(error, class_):
                nearest = tuple(getattr(error, "nearest", ()))
                return cls(status, kind, str(error), nearest)
        if isinstance(error, RequestValidationError):
            return cls(422, "invalid", _what_is_invalid(error))
        if isinstance(error, HTTPException):
            return cls(
                error.status_code,
                HTTPStatus(error.status_code).phrase.lower().replace(" ", "_"),
                str(error.detail),
                headers=tuple((error.headers or {}).items()),
            )
        return cls(500, "internal", "something went wrong here; the server's log says what")

    def as_json(self) -> JSONResponse:
        """As the API answers it."""
        told = {"kind": self.kind, "message": self.message}
        body = {"error": {**told, "nearest": list(self.nearest)} if self.nearest else told}
        return JSONResponse(body, self.status, headers=dict(self.headers))


ErrorPage = Callable[[Request, Problem], Awaitable[Response]]


def install(app: FastAPI, *, error_page: ErrorPage | None = None) -> None:
    """Makes an app tell its errors in this way.

    Args:
        app: Which.
        error_page: Makes the page for people; without it they get what programs get.
    """

    async def tell(request: Request, error: Exception) -> Response:
        problem = Problem.of(error)
        if problem.status >= 500:
            _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
        if error_page is None or request.url.path.startswith("/api/"):
            return problem.as_json()
        return await error_page(request, problem)

    for class_ in (ZokuseiError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(class_, tell)


def _headers(error: ServeError) -> tuple[tuple[str, str], ...]:
    if isinstance(error, BusyError):
        return (("Retry-After", str(error.retry_after_s)),)
    if isinstance(error, NoTokenError):
        return (("WWW-Authenticate", 'Bearer realm="zokusei"'),)
    return ()


def _what_is_invalid(error: RequestValidationError) -> str:
    """Every value that does not fit, where it stands and why, in one line."""
    found = []
    for each in error.errors():
        place = ".".join(str(part) for part in each["loc"] if part not in ("body", "query", "path"))
        found.append(f"{place or each['loc'][0]}: {each['msg']}")
    return "; ".join(found)
