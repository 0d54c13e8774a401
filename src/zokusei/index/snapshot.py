"""The file in which an index is kept, so that a large library opens quickly."""

from __future__ import annotations

import json
import os
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zokusei.errors import LibraryError
from zokusei.index.attribute_index import AttributeIndex
from zokusei.index.growing import Growing
from zokusei.index.human_labels import HumanLabels
from zokusei.index.pools import Pools
from zokusei.index.scan import Scan
from zokusei.index.space import AttributeSpace
from zokusei.library.taggings import Addresses, Part
from zokusei.vocabulary import Vocabulary

VERSION = 4  # of the file
_AGAIN = "run `zokusei index LIB` again"

_READ_BYTES = 1 << 24  # at a time

Arrays: TypeAlias = Mapping[str, NDArray[Any]]


@dataclass(slots=True)
class Seen:
    """What an index has taken over from its library.

    Args:
        taggings_version: Of the table of taggings.
        labels_version: Of the table of labels.
        parts: Of the taggings, by number.
        addresses: uint64 (N,), where the tagging of each row stands.
        human: What people said.
    """

    taggings_version: int | None
    labels_version: int | None
    parts: dict[int, Part]
    addresses: Addresses
    human: HumanLabels


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An index at a moment, and what it had taken over from its library by then."""

    index: AttributeIndex
    seen: Seen


def save_snapshot(snapshot: Snapshot, path: Path, *, bundle_fingerprint: str) -> None:
    """Writes an index to one file, whole or not at all.

    Args:
        snapshot: What is written.
        path: Of the file; it is replaced where it exists.
        bundle_fingerprint: Of the bundle whose probabilities these are.
    """
    index, seen, scan = snapshot.index, snapshot.seen, snapshot.index.scan
    about = {
        "version": VERSION,
        "vocabulary": index.vocabulary.fingerprint,
        "bundle": bundle_fingerprint,
        "group_weights": index.space.group_weights,
        "approximate": index.approximate,
        "pools": [] if scan is None else scan.pools.groups,
        "taggings_version": seen.taggings_version,
        "labels_version": seen.labels_version,
        "parts": list(seen.parts.items()),
    }
    arrays: dict[str, NDArray[Any]] = {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        "idf": index.space.idf,
        "work_ids": _bytes_of(index.work_ids.select(np.arange(len(index)))),
        "probabilities": index.probabilities,
        "scales": index.scales,
        "live": index.live,
        "levels": np.zeros(0, np.uint8) if scan is None else scan.levels,
        "addresses": seen.addresses,
        "human_work_ids": _bytes_of(seen.human.work_ids),
        "human_states": seen.human.states,
    }
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_snapshot(path: Path, vocabulary: Vocabulary, *, bundle_fingerprint: str) -> Snapshot:
    """Reads an index that ``save_snapshot`` wrote.

    Args:
        path: Of the file.
        vocabulary: The bundle's.
        bundle_fingerprint: Of the bundle in use.

    Raises:
        LibraryError: There is no index, it is damaged, or it was made by
            another version, vocabulary or bundle.
    """
    expected = {
        "version": VERSION,
        "vocabulary": vocabulary.fingerprint,
        "bundle": bundle_fingerprint,
    }
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            for what, wants in expected.items():
                if about[what] != wants:
                    raise LibraryError(
                        f"{path} was made by another {what} ({about[what]}, expected {wants}); "
                        f"{_AGAIN}"
                    )
            return _read(about, file, path, vocabulary)
    except FileNotFoundError:
        raise LibraryError(f"there is no index at {path}; run `zokusei index LIB`") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise LibraryError(f"{path} is not an index or is damaged ({error}); {_AGAIN}") from error


def _read(about: dict[str, Any], file: Arrays, path: Path, vocabulary: Vocabulary) -> Snapshot:
    work_ids = _text_of(file["work_ids"])
    space = AttributeSpace(vocabulary, file["idf"], about["group_weights"])
    scan = None
    if about["pools"]:
        scan = Scan(Pools(about["pools"]), levels=_growing(path, "levels"), size=len(work_ids))
    probabilities = _growing(path, "probabilities")
    index = AttributeIndex(
        work_ids,
        probabilities,
        space,
        live=file["live"],
        scan=scan,
        scales=_growing(path, "scales"),
        approximate=about["approximate"],
    )
    seen = Seen(
        about["taggings_version"],
        about["labels_version"],
        {number: Part(*part) for number, part in about["parts"]},
        file["addresses"],
        HumanLabels(_text_of(file["human_work_ids"]), file["human_states"]),
    )
    return Snapshot(index, seen)


def _growing(path: Path, name: str) -> Growing:
    """An array with room after it, so that works can be added to millions without a copy."""
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as stored:
        np.lib.format.read_magic(stored)
        shape, _, dtype = np.lib.format.read_array_header_1_0(stored)
        growing = Growing.with_room(shape, dtype)
        flat, start = growing.array.reshape(-1), 0
        while start < len(flat):
            read = np.frombuffer(stored.read(_READ_BYTES), dtype)
            if not len(read):
                raise EOFError(f"{name} ends too early")
            flat[start : start + len(read)] = read
            start += len(read)
    return growing


def _bytes_of(texts: pa.Array) -> NDArray[np.uint8]:
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([texts], names=["text"])
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return np.frombuffer(sink.getvalue(), np.uint8)


def _text_of(stored: NDArray[np.uint8]) -> pa.Array:
    return pa.ipc.open_stream(stored.tobytes()).read_all()["text"].combine_chunks()
