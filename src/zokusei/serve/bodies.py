"""Reads what requests send, and refuses what is too long before anything looks at it."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zokusei.serve.errors import Problem, TooLargeError

MOST_BYTES = 1_000_000


class ShortBodies:
    """Lets short bodies through.

    Args:
        app: What answers.
        but: Paths that take pictures, and see to their length themselves.
    """

    def __init__(self, app: ASGIApp, but: frozenset[str]) -> None:
        self._app, self._but = app, but

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or refuses it."""
        if scope["type"] != "http" or scope["path"] in self._but:
            await self._app(scope, receive, send)
            return
        try:
            body = await _short_body(Request(scope, receive))
        except TooLargeError as error:
            await Problem.of(error).as_json()(scope, receive, send)
            return
        except ClientDisconnect:
            return
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


async def _short_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLargeError(f"the request has more than {MOST_BYTES:,} bytes, the limit")
    return bytes(body)
