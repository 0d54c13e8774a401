"""Takes works into a library, and says what was taken, changed, skipped and refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from zokusei.errors import ImageError, LibraryError, ZokuseiError
from zokusei.images import decode, image_size, perceptual_hash
from zokusei.library.candidates import Candidate, Refusal, Source
from zokusei.library.labels import Label
from zokusei.library.library import Library
from zokusei.library.rows import LISTS, TEXTS, encodable, printable
from zokusei.library.sources import open_source
from zokusei.library.splits import NearDuplicates
from zokusei.vocabulary import Vocabulary

# Works between two commits: a kill loses at most so many.
_BATCH_SIZE = 500

# Works whose labels are committed together. Those that a kill loses are
# recorded when the import is repeated.
_LABELLED_BATCH_SIZE = 5_000

_BOOKMARKS_BATCH_SIZE = 50_000

# What may change of a work that is there, beside where its picture lies.
_CHANGEABLE = ("source", *TEXTS, *LISTS, "created_at", "page")


@dataclass(slots=True)
class ImportReport:
    """What became of a source.

    Args:
        taken: Works added.
        updated: Works that were there already, of which something changed.
        skipped: Works that were there already, as they are.
        refused: What could not be taken, and why.
        labels: New labels.
        bookmarks: New bookmarks.
        strangers: Bookmarks of works that are not in the library.
    """

    taken: int = 0
    updated: int = 0
    skipped: int = 0
    refused: list[Refusal] = field(default_factory=list)
    labels: int = 0
    bookmarks: int = 0
    strangers: int = 0


def import_source(
    library: Library,
    source: Path | Source,
    *,
    vocabulary: Vocabulary | None = None,
    take_in: bool = False,
    id_prefix: str = "",
    on_progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Takes the works of a source into a library; may be repeated and resumed.

    A work whose id is there already with the same picture is changed where the
    source now says something else of it, as where its folder was moved, and
    its new labels are recorded; its split key stays. What the source does not
    speak of stays too, and a picture that was taken in. One whose id is there
    with another picture is refused.

    Args:
        library: Where to.
        source: A folder of pictures, a folder with a labels file, or a parquet
            file; or what ``open_source`` made of one.
        vocabulary: What the labels of a path speak of; the package's by default.
        take_in: Whether pictures in files are copied into the library. Those of
            a parquet file always are.
        id_prefix: Put before every id of the source, so that sources that use
            the same ids can live in one library.
        on_progress: Called with the number done and the number offered.

    Raises:
        UsageError: The source cannot be used at all, or the prefix cannot.
    """
    if isinstance(source, Path):
        source = open_source(source, vocabulary or Vocabulary.from_package())
    encodable("id_prefix", id_prefix)
    run = _Import(library, source, take_in=take_in, id_prefix=id_prefix)
    done = 0
    offered = iter(source)
    while batch := list(islice(offered, _BATCH_SIZE)):
        run.take(batch)
        done += len(batch)
        if on_progress:
            on_progress(done, len(source))
    run.finish()
    return run.report


