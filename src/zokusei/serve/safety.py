"""Who may ask: host names, tokens, requests from other sites, and what browsers may load."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zokusei.serve.errors import NotAllowedError, NoTokenError, Problem
from zokusei.serve.settings import Settings

COOKIE = "zokusei_token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN_PATHS = frozenset({"/api/v1/health"})  # for who watches over servers; it tells nothing

# Pages load what this server sends and nothing else, and run no script or style that stands in
# them: set widths by attributes of SVG and <meter>, or from a module by ``element.style``.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

# As ASGI wants them.
_HEADERS = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())


class Safety:
    """Lets only those requests through that may ask, and tells browsers what they may load.

    Args:
        app: What answers them.
        settings: Which host, which names and which token.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._token = app, settings.token
        self._hosts = _hosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or refuses it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                there = {name for name, _ in headers}
                message["headers"] = [
                    *headers,
                    *(each for each in _HEADERS if each[0] not in there),
                ]
            await send(message)

        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            check_site(scope["method"], headers)
            if self._token is not None and (told := self._signs_in(scope)):
                await told(scope, receive, send_safely)
                return
            self._check_token(scope["path"], headers)
        except (NotAllowedError, NoTokenError) as error:
            await Problem.of(error).as_json()(scope, receive, send_safely)
            return
        await self._app(scope, receive, send_safely)

    def _check_host(self, headers: Headers) -> None:
        """Sees to it that the server is called by a name of its own.

        Else another site could point its own name here (DNS rebinding).
        """
        host = _name(headers.get("host", ""))
        if self._hosts and host not in self._hosts:
            raise NotAllowedError(
                f"the server is not known as '{host[:100]}'; expected one of "
                f"{', '.join(sorted(self._hosts))}, or start it with --allow-host {host[:100]}"
            )

    def _signs_in(self, scope: Scope) -> RedirectResponse | None:
        """The answer to an address with a token in it: the same without, and a cookie."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for name, value in query if name == "token"]
        if scope["method"] != "GET" or not given or not self._is_token(given[0]):
            return None
        rest = urlencode([pair for pair in query if pair[0] != "token"])
        path = "/" + quote(scope["path"].lstrip("/"))
        answer = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
        answer.set_cookie(COOKIE, given[0], httponly=True, samesite="strict", path="/")
        return answer

    def _check_token(self, path: str, headers: Headers) -> None:
        if self._token is None or path in _OPEN_PATHS:
            return
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        shown = bearer.strip() if scheme.lower() == "bearer" else _cookie(headers)
        if not self._is_token(shown):
            raise NoTokenError(
                "this server wants a token; send `Authorization: Bearer TOKEN`, or open the "
                "address that it printed when it started"
            )

    def _is_token(self, shown: str) -> bool:
        return self._token is not None and hmac.compare_digest(
            shown.encode("utf-8", "surrogateescape"), self._token.encode()
        )


def check_site(method: str, headers: Headers) -> None:
    """Sees to it that no other site makes a browser change something here (CSRF).

    Browsers say where a request comes from; programs say nothing and are let through.

    Raises:
        NotAllowedError: It comes from another site.
    """
    if method in _SAFE_METHODS:
        return
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        is_own = site in ("same-origin", "none")
    else:
        is_own = origin is None or urlsplit(origin).netloc == headers.get("host", "")
    if not is_own:
        raise NotAllowedError(
            f"a {method} request from another site ({origin or site}) is refused; send it from "
            "this server's own pages, or from a program"
        )


def _hosts(settings: Settings) -> frozenset[str]:
    """The names a server may be called by; none where any will do, as a token is wanted too."""
    if not settings.is_local and not settings.hosts:
        return frozenset()
    own: Iterable[str] = ("localhost", "127.0.0.1", "[::1]", _name(settings.host))
    return frozenset(name.lower() for name in (*own, *settings.hosts))


def _name(host: str) -> str:
    """A host without its port."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return (host if host.count(":") > 1 else host.partition(":")[0]).lower()


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
