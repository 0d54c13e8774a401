"""Finds the heads in pictures: the coarse look, before each is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from zokusei.parts import opening
from zokusei.runtime import RuntimeName, Session, open_network

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""

FINDER_NETWORK, FINDER_ABOUT = "finder.onnx", "finder.json"

# Of two heads found that overlap more than this, the surer stays.
_SAME_HEAD = 0.4

# No more heads than this are read in one picture: the surest.
_MOST_HEADS = 16


@dataclass(frozen=True, slots=True)
class Head:
    """A head found in a picture.

    Args:
        box: The square around it, in pixels; may reach beyond the picture.
        score: How sure, in [0, 1].
    """

    box: Box
    score: float


@dataclass(frozen=True, eq=False)
class HeadFinder:
    """A network that finds heads.

    Args:
        path: Of its ONNX file, with one input ``pictures``, float32 (B, 3, S, S) in [-1, 1],
            and one output ``maps``, float32 (B, 4, S/stride, S/stride): logit of a head's
            middle, logarithm of its side in strides, and the middle's place within the cell.
        size_px: S.
        stride: Pixels of a canvas to a cell of the maps.
        threshold: The least score of a head.
        about: What else is known of it.
        runtime: What runs its network.
    """

    path: Path
    size_px: int
    stride: int
    threshold: float
    about: Mapping[str, Any]
    runtime: RuntimeName = "onnxruntime"

    @classmethod
    def load(cls, folder: Path) -> HeadFinder:
        """Opens the finder in a folder.

        Raises:
            BundleError: There is none, or it cannot be read.
        """
        with opening("finder of heads", folder, FINDER_ABOUT):
            about = json.loads((folder / FINDER_ABOUT).read_text("utf-8"))
            return cls(
                path=folder / FINDER_NETWORK,
                size_px=int(about["size_px"]),
                stride=int(about["stride"]),
                threshold=float(about["threshold"]),
                about=about,
            )

    @cached_property
    def _session(self) -> Session:
        return open_network(self.path, self.runtime)

    def find(
        self, canvases: NDArray[np.uint8], *, threshold: float | None = None
    ) -> list[list[Head]]:
        """The heads in pictures; may be called from several threads.

        Args:
            canvases: uint8 (B, S, S, 3), RGB, as ``zokusei.images.fit`` makes them.
            threshold: In place of the finder's own.

        Returns:
            Of each, by descending score, in pixels of the canvas (see ``on_picture``).
        """
        inputs = normalise(canvases)
        (maps,) = self._session.run(["maps"], inputs)
        least = self.threshold if threshold is None else threshold
        return [heads_of_maps(each, stride=self.stride, threshold=least) for each in maps]


def normalise(canvases: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A finder's input, float32 (B, 3, S, S) in [-1, 1], of uint8 (B, S, S, 3)."""
    inputs = canvases.transpose(0, 3, 1, 2).astype(np.float32, order="C")
    inputs /= 127.5
    inputs -= 1
    return inputs


def heads_of_maps(maps: NDArray[np.float32], *, stride: int, threshold: float) -> list[Head]:
    """The heads that a finder's maps of one picture tell.

    A head is where the score is over the threshold and the highest of its 3 x 3 cells
    (Zhou, Wang and Krähenbühl 2019, "Objects as Points").

    Args:
        maps: float32 (4, h, w), as the network gives them.
        stride: Pixels to a cell.
        threshold: The least score.

    Returns:
        By descending score; none overlaps a surer one by much.
    """
    logits, sides, shifts = maps[0], maps[1], maps[2:]
    around = sliding_window_view(np.pad(logits, 1, mode="edge"), (3, 3))
    is_peak = logits == around.max(axis=(2, 3))
    scores = 1 / (1 + np.exp(-logits))
    rows, columns = np.nonzero(is_peak & (scores >= threshold))
    order = np.argsort(-scores[rows, columns], kind="stable")
    heads: list[Head] = []
    for row, column in zip(rows[order], columns[order], strict=True):
        half = float(np.exp(np.clip(sides[row, column], -2, 6))) * stride / 2
        x = (float(column) + float(shifts[0, row, column])) * stride
        y = (float(row) + float(shifts[1, row, column])) * stride
        box = (x - half, y - half, x + half, y + half)
        if all(overlap(box, head.box) < _SAME_HEAD for head in heads):
            heads.append(Head(box, float(scores[row, column])))
        if len(heads) == _MOST_HEADS:
            break
    return heads


def overlap(first: Box, second: Box) -> float:
    """The area that two boxes share, of the area that they cover together, in [0, 1]."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (_area(first) + _area(second) - shared)


def on_picture(box: Box, *, width_px: int, height_px: int, size_px: int) -> Box:
    """A box on a canvas of ``fit``, in pixels of the picture."""
    scale = size_px / max(width_px, height_px)
    left, top = _margins(width_px, height_px, size_px)
    x0, y0, x1, y1 = box
    return (x0 - left) / scale, (y0 - top) / scale, (x1 - left) / scale, (y1 - top) / scale


def on_canvas(box: Box, *, width_px: int, height_px: int, size_px: int) -> Box:
    """A box in a picture, in pixels of its canvas; the inverse of ``on_picture``."""
    scale = size_px / max(width_px, height_px)
    left, top = _margins(width_px, height_px, size_px)
    x0, y0, x1, y1 = box
    return x0 * scale + left, y0 * scale + top, x1 * scale + left, y1 * scale + top


def clipped(box: Box, *, width_px: int, height_px: int) -> Box:
    """The part of a box that lies in the picture."""
    x0, y0, x1, y1 = box
    return max(0.0, x0), max(0.0, y0), min(float(width_px), x1), min(float(height_px), y1)


def _margins(width_px: int, height_px: int, size_px: int) -> tuple[int, int]:
    scale = size_px / max(width_px, height_px)
    width, height = (max(1, round(side * scale)) for side in (width_px, height_px))
    return (size_px - width) // 2, (size_px - height) // 2


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
