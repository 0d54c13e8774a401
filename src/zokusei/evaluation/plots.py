"""Where things stand in the report's plots: numbers in, coordinates for inline SVG out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zokusei.evaluation.reliability import Reliability

Curve = Sequence[tuple[float, float]]

LOGIT_TICKS = ((0.01, "1%"), (0.1, "10%"), (0.5, "50%"), (0.9, "90%"), (0.99, "99%"))
_LOGIT_EDGE = 0.998


def logit_place(probability: float) -> float:
    """The place of a probability on an axis from 0 to 1 that is even in log odds.

    Most attributes are rare: on an even axis nearly all of them would share the lower corner.
    The axis ends at 0.2% and 99.8%; what lies beyond is drawn at its end.

    >>> [round(logit_place(p), 2) for p in (0.0, 0.1, 0.5, 0.9, 1.0)]
    [0.0, 0.32, 0.5, 0.68, 1.0]
    """
    kept = min(max(probability, 1 - _LOGIT_EDGE), _LOGIT_EDGE)
    reach = math.log(_LOGIT_EDGE / (1 - _LOGIT_EDGE))
    return (math.log(kept / (1 - kept)) / reach + 1) / 2


@dataclass(frozen=True, slots=True)
class ReliabilityPlot:
    """One reliability diagram on a square of side 100, its origin at the upper left.

    Args:
        ticks: Place along either axis, and label.
        points: x, y of each bin.
        path: The same, as the points of a polyline.
    """

    ticks: tuple[tuple[float, str], ...]
    points: tuple[tuple[float, float], ...]
    path: str


def reliability_plot(curve: Reliability) -> ReliabilityPlot:
    """Places a reliability curve."""
    points = tuple(
        (round(100 * logit_place(stated), 2), round(100 - 100 * logit_place(seen), 2))
        for stated, seen in zip(curve.probability, curve.frequency, strict=True)
    )
    ticks = tuple((round(100 * logit_place(value), 2), label) for value, label in LOGIT_TICKS)
    return ReliabilityPlot(ticks, points, _polyline(points))


@dataclass(frozen=True, slots=True)
class CurvePlot:
    """A line chart on a canvas of 640 by 220, its origin at the upper left.

    Args:
        x_ticks: Place and label.
        y_ticks: Place and label.
        lines: Name and polyline of each curve.
    """

    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    lines: tuple[tuple[str, str], ...]


def curve_plot(curves: Mapping[str, Curve]) -> CurvePlot | None:
    """Places training curves; None where none of them has two points to draw a line through.

    Args:
        curves: By name, points of (step, value); values that are not finite are left out.
    """
    finite = {
        name: [p for p in curve if all(map(math.isfinite, p))] for name, curve in curves.items()
    }
    if all(len(curve) < 2 for curve in finite.values()):
        return None
    points = [point for curve in finite.values() for point in curve]
    steps, values = zip(*points, strict=True)
    x_ticks, y_ticks = _ticks(min(steps), max(steps)), _ticks(min(0.0, *values), max(values))
    x_low: float = min(steps)
    x_span: float = (max(steps) - x_low) or 1.0
    y_low, y_high = y_ticks[0], y_ticks[-1]
    y_span: float = (y_high - y_low) or 1.0

    def x(step: float) -> float:
        return round(640 * (step - x_low) / x_span, 1)

    def y(value: float) -> float:
        return round(220 * (1 - (value - y_low) / y_span), 1)

    return CurvePlot(
        tuple((x(tick), f"{tick:,g}") for tick in x_ticks if x_low <= tick <= max(steps)),
        tuple((y(tick), f"{tick:g}") for tick in y_ticks),
        tuple((name, _polyline([(x(s), y(v)) for s, v in line])) for name, line in finite.items()),
    )


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers from ``low`` to ``high``, the first and last at or beyond them."""
    if high <= low:
        return [low]
    raw = (high - low) / 4
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(step * place, 10) for place in range(first, last + 1)]


def _polyline(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
