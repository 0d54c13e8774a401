"""Exact related works by attributes, each with the terms that sum to its score."""

from __future__ import annotations

import json
import os
import uuid
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import LibraryError, UnknownNameError, UsageError
from zokusei.vocabulary import Vocabulary

Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.int64]

# What a character looks like counts most, its hair above all; what it wears follows, and what it
# does in one picture hardly counts. Groups that are not listed here weigh 1.
GROUP_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "hair_color": 2.0,
        "hair_length": 1.0,
        "hair_style": 1.5,
        "bangs": 0.5,
        "eye_color": 0.75,
        "eyes": 0.5,
        "expression": 0.25,
        "body": 0.75,
        "skin": 0.5,
        "ears_and_horns": 1.0,
        "headwear": 0.5,
        "hair_accessory": 0.5,
        "eyewear": 0.75,
        "clothing": 1.0,
        "neckwear": 0.5,
        "kind": 0.25,
    }
)
GROUP_RANGE = (0.0, 3.0)
ATTRIBUTE_RANGE = (-1.0, 2.0)

FLOOR = 0.1  # a probability up to here is no evidence
FULL = (0.5 - FLOOR) / (1 - FLOOR)  # evidence of an attribute that is as likely as not
MIN_SCORE = 1e-3  # a work below this is not related
VERSION = 1  # of the file
CHUNK_ROWS = 16_384  # 24 MB of float64 for 184 attributes


@dataclass(frozen=True, slots=True)
class Term:
    """What one attribute adds to a score.

    Args:
        id: The attribute.
        share: Its part of the score, in the score's own unit; negative only
            under a negative attribute weight.
    """

    id: str
    share: float


@dataclass(frozen=True, slots=True)
class Related:
    """A recommended work.

    Args:
        work_id: Which.
        score: 0.001 to 1, at which it is alike in every group that counts; up
            to 2 under attribute weights.
        because: Every term that is not zero, largest first; they sum to the score.
    """

    work_id: str
    score: float
    because: tuple[Term, ...]


