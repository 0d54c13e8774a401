"""Writes a drawn library: pictures, labels and bookmarks."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from zokusei.draw.cast import Bookmark, Work, make_bookmarks, make_works
from zokusei.draw.drawing import render
from zokusei.errors import UsageError

LABELS_NAME = "labels.jsonl"
RECIPE_NAME = "drawing.json"
RECIPE_VERSION = 1
"""Raise it when the same recipe would give other pictures or labels."""

FORMATS = ("png", "jpg")
_ALONE_BELOW = 48
"""Fewer pictures than these are drawn faster by one process than by starting more."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a drawn library; it is kept beside the pictures."""

    num: int
    seed: int
    size_px: int
    format: str
    version: int = RECIPE_VERSION


def draw_library(
    out: Path,
    *,
    num: int,
    seed: int,
    size_px: int = 512,
    image_format: str = "png",
    force: bool = False,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Draws a library of made-up characters, with its labels and bookmarks.

    ``labels.jsonl`` is written last: where it lies, everything does.

    Args:
        out: A folder that does not exist or is empty, or one that holds this drawing; one
            that was interrupted is drawn again.
        num: How many pictures.
        seed: Decides everything in them.
        size_px: The longer side.
        image_format: ``png`` or ``jpg``.
        force: Draw again over a folder that holds the same drawing, complete.
        workers: Processes; as many as processors where not given.
        on_progress: Told how many pictures are done, and of how many.

    Returns:
        The path of the labels file.

    Raises:
        UsageError: ``out`` holds something else, or a value cannot be used.
    """
    if num < 1:
        raise UsageError(f"cannot draw {num} pictures, expected at least 1")
    if image_format not in FORMATS:
        raise UsageError(f"unknown format '{image_format}', expected {' or '.join(FORMATS)}")
    recipe = Recipe(num, seed, size_px, image_format)
    _make_room(out, recipe, force=force)
    works = make_works(num, seed)
    (out / RECIPE_NAME).write_text(json.dumps(asdict(recipe)) + "\n", "utf-8")
    (out / "images").mkdir(exist_ok=True)
    rows = []
    for done, (work, boxes) in enumerate(
        zip(works, _draw_all(works, out, recipe, workers), strict=True), start=1
    ):
        rows.append(_row(work, _image_name(recipe, done - 1), boxes))
        if on_progress is not None:
            on_progress(done, num)
    _write_bookmarks(out / "bookmarks.csv", make_bookmarks(works, seed))
    labels_path = out / LABELS_NAME
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    _replace(labels_path, text)
    return labels_path


def _make_room(out: Path, recipe: Recipe, *, force: bool) -> None:
    """Sees to it that ``out`` is an empty folder.

    Raises:
        UsageError: It is a file, or holds something that may not be replaced.
    """
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file, expected a folder to draw into; name another")
    if not out.exists() or not any(out.iterdir()):
        out.mkdir(parents=True, exist_ok=True)
        return
    held = _held_recipe(out)
    if held is None:
        raise UsageError(f"{out} is not empty and holds no drawing; name a new or empty folder")
    if held != recipe:
        raise UsageError(
            f"{out} holds another drawing (--num {held.num} --seed {held.seed} --size "
            f"{held.size_px} --format {held.format}); name a new folder, or ask for the same"
        )
    is_complete = (out / LABELS_NAME).is_file()
    if is_complete and not force:
        raise UsageError(f"{out} already holds this drawing; use it, or draw again with --force")
    for name in (LABELS_NAME, "bookmarks.csv"):
        (out / name).unlink(missing_ok=True)
    shutil.rmtree(out / "images", ignore_errors=True)


def _held_recipe(out: Path) -> Recipe | None:
    try:
        return Recipe(**json.loads((out / RECIPE_NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _image_name(recipe: Recipe, row: int) -> str:
    return f"images/{row:05d}.{recipe.format}"


Boxes = tuple[tuple[int, int, int, int], ...]


def _draw_all(
    works: Sequence[Work], out: Path, recipe: Recipe, workers: int | None
) -> Iterator[Boxes]:
    tasks = [
        (work, str(out / _image_name(recipe, row)), recipe.size_px)
        for row, work in enumerate(works)
    ]
    workers = workers or os.cpu_count() or 1
    if workers == 1 or len(tasks) < _ALONE_BELOW:
        yield from map(_draw_one, tasks)
        return
    # Spawned: a fork would copy the locks of threads that other libraries may have started.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(_draw_one, tasks, chunksize=8)


def _draw_one(task: tuple[Work, str, int]) -> Boxes:
    work, path, size_px = task
    drawing = render(work.picture, seed=work.picture.seed, size_px=size_px)
    image = Image.fromarray(drawing.pixels)
    if path.endswith(".jpg"):
        image.save(path, quality=92)
    else:
        image.save(path, compress_level=3)
    return drawing.head_boxes


def _row(work: Work, file: str, boxes: Boxes) -> dict[str, object]:
    return {
        "file": file,
        "work_id": work.work_id,
        "present": sorted(work.labels.present),
        "absent": sorted(work.labels.absent),
        "title": work.title,
        "artist": work.artist.name,
        "characters": [work.cast.name],
        "series": [work.cast.series],
        "rating": "general",
        "created_at": work.created_at.isoformat(),
        "head_boxes": [list(box) for box in boxes],
    }


def _write_bookmarks(path: Path, bookmarks: Sequence[Bookmark]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("user_id", "work_id", "at"))
        writer.writerows((b.user_id, b.work_id, b.at.isoformat()) for b in bookmarks)


def _replace(path: Path, text: str) -> None:
    """Writes a file so that it is there whole or not at all."""
    fresh = path.with_name(path.name + ".part")
    fresh.write_text(text, "utf-8")
    fresh.replace(path)
