"""Trains the network that finds heads."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kornia.augmentation as K  # noqa: N812 - kornia's own convention
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from zokusei.errors import TrainingError
from zokusei.evaluation.heads import LEAST_SCORE, choose_threshold, find_heads, judge_heads
from zokusei.heads import FINDER_ABOUT, FINDER_NETWORK, Box, HeadFinder, normalise, on_canvas
from zokusei.images import decode, fit
from zokusei.network.finder import Finder
from zokusei.scenes import Scene
from zokusei.training.onnx_file import exported
from zokusei.training.quantise import to_int8

_SIDE_WEIGHT, _PLACE_WEIGHT = 1.0, 0.5

# Scenes whose layers tell the ranges of 8 bits, and how many at a time.
_RANGE_SAMPLE, _RANGE_BATCH = 128, 16


@dataclass(frozen=True, slots=True)
class FinderSettings:
    """What decides the outcome.

    Args:
        epochs: Passes over the scenes.
        batch_size: Scenes a step.
        learning_rate: Peak of the one-cycle schedule.
        seed: Of weights, order and augmentation.
    """

    epochs: int = 12
    batch_size: int = 32
    learning_rate: float = 3e-3
    seed: int = 0


class Canvases:
    """Scenes at the network's size, in memory.

    Args:
        scenes: N of them.
    """

    def __init__(self, scenes: Sequence[Scene]) -> None:
        side = Finder.size_px
        self.pixels = np.empty((len(scenes), side, side, 3), np.uint8)
        self.boxes: list[list[Box]] = []
        for row, scene in enumerate(scenes):
            self.pixels[row] = fit(decode(scene.path, at_least_px=2 * side), side)
            self.boxes.append(
                [
                    on_canvas(
                        head.box, width_px=scene.width_px, height_px=scene.height_px, size_px=side
                    )
                    for head in scene.heads
                ]
            )

    def __len__(self) -> int:
        return len(self.pixels)


def train_finder(
    training: Sequence[Scene],
    validation: Sequence[Scene],
    out: Path,
    settings: FinderSettings,
    *,
    on_progress: Callable[[int, int, float], None] | None = None,
) -> HeadFinder:
    """Trains a finder and writes it, with its threshold, into a new folder.

    Args:
        training: Scenes to learn from.
        validation: Scenes by which the threshold is chosen, for a precision of 0.95.
        out: The folder.
        settings: What decides the outcome.
        on_progress: Told the steps done, of how many, and the recent loss.

    Raises:
        TrainingError: ``out`` exists, there are too few scenes, or the loss is not finite.
    """
    if out.exists():
        raise TrainingError(f"{out} exists; remove it or choose another --out")
    if len(training) < settings.batch_size or not validation:
        raise TrainingError(
            f"{len(training)} scenes to train on and {len(validation)} to validate by are too "
            f"few; expected at least {settings.batch_size} and 1"
        )
    canvases = Canvases(training)
    network = exported(_train(canvases, settings, on_progress), Finder.size_px, ["maps"], half=True)
    about = {
        "settings": {name: getattr(settings, name) for name in settings.__slots__},
        "training_scenes": len(training),
    }
    return write_finder(network, canvases, validation, out, about=about)


def write_finder(
    network: bytes,
    training: Canvases,
    validation: Sequence[Scene],
    out: Path,
    *,
    about: Mapping[str, Any],
) -> HeadFinder:
    """Writes what was trained into a new folder: in 8 bits, with the threshold it needs.

    Args:
        network: ONNX, as ``exported`` makes it of a ``Finder``.
        training: Of some of them the ranges of 8 bits are taken.
        validation: Scenes by which the threshold is chosen, for a precision of 0.95.
        out: The folder, which does not exist yet.
        about: What else is to be said of it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as partial:
        folder = Path(partial) / "finder"
        folder.mkdir()
        (folder / FINDER_NETWORK).write_bytes(_in_8_bits(network, training))
        about = {
            "size_px": Finder.size_px,
            "stride": Finder.stride,
            "threshold": LEAST_SCORE,
            **about,
        }
        _write_about(folder, about)
        found = find_heads(HeadFinder.load(folder), validation)
        threshold = choose_threshold(found)
        result = judge_heads(found, threshold=threshold)
        about |= {
            "threshold": round(threshold, 4),
            "validation": {
                "scenes": result.num_pictures,
                "heads": result.num_heads,
                "recall": round(result.recall.value, 4),
                "precision": round(result.precision.value, 4),
                "average_precision": round(result.average_precision, 4),
            },
        }
        _write_about(folder, about)
        folder.rename(out)
    return HeadFinder.load(out)


def target_maps(boxes: Sequence[Sequence[Box]], *, size_px: int, stride: int) -> Tensor:
    """What a finder should say.

    Args:
        boxes: Of each picture's heads, in pixels of the canvas.
        size_px: S.
        stride: Pixels to a cell.

    Returns:
        float32 (B, 5, S/stride, S/stride): 1 at the cell of a head's middle and falling off
        around it by a normal density whose deviation is a twelfth of the head's side; the
        logarithm of the side in strides; the middle's place within the cell; and 1 where the
        last three are known.
    """
    cells = size_px // stride
    maps = torch.zeros(len(boxes), 5, cells, cells)
    y, x = torch.meshgrid(torch.arange(cells) + 0.0, torch.arange(cells) + 0.0, indexing="ij")
    for row, of_picture in enumerate(boxes):
        for left, top, right, bottom in of_picture:
            middle_x, middle_y = (left + right) / 2 / stride, (top + bottom) / 2 / stride
            column, line = int(middle_x), int(middle_y)
            if not (0 <= column < cells and 0 <= line < cells):
                continue
            side = (right - left) / stride
            deviation = max(0.5, side / 12)
            near = torch.exp(-((x - column) ** 2 + (y - line) ** 2) / (2 * deviation**2))
            maps[row, 0] = torch.maximum(maps[row, 0], near)
            maps[row, 1:, line, column] = torch.tensor(
                [math.log(side), middle_x - column, middle_y - line, 1.0]
            )
    return maps


