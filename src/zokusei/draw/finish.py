"""From SVG to pixels: rasterising, colour grading, screentone, greyscale, sketch."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import resvg_py
from PIL import Image

from zokusei.draw.scene import Style

Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in brightness (ITU-R BT.601)."""


def rasterise(svg: str, size_px: tuple[int, int]) -> Pixels:
    """Renders an SVG document.

    Args:
        svg: The document.
        size_px: Width and height, in the proportions of the document.

    Returns:
        uint8 (H, W, 3), RGB.
    """
    width, height = size_px
    # The shorter side follows from the longer; resvg rounds it up.
    png = resvg_py.svg_to_bytes(
        svg_string=svg,
        width=width if width >= height else None,
        height=height if height > width else None,
        skip_system_fonts=True,
    )
    with Image.open(io.BytesIO(bytes(png))) as image:
        return np.asarray(image.convert("RGB"))[:height, :width]


def finish(svg: str, size_px: tuple[int, int], style: Style, seed: int) -> Pixels:
    """Renders a drawing as an artist's style ends it.

    Args:
        svg: The drawing.
        size_px: Width and height of the result.
        style: Its mode and grading.
        seed: Of the grain of sketches.

    Returns:
        uint8 (H, W, 3), RGB; the channels are equal where the style has no colour.
    """
    if style.mode == "screentone":
        twice = rasterise(svg, (size_px[0] * 2, size_px[1] * 2))
        return _shrink(_screentone(_brightness(twice)))
    pixels = rasterise(svg, size_px)
    match style.mode:
        case "greyscale":
            return _grey(_brightness(pixels))
        case "sketch":
            return _grey(_sketch(_brightness(pixels), seed))
        case "tinted":
            return _tinted(_brightness(pixels), style)
    return _graded(pixels, style)


def _brightness(pixels: Pixels) -> Plane:
    plane: Plane = pixels.astype(np.float32) @ LUMA / np.float32(255)
    return plane


def _bytes(values: Plane) -> Pixels:
    levels: Pixels = (np.clip(values, 0, 1) * 255).round().astype(np.uint8)
    return levels


def _grey(plane: Plane) -> Pixels:
    return np.repeat(_bytes(plane)[..., None], 3, axis=-1)


def _shrink(plane: Plane) -> Pixels:
    """Half the size, by the mean of 2 x 2."""
    height, width = plane.shape[0] // 2, plane.shape[1] // 2
    # At twice the size a side may be odd: the last line then has no half of its own.
    halved = plane[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean((1, 3))
    return _grey(halved.astype(np.float32))


def _screentone(plane: Plane) -> Plane:
    """White where bright, black where dark, dots on a slanted grid between."""
    height, width = plane.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    period = max(5.0, max(height, width) / 85)
    along, across = (x + y) / period * np.pi, (x - y) / period * np.pi
    dots = (np.cos(along) * np.cos(across) + 1) / 2
    toned = (dots < 0.25 + 0.75 * plane).astype(np.float32)
    return np.where(plane > 0.8, 1.0, np.where(plane < 0.27, 0.0, toned)).astype(np.float32)


def _sketch(plane: Plane, seed: int) -> Plane:
    """Pencil: lines where brightness changes, a faint tone, grain."""
    down, right = np.gradient(plane)
    lines = np.clip(1 - 5 * np.hypot(down, right), 0, 1)
    grain = np.random.default_rng(seed).normal(0, 0.03, plane.shape)
    drawn: Plane = (lines * 0.8 + plane * 0.2 + grain * (1.2 - lines)).astype(np.float32)
    return drawn


def _tinted(plane: Plane, style: Style) -> Pixels:
    """One hue, from its dark to white."""
    dark = np.array([0.25, 0.16, 0.1] if style.gamma < 1.02 else [0.1, 0.16, 0.3], np.float32)
    return _bytes(dark + (1 - dark) * plane[..., None])


def _graded(pixels: Pixels, style: Style) -> Pixels:
    if style.gamma == style.vividness == 1.0:
        return pixels
    light = (pixels.astype(np.float32) / 255) ** style.gamma
    light *= np.array(style.gains, np.float32)
    grey = light.mean(-1, keepdims=True)
    light = grey + (light - grey) * style.vividness
    return _bytes(light)
