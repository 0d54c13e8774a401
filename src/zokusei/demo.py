"""The main job from end to end: draw, import, tag, index, relate, show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from zokusei.bundle import Bundle
from zokusei.draw import draw_library
from zokusei.gallery import (
    GalleryAttribute,
    GalleryEntry,
    GalleryRelated,
    GalleryShare,
    GalleryWork,
    write_gallery,
)
from zokusei.index import AttributeIndex, Related
from zokusei.indexing import build_index, related_works, tag_library
from zokusei.library import ImportReport, Library, import_source
from zokusei.tagger import AttributeProbability, Tagger, Tagging

OnProgress = Callable[[str], Callable[[int, int], None]]

_SIZE_PX = 384
_SEED = 7

_UNLIKELY = 25  # of 255
_LOOKED_AT = 60  # works among which the one to show is chosen
_TERMS = 6  # of a because, on the page
_SHOWN = 0.1  # a probability below its threshold that is still shown


@dataclass(frozen=True, eq=False)
class Demo:
    """A drawn library, tagged and indexed.

    Args:
        library: The library.
        bundle: What tagged it.
        index: Of its works.
        imported: What the import took.
    """

    library: Library
    bundle: Bundle
    index: AttributeIndex
    imported: ImportReport


def make_demo(folder: Path, *, num: int, on_stage: OnProgress) -> Demo:
    """Draws works of made-up characters, and tags and indexes them.

    Args:
        folder: Where drawings and library go; a demo there goes on.
        num: Works to draw.
        on_stage: Called with the name of a stage; returns its progress callback.
    """
    drawings, address = folder / "drawings", folder / "library"
    if not (drawings / "labels.jsonl").is_file():
        draw_library(
            drawings, num=num, seed=_SEED, size_px=_SIZE_PX, on_progress=on_stage("drawing")
        )
    library = Library.create(address)
    imported = import_source(library, drawings, on_progress=on_stage("importing"))
    bundle = Bundle.packaged()
    tag_library(library, Tagger(bundle), on_progress=on_stage("tagging"))
    return Demo(library, bundle, build_index(library, bundle), imported)


def choose_work(demo: Demo) -> str:
    """A work worth looking at: of those in colour, the one that its related works resemble most."""
    index, vocabulary = demo.index, demo.bundle.vocabulary
    _, probabilities, _ = demo.library.taggings(demo.bundle.fingerprint)
    in_color = probabilities[:, vocabulary.row("monochrome")] < _UNLIKELY
    rows = np.flatnonzero(in_color) if in_color.any() else np.arange(len(index))

    def likeness(row: int) -> float:
        return sum(work.score for work in index.related(int(row), k=5))

    return index.work_ids[max(rows[:_LOOKED_AT], key=likeness)]


def tagging_of(demo: Demo, work_id: str) -> Tagging:
    """A work of the demo, tagged afresh."""
    (image,) = demo.library.images([work_id]).take([0])
    return Tagger(demo.bundle).tag([image])[0]


def write_page(demo: Demo, path: Path, work_ids: Sequence[str], *, k: int = 8) -> None:
    """Writes a page of works and the works related to each."""
    related = {work_id: _of_others(demo, work_id, k) for work_id in work_ids}
    shown = list(
        dict.fromkeys([*work_ids, *(found.work_id for row in related.values() for found in row)])
    )
    titles = demo.library.works(["title"], work_ids=shown)["title"].to_pylist()
    images = demo.library.images(shown).take(range(len(shown)))
    taggings = Tagger(demo.bundle).tag(images)
    works = {
        work_id: GalleryWork(work_id, image, title or "", _attributes(tagging.attributes))
        for work_id, title, image, tagging in zip(shown, titles, images, taggings, strict=True)
    }
    entries = [
        GalleryEntry(
            works[work_id],
            [
                GalleryRelated(
                    works[found.work_id],
                    found.score,
                    [GalleryShare(term.id, term.share) for term in found.because[:_TERMS]],
                )
                for found in row
            ],
        )
        for work_id, row in related.items()
    ]
    write_gallery(
        path,
        entries,
        vocabulary=demo.bundle.vocabulary,
        title="Works and their related works",
        facts={
            "library": f"{demo.library.num_works} drawn works",
            "bundle": demo.bundle.fingerprint,
            "related": "by attributes, other characters",
        },
    )


def _of_others(demo: Demo, work_id: str, k: int) -> list[Related]:
    return related_works(demo.library, demo.index, work_id, k=k, other_characters=True)


def _attributes(attributes: Sequence[AttributeProbability]) -> list[GalleryAttribute]:
    return [
        GalleryAttribute(a.id, a.probability, a.over_threshold)
        for a in attributes
        if a.over_threshold or a.probability > _SHOWN
    ]