class _Import:
    """One import under way."""

    def __init__(self, library: Library, source: Source, *, take_in: bool, id_prefix: str) -> None:
        self.report = ImportReport()
        self._library = library
        self._source = source
        self._take_in = take_in
        self._id_prefix = id_prefix
        columns = ["work_id", "sha256", "perceptual_hash", "split_key"]
        known = library.recorded_works(columns).to_pylist()
        self._there = {row["work_id"]: row["sha256"] for row in known}
        self._near = NearDuplicates(
            (row["perceptual_hash"], row["split_key"]) for row in known if row["perceptual_hash"]
        )
        self._labelled: list[tuple[str, tuple[Label, ...]]] = []  # without their pictures

    def take(self, batch: Sequence[Candidate | Refusal]) -> None:
        """Takes some works in two commits at most, and keeps their labels for later."""
        recorded = self._recorded(batch)
        new, changed = [], []
        for candidate in batch:
            if isinstance(candidate, Refusal):
                self.report.refused.append(candidate)
                continue
            work_id = self._id_prefix + candidate.work_id
            try:
                content, sha256 = self._examine(work_id, candidate.image)
                if work_id not in self._there:
                    new.append(self._new_row(work_id, candidate, content, sha256))
                    self._there[work_id] = sha256
                elif change := self._change(recorded.pop(work_id, None), candidate, content):
                    changed.append(change)
                else:
                    self.report.skipped += 1
            except ZokuseiError as error:
                self.report.refused.append(Refusal(printable(work_id), printable(str(error))))
                continue
            self._labelled.append((work_id, candidate.labels))
        self.report.taken += self._library.add_works(new)
        for with_image in (False, True):
            self.report.updated += self._library.update_works(
                [row for row in changed if ("image" in row) == with_image]
            )
        if len(self._labelled) >= _LABELLED_BATCH_SIZE:
            self._add_labels()

    def finish(self) -> None:
        """Records the labels and bookmarks that are left, and tidies the tables."""
        self._add_labels()
        self._add_bookmarks()
        self._library.compact()

    def _recorded(self, batch: Sequence[Candidate | Refusal]) -> dict[str, dict[str, Any]]:
        """The rows of those of a batch that are there already, by work_id."""
        ids = (self._id_prefix + each.work_id for each in batch if isinstance(each, Candidate))
        there = list(dict.fromkeys(work_id for work_id in ids if work_id in self._there))
        if not there:
            return {}
        rows = self._library.works(["work_id", "path", *_CHANGEABLE], work_ids=there)
        return {row["work_id"]: row for row in rows.to_pylist()}

    def _examine(self, work_id: str, image: bytes | Path) -> tuple[bytes, str]:
        """A picture's bytes and their hash, if a work of this id may have it.

        Raises:
            UsageError: The id or the path cannot be stored.
            ImageError: The picture cannot be read.
            LibraryError: The id is taken by another picture.
        """
        encodable("id", work_id)
        if isinstance(image, Path) and not self._take_in:
            encodable("path", str(image.absolute()))
        content = _read(image)
        sha256 = hashlib.sha256(content).hexdigest()
        if self._there.get(work_id, sha256) != sha256:
            raise LibraryError(
                "a work of this id is there with another picture; give it another work_id, or "
                "import with --id-prefix NAME/"
            )
        return content, sha256

    def _new_row(
        self, work_id: str, candidate: Candidate, content: bytes, sha256: str
    ) -> dict[str, Any]:
        """A row of the works table.

        Raises:
            ImageError: The picture cannot be used.
        """
        width_px, height_px = image_size(content)
        hash_ = perceptual_hash(decode(content, at_least_px=128))
        path = self._path(candidate)
        given = candidate.fields.get("split_key")
        return {
            **{key: [] for key in LISTS},
            **candidate.fields,
            "work_id": work_id,
            "source": self._source.name,
            "path": path,
            "image": content if path is None else None,
            "sha256": sha256,
            "perceptual_hash": hash_,
            "split_key": self._near.key_for(hash_, sha256, given=given),
            "width_px": width_px,
            "height_px": height_px,
        }

    def _change(
        self, row: dict[str, Any] | None, candidate: Candidate, content: bytes
    ) -> dict[str, Any] | None:
        """The columns of a work that is there as they should be, if any is not.

        Args:
            row: As it is; None for one that this batch had before.
            candidate: As its source has it now.
            content: The picture's bytes.
        """
        if row is None:
            return None
        now = {"source": self._source.name, **candidate.fields}
        changed = {**row, **{key: now[key] for key in _CHANGEABLE if key in now}}
        if row["path"] is not None:  # else the picture was taken in, and stays
            changed["path"] = self._path(candidate)
            if changed["path"] is None:
                changed["image"] = content
        return changed if changed != row else None

    def _path(self, candidate: Candidate) -> str | None:
        """Where the picture stays; None where it is taken in."""
        if self._take_in or not isinstance(candidate.image, Path):
            return None
        return str(candidate.image.absolute())

    def _add_labels(self) -> None:
        self.report.labels += self._library.add_labels(
            (work_id, label) for work_id, labels in self._labelled for label in labels
        )
        self._labelled = []

    def _add_bookmarks(self) -> None:
        offered = self._source.bookmarks()
        while batch := list(islice(offered, _BOOKMARKS_BATCH_SIZE)):
            self.report.refused += [row for row in batch if isinstance(row, Refusal)]
            rows = [
                {**row, "work_id": self._id_prefix + row["work_id"]}
                for row in batch
                if not isinstance(row, Refusal)
            ]
            of_works = [row for row in rows if row["work_id"] in self._there]
            self.report.strangers += len(rows) - len(of_works)
            self.report.bookmarks += self._library.add_bookmarks(of_works)


def _read(image: bytes | Path) -> bytes:
    if isinstance(image, bytes):
        return image
    try:
        return image.read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ImageError(f"{image} cannot be read: {why}") from error
