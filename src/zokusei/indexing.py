"""Tags the works of a library, and keeps the index that finds related ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from zokusei.bundle import Bundle
from zokusei.errors import ImageError, LibraryError, UnknownNameError
from zokusei.index import AttributeIndex, Related
from zokusei.library import Library
from zokusei.tagger import Tagger, Tagging
from zokusei.vocabulary import Group, Vocabulary, fold

# Works between two commits of taggings.
_BATCH_SIZE = 512


@dataclass(slots=True)
class TaggingReport:
    """What became of the works of a library.

    Args:
        tagged: Works tagged now.
        already: Works that this bundle had tagged before.
        failed: Works whose picture cannot be read, and why.
    """

    tagged: int = 0
    already: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def tag_library(
    library: Library, tagger: Tagger, *, on_progress: Callable[[int, int], None] | None = None
) -> TaggingReport:
    """Tags the works that the tagger's bundle has not tagged; may be stopped and repeated."""
    done_before = library.tagged_ids(tagger.bundle.fingerprint)
    all_ids = library.work_ids()
    missing = [work_id for work_id in all_ids if work_id not in done_before]
    report = TaggingReport(already=len(all_ids) - len(missing))
    waiting: list[tuple[str, Tagging]] = []
    for place, (work_id, outcome) in enumerate(tagger.tag_each(_pictures(library, missing)), 1):
        if isinstance(outcome, ImageError):
            report.failed.append((work_id, str(outcome)))
        else:
            waiting.append((work_id, outcome))
        if len(waiting) == _BATCH_SIZE:
            report.tagged += _commit(library, waiting)
        if on_progress:
            on_progress(place, len(missing))
    report.tagged += _commit(library, waiting)
    return report


def _pictures(library: Library, work_ids: list[str]) -> Iterator[tuple[str, bytes | Path]]:
    images = (image for batch in library.images(work_ids).batches(64) for image in batch)
    yield from zip(work_ids, images, strict=True)


def _commit(library: Library, taggings: list[tuple[str, Tagging]]) -> int:
    if not taggings:
        return 0
    work_ids, outcomes = [work_id for work_id, _ in taggings], [tagging for _, tagging in taggings]
    library.add_taggings(
        work_ids,
        np.stack([tagging.stored_probabilities for tagging in outcomes]),
        np.stack([tagging.embedding for tagging in outcomes]).astype(np.float16),
        bundle=outcomes[0].bundle,
        attribute_ids=outcomes[0].vocabulary.ids,
        converged=outcomes[0].converged,
    )
    taggings.clear()
    return len(work_ids)


def build_index(library: Library, bundle: Bundle) -> AttributeIndex:
    """Builds and keeps the index of a library's taggings by a bundle.

    Raises:
        LibraryError: The bundle has tagged nothing in it.
    """
    work_ids, probabilities, attribute_ids = library.taggings(bundle.fingerprint)
    if attribute_ids != bundle.vocabulary.ids:
        raise LibraryError(f"the taggings in {library.address} do not fit bundle {bundle.path}")
    index = AttributeIndex.from_probabilities(work_ids, probabilities, bundle.vocabulary)
    path = _index_path(library, bundle)
    path.parent.mkdir(parents=True, exist_ok=True)
    index.save(path, bundle_fingerprint=bundle.fingerprint)
    return index


def open_index(library: Library, bundle: Bundle) -> AttributeIndex:
    """The index that ``build_index`` kept.

    Raises:
        LibraryError: There is none, or it was made by another version.
    """
    path = _index_path(library, bundle)
    if not path.is_file():
        raise LibraryError(
            f"{library.address} has no index for bundle {bundle.fingerprint}; "
            f"run `zokusei index {library.address}`"
        )
    return AttributeIndex.load(path, bundle.vocabulary, bundle_fingerprint=bundle.fingerprint)


def related_works(
    library: Library,
    index: AttributeIndex,
    work_id: str,
    *,
    k: int = 10,
    weights: dict[str, float] | None = None,
    other_characters: bool = False,
) -> list[Related]:
    """The works most like one of a library.

    Args:
        library: Where it is.
        index: Of that library.
        work_id: Which.
        k: At most how many.
        weights: Of groups (0 to 3) and attributes (-1 to 2), in place of the usual ones, by any
            name in either language.
        other_characters: Whether works that show one of its characters are left out.

    Raises:
        UnknownNameError: There is no such work, group or attribute.
        LibraryError: The index lacks the work.
        UsageError: A weight is out of its range.
    """
    work_ids = library.work_ids()
    if work_id not in work_ids:
        error = UnknownNameError("work", work_id, work_ids)
        error.add_note(
            "a work's id is the `work_id` of its labels, else the path of its picture in what "
            "was imported"
        )
        raise error
    row = index.row(work_id)
    allowed = _without_characters(library, index, work_id) if other_characters else None
    by_id = {_weighted_id(name, index.vocabulary): value for name, value in (weights or {}).items()}
    return index.related(row, k=k, weights=by_id, allowed=allowed)


def _weighted_id(name: str, vocabulary: Vocabulary) -> str:
    """The id of the group or attribute of this name; the name itself where there is none."""
    groups = {fold(known): group.id for group in vocabulary.groups for known in _names(group)}
    attribute = vocabulary.find(name)
    return groups.get(fold(name), attribute.id if attribute else name)


def _names(group: Group) -> tuple[str, ...]:
    return group.id, group.en, group.ja


def _without_characters(
    library: Library, index: AttributeIndex, work_id: str
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    table = library.works(["work_id", "characters"])
    of_work = dict(zip(table["work_id"].to_pylist(), table["characters"].to_pylist(), strict=True))
    own = set(of_work[work_id] or ())
    return np.array([not own & set(of_work.get(other) or ()) for other in index.work_ids], bool)


def _index_path(library: Library, bundle: Bundle) -> Path:
    if "://" in library.address:
        raise LibraryError(
            f"the index needs a directory; {library.address} is none: copy the library to a disk"
        )
    return Path(library.address) / "index" / f"{bundle.fingerprint}.npz"