class AttributeIndex:
    """Works as vectors of attributes, searched exactly.

    The score of a work x for a query q is

        score(q, x) = sum over groups g of w_g / W * <q_g, x_g>,    W = sum of all w_g,

    one term w_g / W * q_a * x_a for each attribute a. The vector x_g of a group
    is made of the probabilities p_a of its attributes:

        evidence   e_a = max(0, p_a - 0.1) / 0.9
        direction  d_a = e_a * idf_a,    idf_a = 1 + log((N + 1) / (1 + sum of p_a over all works))
        vector     x_g = d_g / |d_g| * min(1, |e_g| / FULL)

    So <q_g, x_g> is the cosine of the two directions, reduced where a work
    shows little of the group. A group has its full length, and a cosine of 1
    with itself, as soon as one attribute in it is as likely as not (p = 0.5,
    e = FULL). Where nothing is likely, as with the headwear of a bare head, the
    group's length is near 0 and it says nothing: neither are tiny
    probabilities blown up to full length, nor are two works related by what
    both lack. Rare attributes turn the direction towards themselves (idf); one
    that every work has still counts (idf 1).

    Score and shares are float64, exactly as above. The scan before them is
    float32 and may not lose a work to rounding: its error is bounded, and what
    lies within it of the last place is scored as well. Recall is 1.

    Args:
        work_ids: N ids, each once.
        probabilities: uint8 (N, A), probability times 255; kept, not copied.
        vocabulary: A attributes, in the order of the columns.
        idf: float64 (A,), positive.
        group_weights: In place of ``GROUP_WEIGHTS``, for the groups named.

    Raises:
        UsageError: Shapes, ids or weights do not fit.
    """

    def __init__(
        self,
        work_ids: Sequence[str],
        probabilities: NDArray[np.uint8],
        vocabulary: Vocabulary,
        idf: Floats,
        group_weights: Mapping[str, float] | None = None,
    ) -> None:
        _check(work_ids, probabilities, vocabulary)
        self.work_ids = tuple(work_ids)
        self.vocabulary = vocabulary
        self.idf = idf
        self._probabilities = probabilities
        self._rows = {work_id: row for row, work_id in enumerate(self.work_ids)}
        self._places = np.empty(len(self), np.int64)  # of each row among the sorted ids
        self._places[sorted(range(len(self)), key=self.work_ids.__getitem__)] = np.arange(len(self))
        groups = [group for group in vocabulary.groups if group.attribute_ids]
        self._sizes = [len(group.attribute_ids) for group in groups]
        self._starts = np.cumsum([0, *self._sizes[:-1]])
        self.group_weights = {group.id: GROUP_WEIGHTS.get(group.id, 1.0) for group in groups}
        for group_id, weight in (group_weights or {}).items():
            vocabulary.group(group_id)
            self.group_weights[group_id] = _in_range(group_id, weight, GROUP_RANGE)
        self._scan = _faiss().IndexFlatIP(len(vocabulary))
        for start in range(0, len(self), CHUNK_ROWS):
            chunk = probabilities[start : start + CHUNK_ROWS]
            self._scan.add(self._vectors(chunk / 255).astype(np.float32))

    @classmethod
    def from_probabilities(
        cls,
        work_ids: Sequence[str],
        probabilities: NDArray[np.uint8],
        vocabulary: Vocabulary,
        *,
        group_weights: Mapping[str, float] | None = None,
    ) -> AttributeIndex:
        """Indexes a library by its taggings; rarity is measured on these works.

        Args:
            work_ids: N ids, each once.
            probabilities: uint8 (N, A), probability times 255.
            vocabulary: A attributes, in the order of the columns.
            group_weights: In place of ``GROUP_WEIGHTS``, for the groups named;
                0 to 3.

        Raises:
            UsageError: Shapes, ids or weights do not fit.
        """
        _check(work_ids, probabilities, vocabulary)
        expected = probabilities.sum(axis=0, dtype=np.int64) / 255
        idf = 1 + np.log((len(work_ids) + 1) / (expected + 1))
        return cls(work_ids, probabilities, vocabulary, idf, group_weights)

    def __len__(self) -> int:
        return len(self.work_ids)

    def row(self, work_id: str) -> int:
        """The row of a work.

        Raises:
            LibraryError: The index lacks it.
        """
        try:
            return self._rows[work_id]
        except KeyError:
            raise LibraryError(
                f"work '{work_id}' is not in the index; tag it, then run `zokusei index` again"
            ) from None

    def related(
        self,
        query: int | NDArray[np.uint8] | NDArray[np.floating[Any]],
        *,
        k: int = 10,
        weights: Mapping[str, float] | None = None,
        exclude_rows: Iterable[int] = (),
        allowed: NDArray[np.bool_] | None = None,
    ) -> list[Related]:
        """The works most like a query.

        Args:
            query: The row of a work, which is not returned itself; or the
                probabilities of a picture, (A,), as uint8 (times 255) or as
                floating point in [0, 1].
            k: At most how many works.
            weights: For groups, by id, 0 (left out) to 3, in place of their
                own; for attributes, by id, -1 to 2, times their term.
            exclude_rows: Works that are not returned.
            allowed: bool (N,); only works where it is true are returned.

        Returns:
            Highest score first, equal scores by work id; works with a score
            below ``MIN_SCORE`` are left out.

        Raises:
            UnknownNameError: A weight is for neither a group nor an attribute.
            UsageError: A value is out of its range or an array of another shape.
        """
        if k < 1:
            raise UsageError(f"k is {k}, expected 1 or more")
        wanted = self._wanted(allowed)
        wanted[self._checked_rows(exclude_rows)] = False
        if isinstance(query, int | np.integer):
            (own,) = self._checked_rows([int(query)])
            wanted[own] = False
            probabilities = self._probabilities[own] / 255
        else:
            probabilities = self._checked_probabilities(query)
        weighted = self._vectors(probabilities[None])[0] * self._attribute_weights(weights or {})
        return self._ranked(weighted, self._candidates(weighted, wanted, k), k)

    def save(self, path: Path, *, bundle_fingerprint: str) -> None:
        """Writes the index to one file, whole or not at all.

        Args:
            path: Of the file; it is replaced where it exists.
            bundle_fingerprint: Of the bundle whose probabilities these are.
        """
        about = {
            "version": VERSION,
            "vocabulary": self.vocabulary.fingerprint,
            "bundle": bundle_fingerprint,
            "group_weights": self.group_weights,
            "work_ids": self.work_ids,
        }
        text = np.frombuffer(json.dumps(about).encode(), np.uint8)
        unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            with unfinished.open("wb") as file:
                np.savez(file, about=text, idf=self.idf, probabilities=self._probabilities)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, vocabulary: Vocabulary, *, bundle_fingerprint: str) -> AttributeIndex:
        """Reads an index that ``save`` wrote.

        Args:
            path: Of the file.
            vocabulary: The bundle's.
            bundle_fingerprint: Of the bundle in use.

        Raises:
            LibraryError: There is no index, it is damaged, or it was made by
                another version, vocabulary or bundle.
        """
        again = "run `zokusei index LIB` again"
        try:
            with np.load(path, allow_pickle=False) as file:
                about = json.loads(file["about"].tobytes())
                idf, probabilities = file["idf"], file["probabilities"]
            found = tuple(about[key] for key in ("version", "vocabulary", "bundle"))
            work_ids, group_weights = about["work_ids"], about["group_weights"]
        except FileNotFoundError:
            raise LibraryError(f"there is no index at {path}; run `zokusei index LIB`") from None
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise LibraryError(
                f"{path} is not an index or is damaged ({error}); {again}"
            ) from error
        expected = (VERSION, vocabulary.fingerprint, bundle_fingerprint)
        for what, has, wants in zip(
            ("version", "vocabulary", "bundle"), found, expected, strict=True
        ):
            if has != wants:
                raise LibraryError(
                    f"{path} was made by another {what} ({has}, expected {wants}); {again}"
                )
        return cls(work_ids, probabilities, vocabulary, idf, group_weights)

    def _vectors(self, probabilities: Floats) -> Floats:
        """float64 (n, A), in [0, 1], as the vectors of the class docstring, of the same shape."""
        evidence = np.maximum(0, (probabilities - FLOOR) / (1 - FLOOR))
        directions = evidence * self.idf
        lengths = np.minimum(1, self._norms(evidence) / FULL)
        norms = self._norms(directions)
        scales = np.divide(lengths, norms, out=np.zeros_like(norms), where=norms > 0)
        vectors: Floats = directions * np.repeat(scales, self._sizes, axis=1)
        return vectors

    def _norms(self, vectors: Floats) -> Floats:
        """Lengths inside each group: float64 (n, A) to (n, groups)."""
        squares: Floats = np.add.reduceat(vectors**2, self._starts, axis=1)
        return np.sqrt(squares)

    def _attribute_weights(self, weights: Mapping[str, float]) -> Floats:
        groups = dict(self.group_weights)
        factors = np.ones(len(self.vocabulary))
        for name, value in weights.items():
            if name in groups:
                groups[name] = _in_range(name, value, GROUP_RANGE)
            elif name in self.vocabulary:
                factors[self.vocabulary.row(name)] = _in_range(name, value, ATTRIBUTE_RANGE)
            else:
                known = [*groups, *self.vocabulary.ids]
                raise UnknownNameError("group or attribute", name, known)
        total = sum(groups.values()) or 1.0
        shares: Floats = np.repeat([weight / total for weight in groups.values()], self._sizes)
        return shares * factors

    def _candidates(self, weighted: Floats, wanted: NDArray[np.bool_], k: int) -> Rows:
        """Rows that surely hold the k best: the scan's, and what rounding may hide behind it."""
        if np.count_nonzero(wanted) <= k:
            return np.flatnonzero(wanted)
        faiss = _faiss()
        selector = faiss.IDSelectorBitmap(np.packbits(wanted, bitorder="little"))
        parameters = faiss.SearchParameters(sel=selector)
        query = weighted.astype(np.float32)[None]
        scores, rows = self._scan.search(query, k + 1, params=parameters)
        # Adding A float32 terms, of which the sizes sum to 2 at most, is off by less than this.
        error = 2 * len(self.vocabulary) * float(np.finfo(np.float32).eps)
        surely_in = max(float(scores[0, k - 1]), MIN_SCORE) - 2 * error
        if scores[0, k] > surely_in:
            _, _, tied = self._scan.range_search(query, surely_in, params=parameters)
            return np.asarray(tied, np.int64)
        return np.asarray(rows[0, :k], np.int64)

    def _ranked(self, weighted: Floats, rows: Rows, k: int) -> list[Related]:
        chunks = [rows[start : start + CHUNK_ROWS] for start in range(0, len(rows), CHUNK_ROWS)]
        scores = [self._terms(weighted, chunk).sum(axis=1) for chunk in chunks]
        every = np.concatenate([np.zeros(0), *scores])
        best = np.lexsort((self._places[rows], -every))[:k]
        best = best[every[best] >= MIN_SCORE]
        terms = self._terms(weighted, rows[best])
        return [
            Related(self.work_ids[row], float(score), self._because(shares))
            for row, score, shares in zip(rows[best], every[best], terms, strict=True)
        ]

    def _terms(self, weighted: Floats, rows: Rows) -> Floats:
        return self._vectors(self._probabilities[rows] / 255) * weighted

    def _because(self, shares: Floats) -> tuple[Term, ...]:
        order = np.argsort(-shares, kind="stable")
        ids = self.vocabulary.ids
        return tuple(Term(ids[row], float(shares[row])) for row in order if shares[row])

    def _wanted(self, allowed: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        if allowed is None:
            return np.ones(len(self), np.bool_)
        if allowed.dtype != np.bool_ or allowed.shape != (len(self),):
            raise UsageError(
                f"allowed is {allowed.dtype} {allowed.shape}, expected bool ({len(self)},)"
            )
        return allowed.copy()

    def _checked_rows(self, rows: Iterable[int]) -> list[int]:
        checked = list(rows)
        for row in checked:
            if not 0 <= row < len(self):
                raise UsageError(f"row {row} is not in the index, which has {len(self)} works")
        return checked

    def _checked_probabilities(self, query: NDArray[Any]) -> Floats:
        shape = (len(self.vocabulary),)
        if query.shape != shape or (query.dtype != np.uint8 and query.dtype.kind != "f"):
            raise UsageError(
                f"the query is {query.dtype} {query.shape}, expected uint8 or floating {shape}"
            )
        probabilities = query.astype(np.float64) / (255 if query.dtype == np.uint8 else 1)
        if not ((probabilities >= 0) & (probabilities <= 1)).all():
            raise UsageError(
                f"the query's probabilities lie in [{probabilities.min()}, {probabilities.max()}], "
                "expected [0, 1]"
            )
        return probabilities


def _check(work_ids: Sequence[str], probabilities: NDArray[Any], vocabulary: Vocabulary) -> None:
    shape = (len(work_ids), len(vocabulary))
    if probabilities.dtype != np.uint8 or probabilities.shape != shape:
        raise UsageError(
            f"probabilities are {probabilities.dtype} {probabilities.shape}, "
            f"expected uint8 {shape}: a row for each work id, a column for each attribute"
        )
    if len(set(work_ids)) != len(work_ids):
        twice = next(id_ for place, id_ in enumerate(work_ids) if id_ in work_ids[:place])
        raise UsageError(f"work id '{twice}' stands for several works, expected each once")


def _in_range(name: str, value: float, limits: tuple[float, float]) -> float:
    low, high = limits
    if not low <= value <= high:
        raise UsageError(f"weight of '{name}' is {value}, expected {low:g} to {high:g}")
    return float(value)


@cache
def _faiss() -> Any:
    """Imports faiss; first tells its OpenBLAS the CPU, which it misjudges if it is a newer one.

    Batched search went from 34 to 357 queries a second by this (2026, AVX-512).
    """
    core = _blas_core(_cpu_flags())
    if core:
        os.environ.setdefault("OPENBLAS_CORETYPE", core)
    import faiss

    return faiss


def _cpu_flags() -> frozenset[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.split() for line in lines if line.startswith("flags")), ()))


def _blas_core(flags: Collection[str]) -> str | None:
    """OpenBLAS's name for the newest kind of CPU that has these flags; None leaves it to judge."""
    if "avx512f" in flags:
        return "SKYLAKEX"
    return "HASWELL" if "avx2" in flags else None
