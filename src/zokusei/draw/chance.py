"""Weighted chance."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import TypeVar

T = TypeVar("T")


def weighted(random: Random, weights: Mapping[T, float]) -> T:
    """One of the keys, as likely as its weight."""
    return random.choices(list(weights), list(weights.values()))[0]
