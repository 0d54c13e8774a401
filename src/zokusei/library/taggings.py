"""The taggings of one bundle as they were at one moment, and where each of them stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Addresses: TypeAlias = NDArray[np.uint64]

PART_BITS = np.uint64(32)  # an address is a part's number and, in so many bits, a place in it
_BATCH_ROWS = 16_384


class Part(NamedTuple):
    """Rows of a table that were written together; they never change, but may be deleted.

    Args:
        files: Names of what holds them, never used for others.
        deleted: Name of what says which are deleted; empty if none is.
    """

    files: str
    deleted: str


class TaggingBatch(NamedTuple):
    """Some taggings.

    Args:
        work_ids: pyarrow string array of n.
        probabilities: uint8 (n, A), probability times 255.
        addresses: uint64 (n,), where they stand; a tagging that is replaced gets another.
    """

    work_ids: pa.Array
    probabilities: NDArray[np.uint8]
    addresses: Addresses


class Taggings:
    """The taggings of one bundle; what is written later does not show.

    Args:
        dataset: Their Lance table at one version.
    """

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._fragments = {part.fragment_id: part for part in dataset.get_fragments()}
        self.attribute_ids = tuple(json.loads(dataset.schema.metadata[b"attribute_ids"]))

    def __len__(self) -> int:
        return int(self._dataset.count_rows())

    @property
    def parts(self) -> dict[int, Part]:
        """The parts of the table, by number."""
        return {number: _part(fragment.metadata) for number, fragment in self._fragments.items()}

    def addresses(self, parts: Sequence[int]) -> Addresses:
        """Where the taggings of these parts stand that are not deleted."""
        if not parts:
            return np.zeros(0, np.uint64)
        found: Addresses = self._scanner(["_rowaddr"], parts).to_table()["_rowaddr"].to_numpy()
        return found

    def batches(
        self, *, parts: Sequence[int] | None = None, work_ids: Sequence[str] | None = None
    ) -> Iterator[TaggingBatch]:
        """The taggings, some thousands at a time.

        Args:
            parts: In these parts; in all by default.
            work_ids: Of these works; of all by default.
        """
        asked = None if work_ids is None else pc.field("work_id").isin(pa.array(work_ids))
        columns = ["work_id", "probabilities", "_rowaddr"]
        chosen = list(self._fragments) if parts is None else parts
        if not chosen:
            return
        for batch in self._scanner(columns, chosen, filter=asked).to_batches():
            flat = batch["probabilities"].flatten().to_numpy(zero_copy_only=False)
            shape = (batch.num_rows, len(self.attribute_ids))
            yield TaggingBatch(batch["work_id"], flat.reshape(shape), batch["_rowaddr"].to_numpy())

    def read(self) -> TaggingBatch:
        """All of them at once."""
        size = len(self)
        work_ids: list[pa.Array] = [pa.array([], pa.string())]
        probabilities = np.empty((size, len(self.attribute_ids)), np.uint8)
        addresses = np.empty(size, np.uint64)
        end = 0
        for batch in self.batches():
            start, end = end, end + len(batch.work_ids)
            work_ids.append(batch.work_ids)
            probabilities[start:end], addresses[start:end] = batch.probabilities, batch.addresses
        return TaggingBatch(pa.concat_arrays(work_ids), probabilities, addresses)

    def _scanner(self, columns: list[str], parts: Sequence[int], **options: Any) -> Any:
        fragments = [self._fragments[number] for number in parts]
        return self._dataset.scanner(
            columns=columns, fragments=fragments, batch_size=_BATCH_ROWS, **options
        )


def _part(fragment: Any) -> Part:
    deleted = fragment.deletion_file
    return Part(
        " ".join(file.path for file in fragment.files),
        "" if deleted is None else str(deleted.path(fragment.id)),
    )
