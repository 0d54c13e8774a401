"""Whether a picture's colours tell more than its light and dark: what greyscale and tints lack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Linear sRGB to CIE XYZ under D65, IEC 61966-2-1.
_TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
)
_WHITE = _TO_XYZ.sum(axis=1)
_CODES = np.arange(256) / 255
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)
_LINEAR = _LINEAR.astype(np.float32)

# The cube root of CIE L*a*b* and its straight end near black.
_EDGE, _STRAIGHT, _OFFSET = 216 / 24389, 24389 / 27 / 116, 16 / 116

_MAX_PIXELS = 4096
_SHARE = 0.99
_MIN_RANGE = 0.15  # of the lightness from black to white

MIN_OWN_CHROMA = 5.0
"""Below this a picture shows no colour of its own. Of 743 coloured faces of the validation split
none is below, of 6,104 of the training split one, of 624 coloured drawings none; greyscale
pictures and all tried tints of them are, and every monochrome drawing (2026-11)."""


def lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """SRGB as CIE L*a*b* 1976 under D65.

    Args:
        pixels: uint8 (..., 3), RGB.

    Returns:
        float32 (..., 3): lightness in [0, 100], a* and b*.
    """
    xyz = (_LINEAR[pixels] @ _TO_XYZ.T) / _WHITE
    x, y, z = np.moveaxis(np.where(xyz > _EDGE, np.cbrt(xyz), _STRAIGHT * xyz + _OFFSET), -1, 0)
    found: NDArray[np.float32] = np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1)
    return found


def own_chroma(pixels: NDArray[np.uint8]) -> float:
    """How far a picture's colours are from being a function of its lightness alone.

    In greyscale, in sepia and under any other tint the colour of a pixel follows from its
    lightness. So a* and b* are fitted by quadratics in the lightness, and the distance that 99
    of 100 pixels keep from them is taken: high where any part has a colour of its own, small
    figures on plain ground included. A picture of one lightness has nothing that its colour
    could follow from: there it is the distance from grey.

    Args:
        pixels: uint8 (H, W, 3), RGB; read at a stride where they are many.

    Returns:
        A distance in CIE L*a*b*, at least 0. See ``MIN_OWN_CHROMA``.
    """
    height, width, _ = pixels.shape
    stride = max(1, int(np.ceil(np.sqrt(height * width / _MAX_PIXELS))))
    values = lab(pixels[::stride, ::stride].reshape(-1, 3)).astype(np.float64)
    lightness, colors = values[:, 0] / 100, values[:, 1:]
    low, high = np.quantile(lightness, (0.05, 0.95))
    if high - low < _MIN_RANGE:
        return float(np.quantile(np.hypot(colors[:, 0], colors[:, 1]), _SHARE))
    powers = np.stack((np.ones_like(lightness), lightness, lightness**2), axis=1)
    # A touch of ridge, for pictures of two tones.
    normal = powers.T @ powers + 1e-6 * len(powers) * np.eye(3)
    left = colors - powers @ np.linalg.solve(normal, powers.T @ colors)
    return float(np.quantile(np.hypot(left[:, 0], left[:, 1]), _SHARE))
