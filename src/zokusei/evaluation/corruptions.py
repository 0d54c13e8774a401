"""What the world does to pictures, at three strengths each: what a model is tried on."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.uint8]

MAX_SIDE_PX = 2048
"""Enlarged pictures stay within it: beyond, decoding takes the time and nothing new is tried."""


@dataclass(frozen=True, slots=True)
class Corruption:
    """One way in which a picture may come out worse.

    Args:
        id: Such as ``noise``.
        en: What it does, in a few words.
        strengths: Three, from mild to strong.
        unit: How a strength is read, with ``{}`` in its place.
        apply: From a picture, a strength and a source of chance to a picture.
    """

    id: str
    en: str
    strengths: tuple[float, float, float]
    unit: str
    apply: Callable[[Pixels, float, np.random.Generator], Pixels]

    def describe(self, strength: float) -> str:
        """A strength in words."""
        return self.unit.format(f"{strength:g}")


def corrupt(
    pixels: Pixels, corruption: Corruption, strength: float, *, seed: Sequence[int] = (0,)
) -> Pixels:
    """The picture as the corruption leaves it; the same for the same seed.

    Args:
        pixels: uint8 (H, W, 3), RGB.
        corruption: One of ``CORRUPTIONS``.
        strength: In the corruption's unit.
        seed: Of what is left to chance.

    Returns:
        uint8 (H', W', 3), RGB; of another size where the corruption is about size.
    """
    return corruption.apply(pixels, strength, np.random.default_rng(list(seed)))


def _bytes(values: NDArray[np.floating]) -> Pixels:
    rounded: Pixels = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return rounded


def _grey(pixels: Pixels) -> NDArray[np.float32]:
    """Luma of ITU-R BT.601, float32 (H, W, 1) in [0, 255]."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    grey: NDArray[np.float32] = (pixels.astype(np.float32) @ weights)[..., None]
    return grey


def _greyscale(pixels: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    colored = pixels.astype(np.float32)
    return _bytes(colored + strength * (_grey(pixels) - colored))


def _duotone(pixels: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """Greys in one hue, from a dark shade of it to white."""
    hue = rng.random() + np.array([0, 1 / 3, 2 / 3])
    dark = 255 * strength * (0.5 + 0.5 * np.cos(2 * math.pi * hue)) / 2
    return _bytes(dark + (255 - dark) * _grey(pixels) / 255)


def _tint(color: tuple[float, float, float]) -> Callable[..., Pixels]:
    def apply(pixels: Pixels, strength: float, _: np.random.Generator) -> Pixels:
        light = 1 + strength * (np.array(color, np.float32) - 1)
        return _bytes(pixels * light)

    return apply


def _darken(pixels: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    return _bytes(pixels * np.float32(strength))


def _brighten(pixels: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    return _bytes(255 - (255 - pixels.astype(np.float32)) * strength)


def _flatten(pixels: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    return _bytes(127.5 + (pixels.astype(np.float32) - 127.5) * strength)


def _noise(pixels: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    return _bytes(pixels + rng.normal(0, strength, pixels.shape))


def _jpeg(pixels: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "JPEG", quality=int(strength))
    return np.asarray(Image.open(encoded).convert("RGB"))


def _blur(pixels: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    radius = strength / 100 * max(pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))


def _sketch(pixels: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    """Lines where it is darker than around (a difference of Gaussians), over faded shades."""
    grey = Image.fromarray(_bytes(_grey(pixels)[..., 0]))
    scale = max(pixels.shape[:2]) / 96
    fine, wide = (
        np.asarray(grey.filter(ImageFilter.GaussianBlur(radius * scale)), np.float32)
        for radius in (0.5, 2.0)
    )
    lines = np.clip(1 - np.maximum(wide - fine - 2, 0) / 40, 0, 1)[..., None]
    paper = 255 - (255 - pixels.astype(np.float32)) * (1 - strength)
    return _bytes(paper * lines)


def _resized(pixels: Pixels, factor: float) -> Pixels:
    height, width = pixels.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def _shrink(pixels: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    return _resized(pixels, min(1.0, strength / max(pixels.shape[:2])))


def _enlarge(pixels: Pixels, strength: float, _: np.random.Generator) -> Pixels:
    longer = max(pixels.shape[:2])
    return _resized(pixels, max(1.0, min(strength, MAX_SIDE_PX / longer)))


def _on_page(pixels: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """The picture somewhere on a plain page of the same size, a share of its height."""
    small = _resized(pixels, strength)
    page = np.empty_like(pixels)
    page[:] = rng.integers(200, 256, 3)
    top, left = (
        int(rng.integers(0, whole - part + 1))
        for whole, part in zip(pixels.shape[:2], small.shape[:2], strict=True)
    )
    page[top : top + small.shape[0], left : left + small.shape[1]] = small
    return page


def _rotate(pixels: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    degrees = strength * rng.choice([-1, 1])
    turned = Image.fromarray(pixels).rotate(
        degrees, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255)
    )
    return np.asarray(turned)


def _cut(pixels: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """Cuts a share of the height and of the width off, from either side of each."""
    height, width = pixels.shape[:2]
    kept_height, kept_width = (max(1, round(side * (1 - strength))) for side in (height, width))
    top = int(rng.choice([0, height - kept_height]))
    left = int(rng.choice([0, width - kept_width]))
    return pixels[top : top + kept_height, left : left + kept_width]


CORRUPTIONS: tuple[Corruption, ...] = (
    Corruption("greyscale", "greyscale", (0.5, 0.8, 1.0), "{} of the colour gone", _greyscale),
    Corruption("duotone", "greys in one hue", (0.4, 0.7, 1.0), "{} of a full hue", _duotone),
    Corruption("warm", "warm light", (0.4, 0.7, 1.0), "{} of evening", _tint((1.0, 0.72, 0.42))),
    Corruption("cool", "cool light", (0.4, 0.7, 1.0), "{} of night", _tint((0.5, 0.72, 1.0))),
    Corruption("dark", "dark", (0.6, 0.4, 0.25), "{} of the light", _darken),
    Corruption("bright", "bright", (0.7, 0.45, 0.25), "{} of the shade", _brighten),
    Corruption("flat", "low contrast", (0.6, 0.4, 0.25), "{} of the contrast", _flatten),
    Corruption("noise", "noise", (8, 16, 32), "deviation {}", _noise),
    Corruption("jpeg", "JPEG", (50, 25, 10), "quality {}", _jpeg),
    Corruption("blur", "blur", (1, 2, 4), "{}% of the longer side", _blur),
    Corruption("sketch", "line drawing", (0.4, 0.7, 1.0), "{} of the shades gone", _sketch),
    Corruption("tiny", "tiny", (64, 48, 32), "{} px and no more", _shrink),
    Corruption("huge", "enlarged", (4, 8, 16), "{} times", _enlarge),
    Corruption("page", "small on a plain page", (0.5, 0.333, 0.2), "{} of its height", _on_page),
    Corruption("rotated", "rotated", (10, 20, 30), "{} degrees", _rotate),
    Corruption("cut", "cut off", (0.15, 0.3, 0.45), "{} of either side gone", _cut),
)
"""In the order of the report."""