def finder_loss(maps: Tensor, targets: Tensor) -> Tensor:
    """The penalty-reduced focal loss of "Objects as Points" (Zhou et al. 2019), plus L1.

    Args:
        maps: float (B, 4, h, w), of the network.
        targets: float (B, 5, h, w), of ``target_maps``.
    """
    logits, wanted, is_head = maps[:, 0], targets[:, 0], targets[:, 4]
    score = logits.sigmoid()
    hit = is_head * (1 - score) ** 2 * nn.functional.logsigmoid(logits)
    rest = 1 - is_head
    miss = rest * (1 - wanted) ** 4 * score**2 * nn.functional.logsigmoid(-logits)
    num_heads = is_head.sum().clamp(min=1)
    side = ((maps[:, 1] - targets[:, 1]).abs() * is_head).sum()
    place = ((maps[:, 2:] - targets[:, 2:4]).abs() * is_head[:, None]).sum()
    loss: Tensor = _SIDE_WEIGHT * side + _PLACE_WEIGHT * place - (hit + miss).sum()
    return loss / num_heads


def _train(
    canvases: Canvases,
    settings: FinderSettings,
    on_progress: Callable[[int, int, float], None] | None,
) -> Finder:
    torch.manual_seed(settings.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = Finder().to(device)
    average = AveragedModel(
        network,
        multi_avg_fn=get_ema_multi_avg_fn(0.99),  # type: ignore[no-untyped-call]
        use_buffers=True,
    )
    steps = settings.epochs * (len(canvases) // settings.batch_size)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, total_steps=steps + 1
    )
    vary = nn.Sequential(
        K.RandomBrightness((0.8, 1.2), p=0.5),
        K.RandomContrast((0.7, 1.2), p=0.5),
        K.RandomGrayscale(p=0.15),
        K.RandomGaussianBlur((3, 3), (0.1, 1.5), p=0.2),
        K.RandomGaussianNoise(std=0.03, p=0.15),
    )
    recent, step = 0.0, 0
    for epoch in range(settings.epochs):
        order = np.random.default_rng((settings.seed, epoch)).permutation(len(canvases))
        for start in range(0, len(order) - settings.batch_size + 1, settings.batch_size):
            rows = order[start : start + settings.batch_size]
            pictures, targets = _batch(canvases, rows, vary)
            with torch.autocast(device.type, torch.bfloat16):
                maps = network.train()(pictures.to(device) * 2 - 1)
            loss = finder_loss(maps.float(), targets.to(device))
            if not torch.isfinite(loss):
                raise TrainingError(f"the loss is {loss.item()} at step {step}; lower the rate")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            optimizer.step()
            schedule.step()
            average.update_parameters(network)
            step += 1
            recent += (loss.item() - recent) * max(0.02, 1 / step)
            if on_progress:
                on_progress(step, steps, recent)
    trained: Finder = average.module.cpu().eval()  # type: ignore[assignment]
    return trained


def _batch(canvases: Canvases, rows: NDArray[np.int64], vary: nn.Module) -> tuple[Tensor, Tensor]:
    """Pictures float32 (B, 3, S, S) in [0, 1], half of them mirrored, and their targets."""
    pictures = torch.from_numpy(canvases.pixels[rows]).permute(0, 3, 1, 2) / 255
    boxes = [canvases.boxes[row] for row in rows]
    mirrored = torch.rand(len(rows)) < 0.5
    pictures[mirrored] = pictures[mirrored].flip(-1)
    side = Finder.size_px
    boxes = [
        [(side - x1, y0, side - x0, y1) for x0, y0, x1, y1 in known] if is_mirrored else known
        for known, is_mirrored in zip(boxes, mirrored.tolist(), strict=True)
    ]
    varied: Tensor = vary(pictures).clamp(0, 1)
    return varied, target_maps(boxes, size_px=side, stride=Finder.stride)


def _in_8_bits(network: bytes, training: Canvases) -> bytes:
    """All but the last three convolutions, which tell where and how large.

    They keep what heads are found with (docs/log.md, 2026-11, 400 scenes: average precision
    0.9618 with them in float, 0.9619 with all in float, 0.9198 with all in 8 bits; 2.45, 3.6 and
    2.1 ms).
    """
    convolutions = [
        node for node in onnx.load_from_string(network).graph.node if node.op_type == "Conv"
    ]
    rows = np.random.default_rng(0).permutation(len(training))[:_RANGE_SAMPLE]
    pieces = np.array_split(rows, max(1, len(rows) // _RANGE_BATCH))
    inputs = (normalise(training.pixels[piece]) for piece in pieces)
    return to_int8(network, inputs, until=convolutions[-3].input[0])


def _write_about(folder: Path, about: Mapping[str, Any]) -> None:
    (folder / FINDER_ABOUT).write_text(json.dumps(about, indent=1) + "\n", "utf-8")
