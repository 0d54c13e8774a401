"""Numbers as pages write them."""

from __future__ import annotations

import math


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
