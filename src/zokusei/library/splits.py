"""Which works train a model, which choose it, and which judge it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UsageError
from zokusei.library.character_names import distinct_characters

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

SplitBy = Literal["content", "character"]

# Ends of the parts of [0, 1) that a key's hash falls into.
_TEST_END, _VALIDATION_END = 0.10, 0.20

# Bits of 256 by which two perceptual hashes may differ and still be the same
# picture, and their share of the bits set in either. Of pairs of 20,479 face
# crops that differ by 20 to 56 bits, 48 looked at were all twins (2026-11-23).
# Flat drawings have few bits set, so that strangers differ by few: with the
# share the crops keep 95% of their pairs, and of 8,000 drawings 11% have a
# neighbour, where 57% had one (2026-11-23).
NEAR_DUPLICATE_BITS = 56
NEAR_DUPLICATE_SHARE = 0.4

_AT_ONCE = 65_536  # pairs of pictures that are compared at a time


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


def check_split_by(name: str) -> SplitBy:
    """The way to split of this name.

    Raises:
        UsageError: There is none.
    """
    for by in get_args(SplitBy):
        if by == name:
            return by  # type: ignore[no-any-return]
    raise UsageError(f"cannot split by '{name}'; expected one of {', '.join(get_args(SplitBy))}")


def split_by_of(about: Mapping[str, Any]) -> SplitBy:
    """How the works that a bundle was trained on were split, by what it says of itself."""
    return check_split_by(about.get("settings", {}).get("split_by", "content"))


@dataclass(frozen=True, slots=True)
class Fold:
    """One of so many parts of the works; near-duplicates are in the same.

    Which part a work is in has nothing to do with its split.

    Args:
        number: From 1.
        count: How many parts there are.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Fold:
        """Reads ``2/4``.

        Raises:
            UsageError: It says no such thing.
        """
        number, slash, count = text.partition("/")
        if slash and number.isdecimal() and count.isdecimal():
            fold = cls(int(number), int(count))
            if 1 <= fold.number <= fold.count and fold.count > 1:
                return fold
        raise UsageError(f"'{text}' is no part of the works; expected one as 2/4: the second of 4")

    def has(self, split_key: str) -> bool:
        """Whether the works of this key are in this part."""
        digest = hashlib.sha256(split_key.encode()).digest()
        return int.from_bytes(digest[8:16], "big") % self.count == self.number - 1


def splits_of_works(
    split_keys: Sequence[str], characters: Sequence[Sequence[str] | None], by: SplitBy
) -> list[Split]:
    """The split of each of N works.

    Args:
        split_keys: Of the works.
        characters: Those that each work shows.
        by: What a split keeps together.

    Raises:
        UsageError: ``by`` is no way to split.
    """
    if check_split_by(by) == "character":
        return splits_by_character(split_keys, characters)
    return [split_of(key) for key in split_keys]


def splits_by_character(
    split_keys: Sequence[str], characters: Sequence[Sequence[str] | None]
) -> list[Split]:
    """Splits that keep the works of a character together, and near-duplicates too.

    Works that share a character or a split key are one component. Its
    characters stand in an order that hashes of their names decide, and the
    first of them decides its split; a component without characters is split by
    its key, as by content. So a component stays where it is when it gains works
    of its own characters, or near-duplicates that show none. It can move only
    when a new work joins it to another component or brings a new character
    into it, and that other character comes first in the order (before a key
    every character does).

    Shares of 80/10/10 are those of components: where works that show several
    characters tie most of a library together, one split holds most of it.

    Args:
        split_keys: Of the N works.
        characters: Those that each work shows; may be empty or None.

    Returns:
        The works' splits.
    """
    components = _Components()
    keys = [_Node(1, b"", key) for key in split_keys]
    for key, names in zip(keys, characters, strict=True):
        for name in distinct_characters(names):
            components.join(key, _Node.of_character(name))
    firsts = [components.first(key) for key in keys]
    return [split_of(first.name if first.rank else f"character {first.name}") for first in firsts]


class _Node(NamedTuple):
    """A character or a split key; the smallest of a component decides its split.

    Args:
        rank: 0 for characters, which decide where there are any, else 1.
        order: Places characters by a hash that has nothing to do with their
            split's, or large components would all be test.
        name: The character's name, or the split key.
    """

    rank: int
    order: bytes
    name: str

    @classmethod
    def of_character(cls, name: str) -> _Node:
        return cls(0, hashlib.sha256(f"order {name}".encode()).digest(), name)


