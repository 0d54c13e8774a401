"""Pictures small enough to stand inside a page."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from zokusei.images import decode

THUMBNAIL_PX = 256


def thumbnail_uri(source: bytes | Path, *, max_px: int = THUMBNAIL_PX) -> str:
    """A picture as the data URI of a WebP.

    Args:
        source: The bytes of a picture, or the path of one.
        max_px: Longest side; smaller pictures keep their size.

    Raises:
        ImageError: The picture is missing or cannot be read.
    """
    picture = Image.fromarray(decode(source, at_least_px=2 * max_px))
    picture.thumbnail((max_px, max_px), Image.Resampling.LANCZOS)
    encoded = io.BytesIO()
    picture.save(encoded, "WEBP", quality=82)
    return "data:image/webp;base64," + base64.b64encode(encoded.getvalue()).decode("ascii")
