"""The colours that hair, eyes, skin and cloth come in, by the attribute they show."""

from __future__ import annotations

from random import Random

from zokusei.draw.color import Color

# Several mixtures a name, because artists mean a range by it. Greys, whites and silvers
# keep a saturation of at most 0.05, shading included, or they read as violet or cream.
HAIR: dict[str, tuple[Color, ...]] = {
    "black_hair": (Color(0.65, 0.1, 0.15), Color(0.7, 0.11, 0.2), Color(0.05, 0.11, 0.14)),
    "brown_hair": (
        Color(0.065, 0.55, 0.42),
        Color(0.05, 0.48, 0.36),
        Color(0.045, 0.5, 0.48),
        Color(0.08, 0.48, 0.46),
    ),
    "light_brown_hair": (
        Color(0.075, 0.46, 0.7),
        Color(0.07, 0.5, 0.64),
        Color(0.085, 0.42, 0.74),
    ),
    "blonde_hair": (
        Color(0.13, 0.45, 0.94),
        Color(0.125, 0.34, 0.97),
        Color(0.125, 0.55, 0.88),
        Color(0.14, 0.5, 0.98),
    ),
    "white_hair": (Color(0.6, 0.02, 0.97), Color(0.1, 0.025, 0.97), Color(0.0, 0.0, 0.96)),
    "grey_hair": (Color(0.58, 0.02, 0.6), Color(0.0, 0.0, 0.52), Color(0.1, 0.02, 0.57)),
    "silver_hair": (Color(0.57, 0.025, 0.78), Color(0.0, 0.0, 0.77), Color(0.56, 0.02, 0.8)),
    "red_hair": (
        Color(0.99, 0.74, 0.72),
        Color(0.985, 0.7, 0.55),
        Color(0.01, 0.72, 0.82),
        Color(0.97, 0.66, 0.62),
    ),
    "orange_hair": (Color(0.065, 0.72, 0.95), Color(0.055, 0.7, 0.9), Color(0.08, 0.62, 0.95)),
    "pink_hair": (
        Color(0.93, 0.36, 0.98),
        Color(0.955, 0.42, 0.94),
        Color(0.9, 0.32, 0.95),
        Color(0.975, 0.3, 0.97),
    ),
    "purple_hair": (
        Color(0.76, 0.46, 0.68),
        Color(0.775, 0.48, 0.48),
        Color(0.73, 0.34, 0.84),
        Color(0.81, 0.42, 0.62),
    ),
    "blue_hair": (
        Color(0.61, 0.62, 0.76),
        Color(0.63, 0.6, 0.54),
        Color(0.62, 0.66, 0.45),
        Color(0.6, 0.58, 0.84),
    ),
    "light_blue_hair": (
        Color(0.56, 0.32, 0.96),
        Color(0.57, 0.25, 0.97),
        Color(0.575, 0.38, 0.94),
    ),
    "aqua_hair": (
        Color(0.49, 0.45, 0.9),
        Color(0.495, 0.58, 0.66),
        Color(0.475, 0.58, 0.56),
        Color(0.5, 0.38, 0.9),
    ),
    "green_hair": (
        Color(0.36, 0.48, 0.66),
        Color(0.29, 0.5, 0.62),
        Color(0.4, 0.58, 0.46),
        Color(0.26, 0.42, 0.8),
    ),
}

EYES: dict[str, Color] = {
    "red_eyes": Color(0.99, 0.82, 0.8),
    "blue_eyes": Color(0.605, 0.76, 0.86),
    "green_eyes": Color(0.36, 0.64, 0.66),
    "brown_eyes": Color(0.06, 0.62, 0.46),
    "purple_eyes": Color(0.765, 0.6, 0.74),
    "yellow_eyes": Color(0.135, 0.76, 0.96),
    "pink_eyes": Color(0.92, 0.52, 0.96),
    "aqua_eyes": Color(0.49, 0.62, 0.88),
    "black_eyes": Color(0.65, 0.15, 0.16),
    "grey_eyes": Color(0.6, 0.06, 0.58),
    "orange_eyes": Color(0.07, 0.8, 0.93),
}

NEARBY_EYES: dict[str, frozenset[str]] = {
    "brown_eyes": frozenset({"orange_eyes", "black_eyes"}),
    "orange_eyes": frozenset({"brown_eyes", "yellow_eyes"}),
    "yellow_eyes": frozenset({"orange_eyes"}),
    "black_eyes": frozenset({"brown_eyes", "grey_eyes"}),
    "red_eyes": frozenset({"pink_eyes"}),
    "pink_eyes": frozenset({"red_eyes", "purple_eyes"}),
    "purple_eyes": frozenset({"pink_eyes"}),
    "blue_eyes": frozenset({"aqua_eyes"}),
    "aqua_eyes": frozenset({"blue_eyes", "green_eyes"}),
    "green_eyes": frozenset({"aqua_eyes"}),
    "grey_eyes": frozenset({"black_eyes"}),
}
"""Eye colours too near each other for a pair that should look odd."""

SKIN: dict[str, Color] = {
    "": Color(0.055, 0.15, 1.0),
    "pale_skin": Color(0.03, 0.045, 1.0),
    "tan": Color(0.065, 0.4, 0.86),
    "dark_skin": Color(0.06, 0.52, 0.56),
}

CLOTH: dict[str, Color] = {
    "white": Color(0.6, 0.03, 0.97),
    "black": Color(0.65, 0.2, 0.2),
    "red": Color(0.99, 0.72, 0.74),
    "blue": Color(0.6, 0.62, 0.7),
    "navy": Color(0.63, 0.6, 0.34),
    "green": Color(0.38, 0.5, 0.5),
    "pink": Color(0.94, 0.32, 0.97),
    "purple": Color(0.76, 0.45, 0.6),
    "yellow": Color(0.13, 0.55, 0.95),
    "grey": Color(0.62, 0.06, 0.6),
    "brown": Color(0.07, 0.5, 0.42),
    "orange": Color(0.07, 0.7, 0.93),
    "aqua": Color(0.49, 0.4, 0.85),
    "beige": Color(0.1, 0.2, 0.9),
}


def mix_hair(name: str, random: Random) -> Color:
    """A hair colour as some artist would mix it."""
    color = random.choice(HAIR[name])
    if color.is_neutral:
        return color.varied(random, 0.01, 0.008, 0.018)
    return color.varied(random, 0.008, 0.05, 0.035)


def mix_cloth(random: Random, *names: str) -> Color:
    """A colour of cloth, one of these names or any."""
    return CLOTH[random.choice(names or tuple(CLOTH))].varied(random)
