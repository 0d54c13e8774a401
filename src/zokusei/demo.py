"""The main job from end to end: draw, import, tag, index, relate, show."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zokusei.bundle import Bundle
from zokusei.draw import draw_library
from zokusei.draw.library import LABELS_NAME, RECIPE_NAME
from zokusei.errors import UsageError
from zokusei.index import build_index
from zokusei.indexing import tag_library
from zokusei.library import ImportReport, Library, import_source
from zokusei.recommend import Filters, Recommender, Related, Request
from zokusei.related_page import write_related_page
from zokusei.tagger import Tagger, Tagging

OnProgress = Callable[[str], Callable[[int, int], None]]

_SIZE_PX = 384
_SEED = 7

_UNLIKELY = 25  # of 255
_LOOKED_AT = 60  # works among which the one to show is chosen


@dataclass(frozen=True, eq=False)
class Demo:
    """A drawn library, tagged and indexed.

    Args:
        library: The library.
        bundle: What tagged it.
        recommender: Of its works.
        imported: What the import took.
    """

    library: Library
    bundle: Bundle
    recommender: Recommender
    imported: ImportReport


def make_demo(folder: Path, *, num: int, on_stage: OnProgress) -> Demo:
    """Draws works of made-up characters, and tags and indexes them.

    Args:
        folder: Where drawings and library go; a demo there goes on.
        num: Works to draw.
        on_stage: Called with the name of a stage; returns its progress callback.

    Raises:
        UsageError: The folder holds a demo of another number of works, or something else.
    """
    drawings, address = folder / "drawings", folder / "library"
    held = _held_num(drawings)
    if held not in (None, num):
        raise UsageError(
            f"{folder} holds a demo of {held} works, not of {num}; name another folder, or ask "
            f"for --num {held}"
        )
    if not (drawings / LABELS_NAME).is_file():
        draw_library(
            drawings, num=num, seed=_SEED, size_px=_SIZE_PX, on_progress=on_stage("drawing")
        )
    library = Library.create(address)
    imported = import_source(library, drawings, on_progress=on_stage("importing"))
    bundle = Bundle.packaged()
    tag_library(library, Tagger(bundle), on_progress=on_stage("tagging"))
    build_index(library, bundle)
    return Demo(library, bundle, Recommender(library, bundle), imported)


def _held_num(drawings: Path) -> int | None:
    """How many works the drawing in a folder has, or is to have; None if there is none."""
    try:
        return int(json.loads((drawings / RECIPE_NAME).read_text("utf-8"))["num"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def choose_work(demo: Demo) -> str:
    """A work worth looking at: of those in colour, the one that its related works resemble most."""
    work_ids, probabilities, _ = demo.library.taggings(demo.bundle.fingerprint)
    in_color = probabilities[:, demo.bundle.vocabulary.row("monochrome")] < _UNLIKELY
    rows = np.flatnonzero(in_color) if in_color.any() else np.arange(len(work_ids))

    def likeness(work_id: str) -> float:
        found = demo.recommender.related(Request(likes=(work_id,), k=5))
        return sum(work.score for work in found)

    looked_at = [work_ids[int(row)] for row in rows[:_LOOKED_AT]]
    return max(looked_at, key=likeness)


def of_other_characters(demo: Demo, work_id: str, *, k: int = 8) -> list[Related]:
    """The works related to one, of characters that it does not show."""
    filters = Filters(other_characters=True)
    return demo.recommender.related(Request(likes=(work_id,), filters=filters, k=k))


def tagging_of(demo: Demo, work_id: str) -> Tagging:
    """A work of the demo, tagged afresh."""
    (image,) = demo.library.images([work_id]).take([0])
    return Tagger(demo.bundle).tag([image])[0]


def write_page(demo: Demo, path: Path, work_ids: Sequence[str], *, k: int = 8) -> None:
    """Writes a page of works and the works of other characters related to each."""
    related = {work_id: of_other_characters(demo, work_id, k=k) for work_id in work_ids}
    facts = {
        "library": f"{demo.library.num_works} drawn works",
        "related": "by attributes, other characters",
    }
    write_related_page(path, demo.library, demo.bundle, related, facts=facts)
