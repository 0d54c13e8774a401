"""Which works train a model, which choose it, and which judge it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UsageError

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

# Ends of the parts of [0, 1) that a key's hash falls into.
_TEST_END, _VALIDATION_END = 0.10, 0.20

# Bits of 256 by which two perceptual hashes may differ and still be the same
# picture. Of pairs of 20,479 face crops that differ by 20 to 56 bits, 48 looked
# at were all twins (2026-11-23); 5% of the crops have one.
NEAR_DUPLICATE_BITS = 56


def split_of(split_key: str) -> Split:
    """The split of a key: 10% test, 10% validation, 80% train.

    It depends on the key alone, so that a growing library moves no work.
    """
    digest = hashlib.sha256(split_key.encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < _TEST_END:
        return "test"
    return "validation" if place < _VALIDATION_END else "train"


def check_split(name: str) -> Split:
    """The split of this name.

    Raises:
        UsageError: There is none.
    """
    for split in SPLITS:
        if split == name:
            return split
    raise UsageError(f"there is no split '{name}'; expected one of {', '.join(SPLITS)}")


class NearDuplicates:
    """Gives near-duplicates the split key of the first of them.

    A work's key is the content hash of the first work that it resembles, else
    its own. Keys given once never change: the library may grow in any order
    of imports without a work crossing from one split to another.

    Args:
        known: Perceptual hash (32 bytes) to split key, of works already there.
    """

    def __init__(self, known: Iterable[tuple[bytes, str]] = ()) -> None:
        pairs = list(known)
        self._keys = [key for _, key in pairs]
        self._hashes = np.zeros((max(1024, len(pairs)), 4), np.uint64)
        for row, (hash_, _) in enumerate(pairs):
            self._hashes[row] = _words(hash_)

    def key_for(self, perceptual_hash: bytes, sha256: str) -> str:
        """The split key of a picture, which is remembered."""
        row = self._nearest(perceptual_hash)
        key = sha256 if row is None else self._keys[row]
        count = len(self._keys)
        if count == len(self._hashes):
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)])
        self._hashes[count] = _words(perceptual_hash)
        self._keys.append(key)
        return key

    def _nearest(self, perceptual_hash: bytes) -> int | None:
        count = len(self._keys)
        if not count:
            return None
        different = np.bitwise_count(self._hashes[:count] ^ _words(perceptual_hash))
        bits = different.sum(axis=1, dtype=np.int32)
        row = int(bits.argmin())
        return row if bits[row] <= NEAR_DUPLICATE_BITS else None


def _words(perceptual_hash: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(perceptual_hash, np.uint64)
