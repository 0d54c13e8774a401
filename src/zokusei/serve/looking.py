"""What looking at a work's picture again tells: heads, and where the model looked."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from zokusei.bundle import Bundle
from zokusei.errors import BundleError
from zokusei.images import decode, shrink
from zokusei.serve.answers import Head, HeadAttribute
from zokusei.serve.thumbnails import encoded
from zokusei.tagger import Tagging
from zokusei.where import look, overlay

_SIDE_PX = 960  # the longer side of a picture that tells where the model looked


def can_look(bundle: Bundle) -> bool:
    """Whether a bundle tells where it looked."""
    try:
        return "places" in bundle.session.outputs
    except BundleError:
        return False


def where_picture(bundle: Bundle, source: bytes | Path, attribute_id: str) -> bytes:
    """A picture with where the model looked for an attribute laid over it, as WebP.

    Raises:
        UnknownNameError: There is no such attribute.
        BundleError: The bundle does not tell where it looked.
        ImageError: The picture is missing or cannot be read.
    """
    pixels = decode(source, at_least_px=2 * _SIDE_PX)
    (found,) = look(bundle, pixels, [attribute_id])
    return encoded(Image.fromarray(overlay(shrink(pixels, _SIDE_PX), found.heat)))


def heads_of(tagging: Tagging) -> tuple[Head, ...]:
    """The heads that were found in a picture, the surest first, with what each figure has."""
    return tuple(
        Head(
            figure.box,
            figure.score,
            tuple(
                HeadAttribute(each.id, each.probability)
                for each in figure.attributes
                if each.over_threshold
            ),
        )
        for figure in tagging.figures
    )
