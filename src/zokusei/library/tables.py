"""The tables of a library: their columns and what makes a row unique."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

LIBRARY_VERSION = 1
VERSION_KEY = b"zokusei.library_version"

_INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a library.

    Args:
        name: Name of the Lance dataset in the library.
        schema: Its columns.
        key: The columns that identify a row; a row is kept once.
    """

    name: str
    schema: pa.Schema
    key: tuple[str, ...]


def _schema(fields: list[tuple[str, Any]], **metadata: str) -> pa.Schema:
    described = {VERSION_KEY: str(LIBRARY_VERSION).encode()}
    described.update({key.encode(): value.encode() for key, value in metadata.items()})
    return pa.schema(fields, metadata=described)


WORKS = Table(
    "works",
    _schema(
        [
            ("work_id", pa.string()),
            ("source", pa.string()),  # what it was imported from
            ("path", pa.string()),  # where the picture lies, if it stayed there
            ("image", pa.large_binary()),  # the picture's bytes, if they were taken in
            ("sha256", pa.string()),
            ("perceptual_hash", pa.binary()),
            ("split_key", pa.string()),  # works with the same key are in the same split
            ("width_px", pa.int32()),
            ("height_px", pa.int32()),
            ("title", pa.string()),
            ("artist", pa.string()),
            ("characters", pa.list_(pa.string())),
            ("series", pa.list_(pa.string())),
            ("tags", pa.list_(pa.string())),
            ("rating", pa.string()),
            ("created_at", _INSTANT),
            ("page", pa.int32()),
        ]
    ),
    key=("work_id",),
)

LABELS = Table(
    "labels",
    _schema(
        [
            ("work_id", pa.string()),
            ("attribute", pa.string()),
            ("state", pa.string()),  # present or absent
            ("confidence", pa.float32()),  # how sure its source is, in (0.5, 1]
            ("origin", pa.string()),  # human, import, character or model
            ("by", pa.string()),
            ("at", _INSTANT),
        ]
    ),
    key=("work_id", "attribute", "origin", "by"),
)

BOOKMARKS = Table(
    "bookmarks",
    _schema([("user_id", pa.string()), ("work_id", pa.string()), ("at", _INSTANT)]),
    key=("user_id", "work_id"),
)


@lru_cache(64)
def taggings_table(
    bundle: str, attribute_ids: tuple[str, ...], embedding_size: int, *, converged: bool
) -> Table:
    """The table of one bundle's taggings.

    Args:
        bundle: The bundle's fingerprint.
        attribute_ids: What the A probabilities are of, in order.
        embedding_size: D, the length of an embedding.
        converged: Whether the bundle's training converged.
    """
    fields = [
        ("work_id", pa.string()),
        ("probabilities", pa.list_(pa.uint8(), len(attribute_ids))),  # times 255, rounded
        ("embedding", pa.list_(pa.float16(), embedding_size)),
        ("at", _INSTANT),
    ]
    schema = _schema(
        fields,
        bundle=bundle,
        attribute_ids=json.dumps(attribute_ids),
        converged=json.dumps(converged),
    )
    return Table(f"taggings/{bundle}", schema, key=("work_id",))
