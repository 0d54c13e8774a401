"""Colours as hue, saturation and value, and how they are shaded, lit and varied."""

from __future__ import annotations

import colorsys
from random import Random
from typing import NamedTuple

NEUTRAL_SATURATION = 0.12
"""Colours below it are greys: their shading must not drift to a hue."""


class Color(NamedTuple):
    """A colour; every part in [0, 1].

    >>> Color(0.0, 0.0, 1.0).hex
    '#ffffff'
    """

    hue: float
    saturation: float
    value: float

    @property
    def hex(self) -> str:
        """As SVG writes it."""
        red, green, blue = colorsys.hsv_to_rgb(*self)
        return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"

    @property
    def is_neutral(self) -> bool:
        """Whether it is a grey, white or silver."""
        return self.saturation < NEUTRAL_SATURATION

    @property
    def is_pale(self) -> bool:
        """Whether white trim would not show on it."""
        return self.value > 0.8 and self.saturation < 0.2

    def shaded(self, factor: float = 0.78, turn: float = -0.02, deepen: float = 0.1) -> Color:
        """The colour in shade: darker and, unless neutral, richer and turned a little."""
        if self.is_neutral:
            return Color(self.hue, self.saturation, self.value * factor)
        saturation = min(1.0, self.saturation + deepen + 0.03)
        return Color((self.hue + turn) % 1, saturation, self.value * factor)

    def lit(self, amount: float = 0.35) -> Color:
        """The colour in light: paler and brighter."""
        value = min(1.0, self.value + (1 - self.value) * amount + 0.06)
        return Color(self.hue, self.saturation * (1 - amount * 0.75), value)

    def varied(
        self, random: Random, hue: float = 0.012, saturation: float = 0.07, value: float = 0.05
    ) -> Color:
        """The colour as another hand would mix it; neutral colours stay neutral."""
        if self.saturation < 0.2:
            saturation = min(saturation, 0.02)
        return Color(
            (self.hue + random.uniform(-hue, hue)) % 1,
            min(1.0, max(0.0, self.saturation + random.uniform(-saturation, saturation))),
            min(1.0, max(0.04, self.value + random.uniform(-value, value))),
        )


WHITE = Color(0.0, 0.0, 1.0)
OFF_WHITE = Color(0.6, 0.03, 0.98)
INK = Color(0.66, 0.25, 0.12)
CHARCOAL = Color(0.65, 0.2, 0.17)
NAVY = Color(0.63, 0.6, 0.34)
GOLD = Color(0.13, 0.6, 0.95)
