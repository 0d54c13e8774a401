"""The training curve as a drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Where the plot lies in its drawing of 440 by 240.
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 430.0, 50.0, 200.0
_MOST_TICKS = 6
_LOSSES = ("training_loss", "validation_loss")


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of both losses, and the marks of both axes."""

    training: str
    validation: str
    ticks_x: tuple[Tick, ...]
    ticks_y: tuple[Tick, ...]


def curve_of(rows: Sequence[Mapping[str, Any]]) -> Curve | None:
    """Draws a training's losses by epoch; None where there is nothing to draw.

    Args:
        rows: One an epoch: epoch, training_loss, validation_loss.
    """
    rows = [row for row in rows if _is_number(row.get("epoch"))]
    losses: list[Any] = [row.get(key) for row in rows for key in _LOSSES]
    numbers = [float(loss) for loss in losses if _is_number(loss)]
    if len(rows) < 2 or not numbers:
        return None
    first, last = float(rows[0]["epoch"]), float(rows[-1]["epoch"])
    low, high = min(numbers), max(numbers)
    margin = (high - low or abs(high) or 1.0) * 0.08
    low, high = low - margin, high + margin

    def x(epoch: float) -> float:
        return _LEFT + (epoch - first) / ((last - first) or 1) * (_RIGHT - _LEFT)

    def y(loss: float) -> float:
        return _BOTTOM - (loss - low) / (high - low) * (_BOTTOM - _TOP)

    def points(key: str) -> str:
        known = [row for row in rows if _is_number(row.get(key))]
        return " ".join(f"{x(row['epoch']):.1f},{y(row[key]):.1f}" for row in known)

    every = max(1, round(len(rows) / _MOST_TICKS))
    return Curve(
        training=points("training_loss"),
        validation=points("validation_loss"),
        ticks_x=tuple(Tick(round(x(row["epoch"]), 1), f"{row['epoch']}") for row in rows[::every]),
        ticks_y=tuple(
            Tick(round(y(loss), 1), f"{loss:.3f}")
            for loss in (low + margin + (high - low - 2 * margin) * step / 4 for step in range(5))
        ),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
