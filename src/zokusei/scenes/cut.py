"""Cuts the heads out of drawn pictures: labelled crops, framed as a tagger frames them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from zokusei.draw.library import LABELS_NAME
from zokusei.errors import UsageError
from zokusei.figures import AROUND_GROUPS, FACE_GROUPS
from zokusei.heads import Box, clipped
from zokusei.library import Library
from zokusei.scenes.compose import square_box
from zokusei.vocabulary import Vocabulary

# A crop shows these groups; of clothing and body it says little.
_GROUPS = FACE_GROUPS | AROUND_GROUPS | {"kind"}

# Smaller crops show no more than their colours.
_LEAST_PX = 32

# A head that fills more of its picture's area is read with the picture, not cut from it.
_MOST_SHARE = 0.5

# A finder's boxes are off by about so much of their side.
_SHIFT, _SCALE = 0.06, (0.9, 1.12)


def cut_heads(
    library: Library,
    drawn: Path,
    out: Path,
    *,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> int:
    """Writes the heads of a drawn folder as a labelled folder of their own.

    A crop is in the split of the picture that it is cut from. The folder
    appears when it is complete.

    Args:
        library: Holds the drawn pictures.
        drawn: A folder that `zokusei draw` made.
        out: A folder that does not exist yet.
        seed: Decides how the crops are framed.
        on_progress: Told how many pictures are done, and of how many.

    Returns:
        How many heads were cut.

    Raises:
        UsageError: ``drawn`` holds no drawings, ``out`` is there, or the library lacks a work.
    """
    rows = _read(drawn / LABELS_NAME)
    if out.exists():
        raise UsageError(f"{out} is there already; name a new folder")
    keys = _split_keys(library, [row["work_id"] for row in rows])
    vocabulary, random = Vocabulary.from_package(), Random(seed)
    growing = out.with_name(f"{out.name}.partial")
    shutil.rmtree(growing, ignore_errors=True)
    (growing / "images").mkdir(parents=True)
    lines = []
    for done, row in enumerate(rows, start=1):
        crop = _crop(random, drawn / row["file"], row["head_boxes"])
        if crop is not None:
            line = _line(row, keys[row["work_id"]], vocabulary)
            crop.save(growing / line["file"], quality=92)
            lines.append(json.dumps(line, ensure_ascii=False) + "\n")
        if on_progress:
            on_progress(done, len(rows))
    (growing / LABELS_NAME).write_text("".join(lines), "utf-8")
    growing.replace(out)
    return len(lines)


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise UsageError(f"{path.parent} holds no {LABELS_NAME}; make it with `zokusei draw`")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if not all("head_boxes" in row for row in rows):
        raise UsageError(f"{path} does not say where the heads are; make it with `zokusei draw`")
    return rows


def _split_keys(library: Library, work_ids: list[str]) -> dict[str, str]:
    there = library.works(["work_id", "split_key"])
    keys = dict(zip(there["work_id"].to_pylist(), there["split_key"].to_pylist(), strict=True))
    for work_id in work_ids:
        if work_id not in keys:
            raise UsageError(
                f"work '{work_id}' is not in {library.address}; import the drawings first"
            )
    return keys


def _crop(random: Random, path: Path, boxes: list[Box]) -> Image.Image | None:
    """The one head of a picture, or None where there is no one head to cut."""
    if len(boxes) != 1:  # the labels are those of all figures together
        return None
    with Image.open(path) as image:
        width, height = image.size
        box = clipped(_reframed(random, square_box(boxes[0])), width_px=width, height_px=height)
        left, top, right, bottom = (round(edge) for edge in box)
        share = (right - left) * (bottom - top) / (width * height)
        if min(right - left, bottom - top) < _LEAST_PX or share > _MOST_SHARE:
            return None
        return image.convert("RGB").crop((left, top, right, bottom))


def _reframed(random: Random, box: Box) -> Box:
    left, top, right, bottom = box
    side = right - left
    x = (left + right) / 2 + random.uniform(-_SHIFT, _SHIFT) * side
    y = (top + bottom) / 2 + random.uniform(-_SHIFT, _SHIFT) * side
    half = side / 2 * random.uniform(*_SCALE)
    return x - half, y - half, x + half, y + half


def _line(row: Mapping[str, Any], split_key: str, vocabulary: Vocabulary) -> dict[str, Any]:
    shown = {
        state: [id_ for id_ in row[state] if vocabulary[id_].group in _GROUPS]
        for state in ("present", "absent")
    }
    work_id = f"{row['work_id']}-head"
    return {"file": f"images/{work_id}.jpg", "work_id": work_id, "split_key": split_key, **shown}
