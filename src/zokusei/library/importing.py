"""Takes works into a library, and says what was taken, skipped and refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from zokusei.errors import ImageError, LibraryError, ZokuseiError
from zokusei.images import decode, image_size, perceptual_hash
from zokusei.library.library import Library
from zokusei.library.sources import Candidate, Refusal, open_source
from zokusei.library.splits import NearDuplicates
from zokusei.vocabulary import Vocabulary

# Works between two commits: a kill loses at most so many.
_BATCH_SIZE = 500


@dataclass(slots=True)
class ImportReport:
    """What became of a source.

    Args:
        taken: Works added.
        skipped: Works that were there already.
        refused: What could not be taken, and why.
        labels: New labels.
        bookmarks: New bookmarks.
        strangers: Bookmarks of works that are not in the library.
    """

    taken: int = 0
    skipped: int = 0
    refused: list[Refusal] = field(default_factory=list)
    labels: int = 0
    bookmarks: int = 0
    strangers: int = 0


def import_source(
    library: Library,
    path: Path,
    *,
    vocabulary: Vocabulary | None = None,
    take_in: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Takes the works of a source into a library; may be repeated and resumed.

    A work whose id is there already is skipped, though its new labels are
    recorded. One whose id is there with another picture is refused.

    Args:
        library: Where to.
        path: A folder of pictures, a folder with a labels file, or a parquet file.
        vocabulary: What the labels speak of; the package's by default.
        take_in: Whether pictures in files are copied into the library. Those of
            a parquet file always are.
        on_progress: Called with the number done and the number offered.

    Raises:
        UsageError: The source cannot be used at all.
    """
    source = open_source(path, vocabulary or Vocabulary.from_package())
    report = ImportReport()
    known = library.works(["work_id", "sha256", "perceptual_hash", "split_key"]).to_pylist()
    there = {row["work_id"]: row["sha256"] for row in known}
    near = NearDuplicates((row["perceptual_hash"], row["split_key"]) for row in known)
    done = 0
    offered = iter(source)
    while batch := list(islice(offered, _BATCH_SIZE)):
        works, labelled = [], []
        for candidate in batch:
            if isinstance(candidate, Refusal):
                report.refused.append(candidate)
                continue
            try:
                row = _examine(candidate, there, near, source.name, take_in=take_in)
            except ZokuseiError as error:
                report.refused.append(Refusal(candidate.work_id, str(error)))
                continue
            if row is None:
                report.skipped += 1
            else:
                works.append(row)
            labelled.append(candidate)
        report.taken += library.add_works(works)
        report.labels += library.add_labels(
            (candidate.work_id, label) for candidate in labelled for label in candidate.labels
        )
        done += len(batch)
        if on_progress:
            on_progress(done, len(source))
    _add_bookmarks(library, source.bookmarks(), set(there), report)
    return report


def _examine(
    candidate: Candidate,
    there: dict[str, str],
    near: NearDuplicates,
    source: str,
    *,
    take_in: bool,
) -> dict[str, Any] | None:
    """A row of the works table, or None if the work is there already.

    Raises:
        ImageError: The picture cannot be used.
        LibraryError: The id is taken by another picture.
    """
    image = candidate.image
    content = _read(image)
    sha256 = hashlib.sha256(content).hexdigest()
    if candidate.work_id in there:
        if there[candidate.work_id] == sha256:
            return None
        raise LibraryError(
            "a work of this id is there with another picture; give it another work_id"
        )
    width_px, height_px = image_size(content)
    hash_ = perceptual_hash(decode(content, at_least_px=128))
    path = image if isinstance(image, Path) and not take_in else None
    there[candidate.work_id] = sha256
    return {
        **candidate.fields,
        "work_id": candidate.work_id,
        "source": source,
        "path": None if path is None else str(path.absolute()),
        "image": content if path is None else None,
        "sha256": sha256,
        "perceptual_hash": hash_,
        "split_key": near.key_for(hash_, sha256),
        "width_px": width_px,
        "height_px": height_px,
    }


def _read(image: bytes | Path) -> bytes:
    if isinstance(image, bytes):
        return image
    try:
        return image.read_bytes()
    except OSError as error:
        raise ImageError(f"{image} cannot be read: {error.strerror}") from error


def _add_bookmarks(
    library: Library, bookmarks: Iterator[dict[str, Any]], there: set[str], report: ImportReport
) -> None:
    rows = list(bookmarks)
    of_works = [row for row in rows if row["work_id"] in there]
    report.strangers = len(rows) - len(of_works)
    report.bookmarks = library.add_bookmarks(of_works)
