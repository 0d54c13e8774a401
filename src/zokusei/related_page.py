"""The page of some works of a library and the works related to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from zokusei.bundle import Bundle
from zokusei.gallery import (
    GalleryAttribute,
    GalleryEntry,
    GalleryRelated,
    GalleryShare,
    GalleryWork,
    write_gallery,
)
from zokusei.library import Library
from zokusei.recommend import Related
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
    others: Mapping[str, Path | None] | None = None,
) -> None:
    """Writes one HTML file of works, their attributes, and the works related to each.

    Args:
        path: Of the file; folders it lacks are made.
        library: Where the works are.
        bundle: Tags the works shown.
        related: The works to show, and those related to each, best first.
        facts: What the page is of, by name, besides the bundle.
        others: Which keys of ``related`` are no works of the library: the path of a picture,
            or None for a mere heading.

    Raises:
        LibraryError: A work is not in the library.
        ImageError: A picture is missing or cannot be read.
    """
    others = others or {}
    asked = [work_id for work_id in related if work_id not in others]
    answered = (work.work_id for row in related.values() for work in row)
    works = _works(library, bundle, list(dict.fromkeys([*asked, *answered])))
    pictures = {key: picture for key, picture in others.items() if picture is not None}
    shown = works | _tagged(bundle, pictures)
    entries = [
        GalleryEntry(shown.get(key), [_related(work, works[work.work_id]) for work in row], key)
        for key, row in related.items()
    ]
    write_gallery(
        path,
        entries,
        vocabulary=bundle.vocabulary,
        title="Works and their related works",
        facts={**facts, "bundle": bundle.fingerprint},
    )


def _works(library: Library, bundle: Bundle, work_ids: list[str]) -> dict[str, GalleryWork]:
    titles = library.works(["title"], work_ids=work_ids)["title"].to_pylist()
    images = library.images(work_ids).take(range(len(work_ids)))
    tagged = _tagged(bundle, dict(zip(work_ids, images, strict=True)))
    return {
        work.work_id: replace(work, title=title or "")
        for work, title in zip(tagged.values(), titles, strict=True)
    }


def _tagged(bundle: Bundle, pictures: Mapping[str, bytes | Path]) -> dict[str, GalleryWork]:
    taggings = Tagger(bundle).tag(pictures.values())
    return {
        key: GalleryWork(key, image, attributes=_attributes(tagging.attributes))
        for (key, image), tagging in zip(pictures.items(), taggings, strict=True)
    }


def _related(related: Related, work: GalleryWork) -> GalleryRelated:
    most = sorted(related.because, key=lambda reason: -abs(reason.share))[:_TERMS]
    shares = [GalleryShare(reason.id, reason.share, reason.num_people) for reason in most]
    return GalleryRelated(work, related.score, shares)


def _attributes(attributes: Sequence[AttributeProbability]) -> list[GalleryAttribute]:
    return [
        GalleryAttribute(attribute.id, attribute.probability, attribute.over_threshold)
        for attribute in attributes
        if attribute.over_threshold or attribute.probability > _SHOWN
    ]
