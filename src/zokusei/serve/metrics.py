"""Counts and times of requests, as Prometheus reads them."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from threading import Lock

from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/v1"

_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counts and times of the requests that were answered, by route, method and status."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(_BOUNDS_S) + 1))
        self._seconds: dict[str, float] = defaultdict(float)

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request."""
        bucket = next((at for at, most in enumerate(_BOUNDS_S) if seconds <= most), len(_BOUNDS_S))
        with self._lock:
            self._requests[route, method, status] += 1
            self._buckets[route][bucket] += 1
            self._seconds[route] += seconds

    def text(self, gauges: Mapping[str, float]) -> str:
        """Everything in Prometheus's text format 0.0.4.

        Args:
            gauges: Other values of now, by name.
        """
        with self._lock:
            lines = [
                "# HELP zokusei_requests_total Requests that were answered.",
                "# TYPE zokusei_requests_total counter",
                *(
                    f'zokusei_requests_total{{route="{route}",method="{method}",status="{status}"}}'
                    f" {number}"
                    for (route, method, status), number in sorted(self._requests.items())
                ),
                "# HELP zokusei_request_seconds How long requests took.",
                "# TYPE zokusei_request_seconds histogram",
                *(line for route in sorted(self._buckets) for line in self._histogram(route)),
            ]
        for name, value in {**gauges, "zokusei_memory_bytes": memory_bytes()}.items():
            lines += [f"# TYPE {name} gauge", f"{name} {value:g}"]
        return "\n".join(lines) + "\n"

    def _histogram(self, route: str) -> list[str]:
        counted, lines = 0, []
        for most, number in zip((*_BOUNDS_S, "+Inf"), self._buckets[route], strict=True):
            counted += number
            lines.append(f'zokusei_request_seconds_bucket{{route="{route}",le="{most}"}} {counted}')
        lines.append(f'zokusei_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}')
        lines.append(f'zokusei_request_seconds_count{{route="{route}"}} {counted}')
        return lines


class Measured:
    """Counts what an app answers.

    Args:
        app: Which.
        metrics: Where.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request and counts it by its route, so that there are few."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            route = _route(scope)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.count(route, method, status, time.perf_counter() - began)


def _route(scope: Scope) -> str:
    """The route that answered, with what it was mounted under; ``none`` where none did."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        return "none"
    is_api = scope["path"].startswith(f"{API}/") and not path.startswith(API)
    return f"{API}{path}" if is_api else str(path)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


def memory_bytes() -> int:
    """The most memory that this process has had; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