class _Components:
    """Nodes joined into sets: a disjoint-set forest with path halving.

    Every set's root is its smallest node. Source: R. E. Tarjan and J. van
    Leeuwen, "Worst-case analysis of set union algorithms", Journal of the ACM
    31 (1984).
    """

    def __init__(self) -> None:
        self._parents: dict[_Node, _Node] = {}

    def first(self, node: _Node) -> _Node:
        """The smallest node of the set that a node is in."""
        parents = self._parents
        while (parent := parents.setdefault(node, node)) != node:
            parents[node] = parents[parent]
            node = parents[parent]
        return node

    def join(self, one: _Node, other: _Node) -> None:
        """Makes the sets of two nodes one."""
        first, second = sorted((self.first(one), self.first(other)))
        self._parents[second] = first


class NearDuplicates:
    """Gives near-duplicates the split key of the first of them.

    A work's key is that of the first recorded work that it resembles, else its
    own content hash. Keys given once never change: the library may grow in any
    order of imports without a work crossing from one split to another.

    What resembles what, ``nearly_same`` says.

    Args:
        known: Perceptual hash (32 bytes) to split key, of works already there,
            in the order they were recorded.
    """

    def __init__(self, known: Iterable[tuple[bytes, str]] = ()) -> None:
        pairs = list(known)
        self._keys = [key for _, key in pairs]
        self._hashes = np.zeros((4, max(1024, len(pairs))), np.uint64)  # a column a work
        if pairs:
            joined = b"".join(hash_ for hash_, _ in pairs)
            self._hashes[:, : len(pairs)] = _words(joined).reshape(-1, 4).T

    def key_for(self, perceptual_hash: bytes, sha256: str, *, given: str | None = None) -> str:
        """The split key of a picture, which is remembered.

        Args:
            perceptual_hash: 32 bytes.
            sha256: Hexadecimal digits of the picture's content hash.
            given: A key that the work's source gives it, which stands.
        """
        key = given or self._first_like(perceptual_hash) or sha256
        count = len(self._keys)
        if count == self._hashes.shape[1]:
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)], axis=1)
        self._hashes[:, count] = _words(perceptual_hash)
        self._keys.append(key)
        return key

    def _first_like(self, perceptual_hash: bytes) -> str | None:
        hashes = self._hashes[:, : len(self._keys)]
        words = _words(perceptual_hash)[:, None]
        different = _count_bits(hashes ^ words)
        close = np.flatnonzero(different <= NEAR_DUPLICATE_BITS)
        alike = _are_alike(different[close], _count_bits(hashes[:, close] | words))
        return self._keys[close[alike.argmax()]] if alike.any() else None


def nearly_same(ones: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which pictures are nearly the same as one of some others, by their perceptual hashes.

    Two are where their hashes differ in at most ``NEAR_DUPLICATE_BITS`` bits,
    and in at most ``NEAR_DUPLICATE_SHARE`` of the bits that are set in either.
    A hash of an empty picture, with no bit set, resembles nothing.

    Args:
        ones: uint64 (n, 4), perceptual hashes.
        others: uint64 (m, 4).

    Returns:
        bool (n,).
    """
    same = np.zeros(len(ones), np.bool_)
    columns = np.ascontiguousarray(others.T)[:, None]
    step = max(1, _AT_ONCE // max(1, len(others)))
    for start in range(0, len(ones), step):
        words = np.ascontiguousarray(ones[start : start + step].T)[:, :, None]
        alike = _are_alike(_count_bits(words ^ columns), _count_bits(words | columns))
        same[start : start + step] = alike.any(axis=1)
    return same


def nearly_same_pairs(ones: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """As ``nearly_same``, told of every pair: bool (n, m). For a few hundred of each."""
    rows = np.ascontiguousarray(ones.T)[:, :, None]
    columns = np.ascontiguousarray(others.T)[:, None]
    return _are_alike(_count_bits(rows ^ columns), _count_bits(rows | columns))


def _are_alike(different: NDArray[np.uint16], either: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """By how many bits differ, and how many are set in either; of one shape."""
    close = different <= NEAR_DUPLICATE_BITS
    alike: NDArray[np.bool_] = close & (different <= NEAR_DUPLICATE_SHARE * either) & (either > 0)
    return alike


def _words(perceptual_hashes: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(perceptual_hashes, np.uint64)


def _count_bits(columns: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """How many bits are set in the four words (4, ...): uint16 (...)."""
    counts: NDArray[np.uint16] = np.bitwise_count(columns).sum(axis=0, dtype=np.uint16)
    return counts
