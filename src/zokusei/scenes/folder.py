"""A folder of scenes: pictures, and a line about each."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zokusei.errors import UsageError
from zokusei.heads import Box
from zokusei.images import decode
from zokusei.library import Library
from zokusei.library.splits import Split
from zokusei.scenes.compose import compose

LINES_NAME = "scenes.jsonl"

# Longer sides where none is given, in pixels.
_SIZES_PX = (600, 2000)


@dataclass(frozen=True, slots=True)
class KnownHead:
    """A head in a scene.

    Args:
        box: Left, top, right and bottom in pixels; may reach beyond the picture.
        work_id: The work whose face was pasted; None where the head is drawn.
    """

    box: Box
    work_id: str | None


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and its heads.

    Args:
        path: Of the picture.
        width_px: Its width.
        height_px: Its height.
        heads: All there are.
    """

    path: Path
    width_px: int
    height_px: int
    heads: tuple[KnownHead, ...]


def write_scenes(
    library: Library,
    out: Path,
    *,
    num: int,
    seed: int,
    split: Split,
    size_px: int | None = None,
    kind: str | None = None,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Scene]:
    """Composes pictures with the face crops of one split of a library.

    The folder appears when it is complete.

    Args:
        library: Square pictures of its works are faces; all others are left alone.
        out: A folder that is new or empty.
        num: How many pictures.
        seed: Decides everything in them, together with the split.
        split: Whose faces: test scenes show no face of the training split.
        size_px: The longer side; 600 to 2,000 where not given.
        kind: All of one kind (see ``compose``).
        workers: Processes; as many as processors where not given.
        on_progress: Told how many pictures are done, and of how many.

    Raises:
        UsageError: ``out`` is not empty, or ``num`` is less than 1.
    """
    if num < 1:
        raise UsageError(f"cannot compose {num} pictures, expected at least 1")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is not empty; name a new folder")
    work_ids = face_ids(library, split)
    growing = out.with_name(f"{out.name}.partial")
    shutil.rmtree(growing, ignore_errors=True)
    (growing / "images").mkdir(parents=True)
    make = partial(_make, library.address, work_ids, str(growing), f"{seed}-{split}", size_px, kind)
    lines = []
    for scene in _each(make, num, workers):
        lines.append(_line(scene))
        if on_progress:
            on_progress(len(lines), num)
    (growing / LINES_NAME).write_text("".join(lines), "utf-8")
    growing.replace(out)
    return read_scenes(out)


def read_scenes(folder: Path) -> list[Scene]:
    """The scenes of a folder.

    Raises:
        UsageError: It holds none, or a line cannot be read.
    """
    path = folder / LINES_NAME
    if not path.is_file():
        raise UsageError(f"{folder} holds no {LINES_NAME}; make it with `zokusei heads scenes`")
    scenes = []
    for number, text in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
            heads = tuple(
                KnownHead(_box(head["box"]), head.get("work_id")) for head in line["heads"]
            )
            scene = Scene(
                folder / line["file"], int(line["width_px"]), int(line["height_px"]), heads
            )
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"line {number} of {path} cannot be read: {error!r}") from error
        scenes.append(scene)
    return scenes


def face_ids(library: Library, split: Split) -> list[str]:
    """The works of a split whose pictures are square and at most 128 px: face crops."""
    works = library.works(["work_id", "width_px", "height_px"])
    sides = zip(works["width_px"].to_pylist(), works["height_px"].to_pylist(), strict=True)
    faces = {
        work_id
        for work_id, (width, height) in zip(works["work_id"].to_pylist(), sides, strict=True)
        if width == height <= 128
    }
    return [
        work_id
        for work_id, of in library.splits("content").items()
        if of == split and work_id in faces
    ]


def _each(make: Callable[[int], Scene], num: int, workers: int | None) -> Iterator[Scene]:
    workers = workers or os.cpu_count() or 1
    if workers == 1 or num < 2 * workers:
        yield from map(make, range(num))
        return
    # Spawned: a fork would copy the locks of threads that other libraries may have started.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(make, range(num), chunksize=4)


def _make(
    address: str,
    work_ids: list[str],
    out: str,
    seed: str,
    size_px: int | None,
    kind: str | None,
    number: int,
) -> Scene:
    random = Random(f"{seed}-{number}")
    images = Library.open(address).images(work_ids)

    def face(place: int) -> NDArray[np.uint8]:
        return decode(images.take([place])[0])

    composition = compose(
        random,
        num_faces=len(work_ids),
        face=face,
        size_px=size_px or random.randint(*_SIZES_PX),
        kind=kind,
    )
    path = Path(out) / "images" / f"{number:05d}.jpg"
    Image.fromarray(composition.pixels).save(path, quality=random.choice((75, 85, 92)))
    height, width = composition.pixels.shape[:2]
    heads = tuple(
        KnownHead(box, None if place is None else work_ids[place])
        for box, place in zip(composition.boxes, composition.faces, strict=True)
    )
    return Scene(path, width, height, heads)


def _line(scene: Scene) -> str:
    heads = [asdict(head) for head in scene.heads]
    for head in heads:
        head["box"] = [round(edge, 1) for edge in head["box"]]
    line = {
        "file": f"images/{scene.path.name}",
        "width_px": scene.width_px,
        "height_px": scene.height_px,
        "heads": heads,
    }
    return json.dumps(line) + "\n"


def _box(values: list[float]) -> Box:
    left, top, right, bottom = map(float, values)
    return left, top, right, bottom
