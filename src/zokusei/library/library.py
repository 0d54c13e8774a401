"""A library: a directory or object-store address with works and all that is known of them."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
from numpy.typing import NDArray

from zokusei.errors import LibraryError, UnknownNameError
from zokusei.library.changes import Changes, Parts, Snapshot, changes_of, rows_beyond
from zokusei.library.labels import COLUMNS, Label, LabelMatrix, Origin
from zokusei.library.splits import Fold, Split, SplitBy, splits_of_works
from zokusei.library.tables import (
    BOOKMARKS,
    LABELS,
    LIBRARY_VERSION,
    VERSION_KEY,
    WORKS,
    Table,
    taggings_table,
)
from zokusei.library.taggings import Taggings
from zokusei.library.versions import newest_version
from zokusei.vocabulary import Vocabulary

with warnings.catch_warnings():
    # We start no process by fork.
    warnings.filterwarnings("ignore", message="lance is not fork-safe")
    import lance


# Parts of a table from which joining them pays.
_MANY_PARTS = 16

# Which labels of a key already there a merge replaces.
_CHANGED = "source.state != target.state OR source.confidence != target.confidence"


class LabelChanges(NamedTuple):
    """How a set of labels differs from the one before it."""

    num_added: int
    num_changed: int
    num_removed: int


class Deletions(NamedTuple):
    """How much was deleted."""

    num_works: int
    num_labels: int
    num_taggings: int
    num_bookmarks: int


class WorkImages:
    """The pictures of N works of a library, as it was when they were asked for.

    Args:
        dataset: The table of works, at one version.
        offsets: int64 (N,), where the works stand in it.
    """

    def __init__(self, dataset: Any, offsets: NDArray[np.int64]) -> None:
        self._dataset = dataset
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets)

    def take(self, rows: Sequence[int]) -> list[bytes | Path]:
        """The pictures of these works: their bytes, or the paths they lie at."""
        offsets = [int(self._offsets[row]) for row in rows]
        table = self._dataset.take(offsets, columns=["image", "path"])
        columns = table["image"].to_pylist(), table["path"].to_pylist()
        return [
            image if image is not None else Path(path) for image, path in zip(*columns, strict=True)
        ]

    def batches(self, batch_size: int = 256) -> Iterator[list[bytes | Path]]:
        """All pictures in order, so many at a time."""
        for start in range(0, len(self), batch_size):
            yield self.take(range(start, min(start + batch_size, len(self))))


class Library:
    """Works, labels, taggings and bookmarks.

    Every change is one atomic commit of one table: a kill at any moment leaves
    a readable library, and several processes may read while one writes.

    Args:
        address: A directory, or an address such as ``s3://bucket/library``. That
            of a directory is kept absolute, so that it holds from any other.
    """

    def __init__(self, address: str) -> None:
        is_local = "://" not in address
        self.address = str(Path(address).expanduser().resolve()) if is_local else address
        self.address = self.address.rstrip("/")

    @property
    def folder(self) -> Path | None:
        """Its directory; None where it is elsewhere than on this machine."""
        return None if "://" in self.address else Path(self.address)

    @classmethod
    def create(cls, address: str | Path) -> Library:
        """Makes an empty library, or opens the one that is there.

        One that was being made when its maker was killed is completed.

        Raises:
            LibraryError: Something else is there, or a library of another version.
        """
        library = cls(str(address))
        if library._dataset(WORKS) is not None:
            return cls.open(address)
        library._check_room()
        for table in (LABELS, BOOKMARKS, WORKS):  # works last: it is what marks a library
            if library._dataset(table) is None:
                lance.write_dataset(table.schema.empty_table(), library._uri(table))
        return library

    def _check_room(self) -> None:
        """Sees to it that nothing lies here but what a library is begun with.

        Raises:
            LibraryError: Something else does.
        """
        path = self.folder
        if path is None or not path.exists():
            return
        begun = {f"{table.name}.lance" for table in (LABELS, BOOKMARKS, WORKS)}
        if not path.is_dir() or any(entry.name not in begun for entry in path.iterdir()):
            raise LibraryError(f"{path} exists and is no library; give an empty or new directory")
        for table in (LABELS, BOOKMARKS):
            dataset = self._dataset(table)
            if dataset is not None and not dataset.schema.equals(table.schema, check_metadata=True):
                raise LibraryError(
                    f"{self._uri(table)} is no table of a library; give an empty or new directory"
                )

    @classmethod
    def open(cls, address: str | Path) -> Library:
        """Opens a library.

        Raises:
            LibraryError: There is none, or it is of another version.
        """
        library = cls(str(address))
        works = library._dataset(WORKS)
        if works is None:
            raise LibraryError(
                f"there is no library at {address}; make one with "
                f"`zokusei import SOURCE --into {address}`"
            )
        found = (works.schema.metadata or {}).get(VERSION_KEY, b"none").decode()
        if found != str(LIBRARY_VERSION):
            raise LibraryError(
                f"{address} is a library of version {found}, this zokusei reads version "
                f"{LIBRARY_VERSION}; import its sources into a new library"
            )
        return library

    def _uri(self, table: Table) -> str:
        return f"{self.address}/{table.name}.lance"

    def _dataset(self, table: Table) -> Any | None:
        """A table as it is now, or None where it was never written.

        Raises:
            LibraryError: It is damaged, or out of reach.
        """
        try:
            return lance.dataset(self._uri(table))
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            if " was not found: " in str(error):
                return None
            raise self._unreadable(table, error) from error

    def _version(self, table: Table) -> int | None:
        if "://" not in self.address:
            version = newest_version(self._uri(table))
            if version is not None:
                return version
        dataset = self._dataset(table)
        return None if dataset is None else int(dataset.version)

    def _unreadable(self, table: Table, error: Exception) -> LibraryError:
        return LibraryError(
            f"the table '{table.name}' of {self.address} cannot be read ({error}); if it is "
            "damaged, restore it from a copy, or import the sources into a new library"
        )

    def _read(self, table: Table, columns: Sequence[str] | None = None, **options: Any) -> pa.Table:
        dataset = self._dataset(table)
        if dataset is None:
            return table.schema.empty_table().select(list(columns or table.schema.names))
        try:
            return dataset.to_table(columns=list(columns) if columns else None, **options)
        except (OSError, pa.ArrowInvalid) as error:
            raise self._unreadable(table, error) from error

    def _merge(self, table: Table, rows: pa.Table, *, update_if: str | None = None) -> int:
        """Adds rows whose key is new; returns how many.

        Args:
            table: Where to.
            rows: With distinct keys.
            update_if: Which of the rows already there are replaced, as SQL over
                ``source`` (new) and ``target`` (old); none by default.
        """
        if not rows.num_rows:
            return 0
        dataset = self._dataset(table)
        if dataset is None:
            lance.write_dataset(rows, self._uri(table))
            return int(rows.num_rows)
        merge = dataset.merge_insert(list(table.key)).when_not_matched_insert_all()
        if update_if:
            merge = merge.when_matched_update_all(update_if)
        return int(merge.execute(rows)["num_inserted_rows"])

    def _delete_row(self, table: Table, key: Mapping[str, str]) -> bool:
        """Removes the row of a key; says whether it was there."""
        dataset = self._dataset(table)
        if dataset is None:
            return False
        parts = (f"{column} = '{_quoted(value)}'" for column, value in key.items())
        return bool(dataset.delete(" AND ".join(parts))["num_deleted_rows"])

    def compact(self) -> None:
        """Joins the small parts that many commits leave, so that tables read fast.

        Earlier versions stay as they are. Works whose pictures were taken in are
        left: they would be written a second time.
        """
        for table in (WORKS, LABELS, *self._taggings_tables()):
            dataset = self._dataset(table)
            if dataset is None or len(dataset.get_fragments()) < _MANY_PARTS:
                continue
            if table is not WORKS or not dataset.count_rows("path IS NULL"):
                dataset.optimize.compact_files()

    # ---------------------------------------------------------------- works

    @property
    def num_works(self) -> int:
        """How many works there are."""
        dataset = self._dataset(WORKS)
        return int(dataset.count_rows()) if dataset is not None else 0

    def works(
        self, columns: Sequence[str] | None = None, *, work_ids: Sequence[str] | None = None
    ) -> pa.Table:
        """The works, in order of work_id; pictures only if asked for.

        Args:
            columns: Those wanted; all but ``image`` by default.
            work_ids: Those wanted, in this order; all by default.

        Raises:
            LibraryError: A work is not there.
        """
        wanted = list(columns or (name for name in WORKS.schema.names if name != "image"))
        read = list(dict.fromkeys([*wanted, "work_id"]))
        if work_ids is None:
            return self._read(WORKS, read).sort_by("work_id").select(wanted)
        asked = pa.array(work_ids, pa.string())
        table = self._read(WORKS, read, filter=pc.field("work_id").isin(asked))
        rows = pc.index_in(asked, table["work_id"].combine_chunks())
        if rows.null_count:
            missing = asked.filter(pc.is_null(rows))[0].as_py()
            raise LibraryError(f"there is no work '{missing}' in {self.address}")
        return table.take(rows).select(wanted)

    def has_works(self, work_ids: pa.Array) -> NDArray[np.bool_]:
        """Which of these works, a pyarrow string array of n, are there: bool (n,)."""
        if not len(work_ids):
            return np.zeros(0, np.bool_)
        everything = self._read(WORKS, ["work_id"])["work_id"]
        there = everything.filter(pc.is_in(everything, value_set=work_ids)).combine_chunks()
        found = pc.is_in(work_ids, value_set=there)
        return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)

    def work_ids(self) -> list[str]:
        """The ids of all works, sorted."""
        return list(self.works(["work_id"])["work_id"].to_pylist())

    def works_version(self) -> int | None:
        """Which changes with every change of the works; None where there never were any."""
        return self._version(WORKS)

    def has_work(self, work_id: str) -> bool:
        """Whether there is a work of this id."""
        return bool(self._read(WORKS, ["work_id"], filter=pc.field("work_id") == work_id).num_rows)

    def work_with_content(self, sha256: str) -> str | None:
        """The first work, by id, whose picture has this content hash; None if there is none.

        Args:
            sha256: Hexadecimal digits.
        """
        found = self._read(WORKS, ["work_id"], filter=pc.field("sha256") == sha256)
        return min(found["work_id"].to_pylist(), default=None)

    def add_works(self, works: Sequence[Mapping[str, Any]]) -> int:
        """Adds works that are not there yet; returns how many were added."""
        return self._merge(WORKS, _rows(WORKS, works))

    def update_works(self, works: Sequence[Mapping[str, Any]]) -> int:
        """Changes works that are there; returns how many were changed.

        Args:
            works: Rows with the same columns each, ``work_id`` among them;
                other columns stay as they are.
        """
        if not works:
            return 0
        columns = [field for field in WORKS.schema if field.name in works[0]]
        rows = pa.Table.from_pylist([dict(row) for row in works], schema=pa.schema(columns))
        merge = self._works_dataset().merge_insert(list(WORKS.key)).when_matched_update_all()
        return int(merge.execute(rows)["num_updated_rows"])

    def delete_works(self, work_ids: Sequence[str]) -> Deletions:
        """Deletes works and all that is recorded of them; pictures that lie elsewhere stay.

        Works go last: a deletion that was killed can be repeated. Importing
        their source again brings them back, without what people said of them.

        Raises:
            LibraryError: A work is not there; nothing is deleted.
        """
        asked = list(dict.fromkeys(work_ids))
        self.works(["work_id"], work_ids=asked)
        num_taggings = self._delete_taggings(asked)
        num_labels, num_bookmarks, num_works = (
            self._delete(table, asked) for table in (LABELS, BOOKMARKS, WORKS)
        )
        # A tagger that read a work before it went may have written since.
        num_taggings += self._delete_taggings(asked)
        return Deletions(num_works, num_labels, num_taggings, num_bookmarks)

    def _delete_taggings(self, work_ids: Sequence[str]) -> int:
        return sum(self._delete(table, work_ids) for table in self._taggings_tables())

    def _taggings_tables(self) -> list[Table]:
        """Those of all bundles."""
        files, root = pafs.FileSystem.from_uri(self.address)
        listed = files.get_file_info(pafs.FileSelector(f"{root}/taggings", allow_not_found=True))
        bundles = sorted(info.base_name.removesuffix(".lance") for info in listed)
        return [taggings_table(bundle, (), 0, converged=True) for bundle in bundles]

    def _delete(self, table: Table, work_ids: Sequence[str]) -> int:
        dataset = self._dataset(table)
        if dataset is None:
            return 0
        rows = pc.field("work_id").isin(pa.array(work_ids, pa.string()))
        return int(dataset.delete(rows)["num_deleted_rows"])

    def recorded_works(self, columns: Sequence[str]) -> pa.Table:
        """These columns of all works, in the order they were recorded or last changed."""
        return self._read(WORKS, columns)

    def works_beyond(self, parts: Parts, columns: Sequence[str]) -> tuple[pa.Table, Parts]:
        """The works outside these parts of their table: those added or changed since.

        Args:
            parts: What an earlier call returned; nothing for all works.
            columns: Those wanted.

        Returns:
            The works, in the order they were recorded; and the parts that there are now.
        """
        try:
            return rows_beyond(self._works_dataset(), list(columns), parts)
        except (OSError, pa.ArrowInvalid) as error:
            raise self._unreadable(WORKS, error) from error

    def _works_dataset(self) -> Any:
        dataset = self._dataset(WORKS)
        if dataset is None:
            raise LibraryError(f"there is no library at {self.address} any more")
        return dataset

    def images(self, work_ids: Sequence[str]) -> WorkImages:
        """The pictures of these works, to be read in any order.

        Raises:
            LibraryError: A work is not there.
        """
        dataset = self._works_dataset()
        there = dataset.to_table(columns=["work_id"])["work_id"].combine_chunks()
        offsets = pc.index_in(pa.array(work_ids, pa.string()), there)
        if offsets.null_count:
            missing = work_ids[pc.is_null(offsets).to_pylist().index(True)]
            raise LibraryError(f"there is no work '{missing}' in {self.address}")
        return WorkImages(dataset, offsets.to_numpy(zero_copy_only=False).astype(np.int64))

    def sources(self, work_ids: Sequence[str]) -> dict[str, int]:
        """How many of these works came from each source, by the last part of its name."""
        names = self.works(["source"], work_ids=work_ids)["source"].to_pylist()
        return dict(Counter(Path(name or "unknown").name for name in names))

    def splits(self, by: SplitBy = "content") -> dict[str, Split]:
        """The split of every work.

        Args:
            by: ``content`` keeps near-duplicates together; ``character`` also
                the works of each character, as ``splits_by_character`` does.

        Raises:
            UsageError: ``by`` is neither.
        """
        table = self.works(["work_id", "split_key", "characters"])
        splits = splits_of_works(
            table["split_key"].to_pylist(), table["characters"].to_pylist(), by
        )
        return dict(zip(table["work_id"].to_pylist(), splits, strict=True))

    def in_fold(self, fold: Fold, work_ids: Sequence[str]) -> NDArray[np.bool_]:
        """Which of these works are in a part of the library, bool (n,)."""
        keys = self.works(["split_key"], work_ids=work_ids)["split_key"].to_pylist()
        return np.array([fold.has(key) for key in keys], np.bool_)

    # --------------------------------------------------------------- labels

    def labels(
        self, columns: Sequence[str] | None = None, *, origin: Origin | None = None
    ) -> pa.Table:
        """Labels, as recorded.

        Args:
            columns: Those wanted; all by default.
            origin: Only those of this kind of source; all by default.
        """
        wanted = None if origin is None else pc.field("origin") == origin
        return self._read(LABELS, columns, filter=wanted)

    def labels_version(self) -> int | None:
        """Which changes with every change of the labels; None where there never were any."""
        return self._version(LABELS)

    def add_labels(self, labels: Iterable[tuple[str, Label]]) -> int:
        """Records labels of works; the same statement by the same source is kept once.

        Args:
            labels: Pairs of work_id and label.

        Returns:
            How many were new.
        """
        rows = {
            (work_id, label.attribute, label.origin, label.by): (work_id, label)
            for work_id, label in labels
        }
        return self._merge(LABELS, _label_rows(rows.values()), update_if=_CHANGED)

    def labels_of(self, work_id: str) -> pa.Table:
        """All labels of one work, as recorded."""
        return self._read(LABELS, filter=pc.field("work_id") == work_id)

    def labels_by_people(self) -> pa.Table:
        """All that people said of works, as recorded."""
        return self._read(LABELS, filter=pc.field("origin") == "human")

    def label_changes(self, since: Snapshot | None = None) -> Changes:
        """The labels recorded since an earlier call.

        Args:
            since: The snapshot which that call gave; all labels are new without one.
        """
        dataset = self._dataset(LABELS)
        if dataset is None:
            return Changes(LABELS.schema.empty_table(), not since, frozenset())
        try:
            return changes_of(dataset, LABELS.schema.names, since)
        except (OSError, pa.ArrowInvalid) as error:
            raise self._unreadable(LABELS, error) from error

    def remove_label(self, work_id: str, label: Label) -> bool:
        """Removes what one source said of an attribute of a work; says whether it had."""
        key = {"work_id": work_id, "attribute": label.attribute}
        return self._delete_row(LABELS, {**key, "origin": label.origin, "by": label.by})

    def replace_labels(
        self, origin: Origin, by_prefix: str, labels: Iterable[tuple[str, Label]]
    ) -> LabelChanges:
        """Makes the labels of one source exactly these, in one commit.

        Its labels that are not among them go; those of other sources stay, and
        one that is there already keeps its time.

        Args:
            origin: The source's kind.
            by_prefix: What the ``by`` of every label of the source begins with.
            labels: Pairs of work_id and label, of this source, each once.

        Raises:
            ValueError: A label is not of this source.
        """
        pairs = list(labels)
        for _, label in pairs:
            if label.origin != origin or not label.by.startswith(by_prefix):
                raise ValueError(f"{label} is not of origin {origin} by '{by_prefix}...'")
        prefix = _quoted(by_prefix)
        merge = lance.dataset(self._uri(LABELS)).merge_insert(list(LABELS.key))
        merge = merge.when_matched_update_all(_CHANGED).when_not_matched_insert_all()
        merge = merge.when_not_matched_by_source_delete(
            f"origin = '{origin}' AND starts_with(by, '{prefix}')"
        )
        done = merge.execute(_label_rows(pairs))
        return LabelChanges(
            done["num_inserted_rows"], done["num_updated_rows"], done["num_deleted_rows"]
        )

    def label_matrix(self, vocabulary: Vocabulary, work_ids: Sequence[str]) -> LabelMatrix:
        """The truth about these works, as far as it is known."""
        return LabelMatrix.from_table(
            self.labels(COLUMNS), work_ids=work_ids, vocabulary=vocabulary
        )

    # ------------------------------------------------------------- taggings

    def add_taggings(
        self,
        work_ids: Sequence[str],
        probabilities: NDArray[np.uint8],
        embeddings: NDArray[np.float16],
        *,
        bundle: str,
        attribute_ids: tuple[str, ...],
        converged: bool,
    ) -> None:
        """Records the taggings of works by one bundle, in place of earlier ones by it.

        Args:
            work_ids: Of the N works.
            probabilities: uint8 (N, A), probability times 255, rounded.
            embeddings: float16 (N, D).
            bundle: The bundle's fingerprint.
            attribute_ids: What the A probabilities are of.
            converged: Whether the bundle's training converged.
        """
        table = taggings_table(bundle, attribute_ids, embeddings.shape[1], converged=converged)
        columns = {
            "work_id": pa.array(work_ids, pa.string()),
            "probabilities": pa.FixedSizeListArray.from_arrays(
                probabilities.ravel(), probabilities.shape[1]
            ),
            "embedding": pa.FixedSizeListArray.from_arrays(embeddings.ravel(), embeddings.shape[1]),
            "at": pa.array([datetime.now(UTC)] * len(work_ids), table.schema.field("at").type),
        }
        self._merge(table, pa.table(columns, schema=table.schema), update_if="true")

    def tagged_ids(self, bundle: str) -> set[str]:
        """The works that a bundle has tagged."""
        table = taggings_table(bundle, (), 0, converged=True)
        return set(self._read(table, ["work_id"])["work_id"].to_pylist())

    def taggings(self, bundle: str) -> tuple[list[str], NDArray[np.uint8], tuple[str, ...]]:
        """The taggings by one bundle of works that are still there, by work_id.

        Returns:
            The N work_ids, uint8 (N, A) probabilities, and the A attribute ids.

        Raises:
            LibraryError: The bundle has tagged nothing here.
        """
        taggings = self.open_taggings(bundle)
        work_ids, probabilities, _ = taggings.read()
        rows = np.asarray(pc.sort_indices(work_ids), np.int64)
        rows = rows[self.has_works(work_ids)[rows]]
        return (
            work_ids.take(pa.array(rows)).to_pylist(),
            probabilities[rows],
            taggings.attribute_ids,
        )

    def open_taggings(self, bundle: str) -> Taggings:
        """The taggings by one bundle as they are now, those of deleted works among them.

        Raises:
            LibraryError: The bundle has tagged nothing here.
        """
        dataset = self._dataset(taggings_table(bundle, (), 0, converged=True))
        if dataset is None:
            raise LibraryError(
                f"bundle {bundle} has tagged nothing in {self.address}; "
                f"run `zokusei index {self.address}`"
            )
        return Taggings(dataset)

    def taggings_version(self, bundle: str) -> int | None:
        """Which changes with every change of a bundle's taggings; None where there are none."""
        return self._version(taggings_table(bundle, (), 0, converged=True))

    def tagging_of(self, work_id: str, bundle: str) -> NDArray[np.uint8] | None:
        """What a bundle said of one work: uint8 (A,), times 255; None where it said nothing."""
        table = taggings_table(bundle, (), 0, converged=True)
        if self._dataset(table) is None:
            return None
        found = self._read(table, ["probabilities"], filter=pc.field("work_id") == work_id)
        rows = found["probabilities"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        return rows.astype(np.uint8) if found.num_rows else None

    def num_tagged_by_bundle(self) -> dict[str, int]:
        """How many works each bundle has tagged, by its fingerprint."""
        tables = self._taggings_tables()
        found = ((table.name.rpartition("/")[2], self._dataset(table)) for table in tables)
        return {name: int(of.count_rows()) for name, of in found if of is not None}

    # ------------------------------------------------------------ bookmarks

    def bookmarks(self) -> pa.Table:
        """All bookmarks: user_id, work_id, at."""
        return self._read(BOOKMARKS)

    def bookmarks_version(self) -> int | None:
        """Which changes with every change of the bookmarks; None where there never were any."""
        return self._version(BOOKMARKS)

    def bookmarked_by(self, user_id: str) -> list[str]:
        """The works that a user has bookmarked, sorted by id.

        Raises:
            UnknownNameError: The user has none.
        """
        found = self._read(BOOKMARKS, ["work_id"], filter=pc.field("user_id") == user_id)
        if not found.num_rows:
            users = pc.unique(self._read(BOOKMARKS, ["user_id"])["user_id"]).to_pylist()
            raise UnknownNameError("user", user_id, users)
        return sorted(found["work_id"].to_pylist())

    def bookmark_changes(self, since: Snapshot | None = None) -> Changes:
        """The bookmarks added since an earlier call: user_id, work_id.

        Args:
            since: The snapshot which that call gave; all bookmarks are new without one.
        """
        columns = ["user_id", "work_id"]
        dataset = self._dataset(BOOKMARKS)
        if dataset is None:
            empty = BOOKMARKS.schema.empty_table().select(columns)
            return Changes(empty, not since, frozenset())
        try:
            return changes_of(dataset, columns, since)
        except (OSError, pa.ArrowInvalid) as error:
            raise self._unreadable(BOOKMARKS, error) from error

    def add_bookmarks(self, bookmarks: Sequence[Mapping[str, Any]]) -> int:
        """Adds bookmarks that are not there yet; returns how many were added."""
        unique = {(row["user_id"], row["work_id"]): row for row in bookmarks}
        return self._merge(BOOKMARKS, _rows(BOOKMARKS, list(unique.values())))

    def has_bookmark(self, user_id: str, work_id: str) -> bool:
        """Whether a user has bookmarked a work."""
        asked = (pc.field("user_id") == user_id) & (pc.field("work_id") == work_id)
        return bool(self._read(BOOKMARKS, ["work_id"], filter=asked).num_rows)

    def remove_bookmark(self, user_id: str, work_id: str) -> bool:
        """Removes a bookmark; says whether it was there."""
        return self._delete_row(BOOKMARKS, {"user_id": user_id, "work_id": work_id})


def _quoted(text: str) -> str:
    """A text as it stands between the quotes of an SQL literal."""
    return text.replace("'", "''")


def _rows(table: Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], schema=table.schema)


def _label_rows(labels: Iterable[tuple[str, Label]]) -> pa.Table:
    now = datetime.now(UTC)
    rows = [
        (work_id, said.attribute, said.state, said.confidence, said.origin, said.by, said.at or now)
        for work_id, said in labels
    ]
    columns = list(zip(*rows, strict=True)) or [()] * len(LABELS.schema)
    arrays = [pa.array(column, of.type) for column, of in zip(columns, LABELS.schema, strict=True)]
    return pa.table(arrays, schema=LABELS.schema)
