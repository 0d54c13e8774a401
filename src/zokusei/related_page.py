"""The page of some works of a library and the works related to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from zokusei.bundle import Bundle
from zokusei.errors import UsageError
from zokusei.gallery import (
    GalleryAttribute,
    GalleryEntry,
    GalleryRelated,
    GalleryShare,
    GalleryWork,
    write_gallery,
)
from zokusei.indexing import Related
from zokusei.library import Library
from zokusei.tagger import AttributeProbability, Tagger

_TERMS = 6  # of a because
_SHOWN = 0.1  # a probability below its threshold that is still shown


def write_related_page(
    path: Path,
    library: Library,
    bundle: Bundle,
    related: Mapping[str, Sequence[Related]],
    *,
    facts: Mapping[str, str],
) -> None:
    """Writes one HTML file of works, their attributes, and the works related to each.

    Args:
        path: Of the file; folders it lacks are made.
        library: Where the works are.
        bundle: Tags the works shown.
        related: The works to show, and those related to each, best first.
        facts: What the page is of, by name, besides the bundle.

    Raises:
        UsageError: A share is negative: on the page, shares add up to the score.
        LibraryError: A work is not in the library.
        ImageError: A picture is missing or cannot be read.
    """
    if any(term.share < 0 for row in related.values() for work in row for term in work.because):
        raise UsageError(
            "a page shows what adds up to a score, and a weight below 0 takes away from it; "
            "give attributes a weight of 0 or more"
        )
    works = _works(library, bundle, related)
    entries = [
        GalleryEntry(works[work_id], [_related(work, works[work.work_id]) for work in row])
        for work_id, row in related.items()
    ]
    write_gallery(
        path,
        entries,
        vocabulary=bundle.vocabulary,
        title="Works and their related works",
        facts={**facts, "bundle": bundle.fingerprint},
    )


def _works(
    library: Library, bundle: Bundle, related: Mapping[str, Sequence[Related]]
) -> dict[str, GalleryWork]:
    """Every work that the page shows, once."""
    others = (work.work_id for row in related.values() for work in row)
    shown = list(dict.fromkeys([*related, *others]))
    titles = library.works(["title"], work_ids=shown)["title"].to_pylist()
    images = library.images(shown).take(range(len(shown)))
    taggings = Tagger(bundle).tag(images)
    return {
        work_id: GalleryWork(work_id, image, title or "", _attributes(tagging.attributes))
        for work_id, title, image, tagging in zip(shown, titles, images, taggings, strict=True)
    }


def _related(related: Related, work: GalleryWork) -> GalleryRelated:
    terms = [GalleryShare(term.id, term.share) for term in related.because[:_TERMS]]
    return GalleryRelated(work, related.score, terms)


def _attributes(attributes: Sequence[AttributeProbability]) -> list[GalleryAttribute]:
    return [
        GalleryAttribute(attribute.id, attribute.probability, attribute.over_threshold)
        for attribute in attributes
        if attribute.over_threshold or attribute.probability > _SHOWN
    ]
