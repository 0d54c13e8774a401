"""The index of a library, kept up to date with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import LibraryError
from zokusei.index.attribute_index import AttributeIndex
from zokusei.index.human_labels import HumanLabels
from zokusei.index.ids import Rows
from zokusei.index.snapshot import Seen, Snapshot, load_snapshot, save_snapshot
from zokusei.library import Library
from zokusei.library.taggings import PART_BITS, Addresses, TaggingBatch, Taggings

NOWHERE = np.uint64(2**64 - 1)  # the address of a row that is not live


def build_index(
    library: Library, bundle: Bundle, *, approximate: bool | None = None
) -> AttributeIndex:
    """Builds the index of a library's taggings by a bundle, and keeps it where it has a folder.

    Rarity is measured on the works that are there now, and stays so until the
    index is built again.

    Args:
        library: Whose works.
        bundle: Whose taggings.
        approximate: As for ``AttributeIndex``.

    Raises:
        LibraryError: The bundle has tagged nothing in it.
    """
    snapshot = _build(library, bundle)
    snapshot.index.approximate = approximate
    path = _index_path(library, bundle)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_snapshot(snapshot, path, bundle_fingerprint=bundle.fingerprint)
    return snapshot.index


def open_index(library: Library, bundle: Bundle) -> LiveIndex:
    """The index of a library's taggings by a bundle, up to date at every ``refresh``.

    It is read from where ``build_index`` kept it, else built in memory.

    Raises:
        LibraryError: The bundle has tagged nothing in it, or the index that was
            kept is damaged or was made by another version.
    """
    path = _index_path(library, bundle)
    if path is None or not path.is_file():
        return LiveIndex(library, bundle, _build(library, bundle))
    snapshot = load_snapshot(path, bundle.vocabulary, bundle_fingerprint=bundle.fingerprint)
    return LiveIndex(library, bundle, snapshot)


class LiveIndex:
    """The index of a library, kept up to date with it.

    Several processes may each have one while one of them, or another, writes to
    the library. Within a process any number of threads may search at once, but
    none while another refreshes.

    Args:
        library: Whose works.
        bundle: Whose taggings.
        snapshot: The index as it was at some moment, and what it had seen then.
    """

    def __init__(self, library: Library, bundle: Bundle, snapshot: Snapshot) -> None:
        self._library = library
        self._bundle = bundle
        self._index = snapshot.index
        self._seen = snapshot.seen

    def refresh(self) -> AttributeIndex:
        """The index with all that the library holds now; always the same object.

        Works that were tagged, deleted or tagged anew, and what people said of
        works, are taken over. Where nothing changed this takes two looks at the
        versions of tables.

        Raises:
            LibraryError: A table of the library is damaged or out of reach.
        """
        library, bundle, seen = self._library, self._bundle, self._seen
        # What is written after this is seen next time, and what is then seen twice does no harm.
        labels_version = library.labels_version()
        taggings_version = library.taggings_version(bundle.fingerprint)
        human = seen.human
        if labels_version != seen.labels_version:
            human = HumanLabels.of_library(library, bundle.vocabulary)
        said_anew = human.differing(seen.human)
        if said_anew or taggings_version != seen.taggings_version:
            self._take_over(_taggings(library, bundle), human, said_anew)
        seen.human, seen.labels_version = human, labels_version
        seen.taggings_version = taggings_version
        return self._index

    def _take_over(self, taggings: Taggings, human: HumanLabels, said_anew: list[str]) -> None:
        """Brings index and addresses up to the taggings; where it fails it can be repeated."""
        parts, before = taggings.parts, self._seen.parts
        kept = [n for n in parts if n in before and parts[n].files == before[n].files]
        thinned = [n for n in kept if parts[n].deleted != before[n].deleted]
        lost = np.flatnonzero(_lost(self._seen.addresses, kept, thinned, taggings))
        put = self._put(taggings.batches(parts=[n for n in parts if n not in kept]), human)
        if said_anew:
            self._put(taggings.batches(parts=kept, work_ids=said_anew), human)
        gone = np.setdiff1d(lost, put)  # the others stand elsewhere now
        self._index.remove(self._index.work_ids.select(gone))
        self._seen.addresses[gone] = NOWHERE
        self._seen.parts = parts

    def _put(self, batches: Iterable[TaggingBatch], human: HumanLabels) -> Rows:
        """Puts taggings of works that are there into the index; returns their rows."""
        index, seen, put = self._index, self._seen, [np.zeros(0, np.int64)]
        for batch in batches:
            there = index.has(batch.work_ids)
            there[~there] = self._library.has_works(batch.work_ids.filter(pa.array(~there)))
            work_ids = batch.work_ids.filter(pa.array(there))
            index.put(work_ids, human.lay_over(work_ids, batch.probabilities[there]))
            new = np.full(len(index) - len(seen.addresses), NOWHERE)
            seen.addresses = np.concatenate([seen.addresses, new])
            put.append(index.rows(work_ids))
            seen.addresses[put[-1]] = batch.addresses[there]
        return np.concatenate(put)


def _lost(
    addresses: Addresses, kept: list[int], thinned: list[int], taggings: Taggings
) -> NDArray[np.bool_]:
    """Which of these addresses no tagging stands at any more.

    Args:
        addresses: uint64 (N,).
        kept: Parts that are there as before, but for what was deleted from them.
        thinned: Those of them from which something was.
        taggings: As they are now.
    """
    numbers = addresses >> PART_BITS
    there = np.isin(numbers, np.array(kept, np.uint64))
    doubtful = np.isin(numbers, np.array(thinned, np.uint64))
    there[doubtful] = np.isin(addresses[doubtful], taggings.addresses(thinned))
    lost: NDArray[np.bool_] = ~there & (addresses != NOWHERE)
    return lost


def _build(library: Library, bundle: Bundle) -> Snapshot:
    labels_version = library.labels_version()
    taggings_version = library.taggings_version(bundle.fingerprint)
    taggings = _taggings(library, bundle)
    human = HumanLabels.of_library(library, bundle.vocabulary)
    work_ids, probabilities, addresses = taggings.read()
    there = library.has_works(work_ids)
    if not there.all():
        work_ids, probabilities = work_ids.filter(pa.array(there)), probabilities[there]
    index = AttributeIndex.from_probabilities(
        work_ids, human.lay_over(work_ids, probabilities), bundle.vocabulary
    )
    seen = Seen(taggings_version, labels_version, taggings.parts, addresses[there], human)
    return Snapshot(index, seen)


def _taggings(library: Library, bundle: Bundle) -> Taggings:
    taggings = library.open_taggings(bundle.fingerprint)
    if taggings.attribute_ids != bundle.vocabulary.ids:
        raise LibraryError(f"the taggings in {library.address} do not fit bundle {bundle.path}")
    return taggings


def _index_path(library: Library, bundle: Bundle) -> Path | None:
    """Where the index is kept; None where the library is no folder."""
    return library.folder and library.folder / "index" / f"{bundle.fingerprint}.npz"
