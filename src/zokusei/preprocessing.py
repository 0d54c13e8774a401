"""How pixels become a network's input; it belongs to the bundle and travels with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from zokusei.images import Picture, fit, pixels_of, stretch


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """From a decoded picture to a network's input.

    Args:
        size_px: Side of the square input S.
        resize: ``pad`` keeps the aspect and pads with white, ``stretch`` does not keep it.
        channels: The order the network expects.
        mean: Subtracted per channel, in that order, on the scale 0 to 255.
        std: Divided by after that.
    """

    size_px: int
    resize: Literal["pad", "stretch"] = "pad"
    channels: Literal["RGB", "BGR"] = "RGB"
    mean: tuple[float, float, float] = (127.5, 127.5, 127.5)
    std: tuple[float, float, float] = (64.0, 64.0, 64.0)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Preprocessing:
        """Reads what ``to_json`` wrote."""
        return cls(**{**fields, "mean": tuple(fields["mean"]), "std": tuple(fields["std"])})

    def to_json(self) -> dict[str, Any]:
        """As it stands in a bundle."""
        return asdict(self)

    @property
    def decode_px(self) -> int:
        """The longer side that a picture must keep when it is decoded at reduced scale."""
        return 2 * self.size_px

    def canvas(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Brings a picture to the network's size.

        Args:
            pixels: uint8 (H, W, 3), RGB.

        Returns:
            uint8 (S, S, 3), RGB.
        """
        resized = fit if self.resize == "pad" else stretch
        return resized(pixels, self.size_px)

    def canvas_of(self, picture: Picture) -> NDArray[np.uint8]:
        """Decodes a picture no larger than needed, and brings it to the network's size.

        Args:
            picture: Encoded bytes, a path, or decoded uint8 (H, W, 3) RGB.

        Returns:
            uint8 (S, S, 3), RGB.

        Raises:
            ImageError: It cannot be read.
        """
        return self.canvas(pixels_of(picture, at_least_px=self.decode_px))

    def normalise(self, canvases: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Turns canvases into the network's input.

        Args:
            canvases: uint8 (B, S, S, 3), RGB.

        Returns:
            float32 (B, 3, S, S), in the network's order of channels.
        """
        ordered = canvases if self.channels == "RGB" else canvases[..., ::-1]
        inputs = ordered.transpose(0, 3, 1, 2).astype(np.float32, order="C")
        inputs -= np.array(self.mean, np.float32)[:, None, None]
        inputs /= np.array(self.std, np.float32)[:, None, None]
        return inputs
