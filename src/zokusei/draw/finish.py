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


def rasterise(svg: str, width_px: int) -> Pixels:
    """Renders an SVG document.

    Returns:
        uint8 (H, W, 3), RGB.
    """
    png = resvg_py.svg_to_bytes(svg_string=svg, width=width_px, skip_system_fonts=True)
    with Image.open(io.BytesIO(bytes(png))) as image:
        return np.asarray(image.convert("RGB"))


def finish(svg: str, width_px: int, style: Style, seed: int) -> Pixels:
    """Renders a drawing as an artist's style ends it.

    Args:
        svg: The drawing.
        width_px: Of the result.
        style: Its mode and grading.
        seed: Of the grain of sketches.

    Returns:
        uint8 (H, W, 3), RGB; the channels are equal where the style has no colour.
    """
    if style.mode == "screentone":
        return _shrink(_screentone(_brightness(rasterise(svg, width_px * 2))), width_px)
    pixels = rasterise(svg, width_px)
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


def _grey(plane: Plane) -> Pixels:
    levels = (np.clip(plane, 0, 1) * 255).round().astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=-1)


def _shrink(plane: Plane, width_px: int) -> Pixels:
    """Half the size, by the mean of 2 x 2."""
    height = plane.shape[0] // 2
    halved = plane[: height * 2, : width_px * 2].reshape(height, 2, width_px, 2).mean((1, 3))
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
    return (lines * 0.8 + plane * 0.2 + grain * (1.2 - lines)).astype(np.float32)


def _tinted(plane: Plane, style: Style) -> Pixels:
    """One hue, from its dark to white."""
    dark = np.array([0.25, 0.16, 0.1] if style.gamma < 1.02 else [0.1, 0.16, 0.3], np.float32)
    toned = dark + (1 - dark) * plane[..., None]
    return (np.clip(toned, 0, 1) * 255).round().astype(np.uint8)


def _graded(pixels: Pixels, style: Style) -> Pixels:
    if style.gamma == style.vividness == 1.0:
        return pixels
    light = (pixels.astype(np.float32) / 255) ** style.gamma
    light *= np.array(style.gains, np.float32)
    grey = light.mean(-1, keepdims=True)
    light = grey + (light - grey) * style.vividness
    return (np.clip(light, 0, 1) * 255).round().astype(np.uint8)
