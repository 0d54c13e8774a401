"""The space in which works are compared: vectors of attributes, and what each attribute weighs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UnknownNameError, UsageError
from zokusei.vocabulary import Vocabulary

Floats: TypeAlias = NDArray[np.float64]
Scales: TypeAlias = NDArray[np.float32]

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
_DOWN = 1 - np.finfo(np.float32).eps  # so that no scale is rounded up, and no vector is over 1


class AttributeSpace:
    """Works as vectors of attributes, and the score of one for another.

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

    Args:
        vocabulary: A attributes, in the order of the columns.
        idf: float64 (A,), positive.
        group_weights: In place of ``GROUP_WEIGHTS``, for the groups named; 0 to 3.

    Raises:
        UnknownNameError: A weight is for no group.
        UsageError: A weight is out of its range.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        idf: Floats,
        group_weights: Mapping[str, float] | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.idf = idf
        groups = [group for group in vocabulary.groups if group.attribute_ids]
        self._sizes = np.array([len(group.attribute_ids) for group in groups], np.int64)
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._groups = np.repeat(np.arange(len(groups)), self._sizes)
        self.group_weights = {group.id: GROUP_WEIGHTS.get(group.id, 1.0) for group in groups}
        for group_id, weight in (group_weights or {}).items():
            vocabulary.group(group_id)
            self.group_weights[group_id] = _in_range(group_id, weight, GROUP_RANGE)

    @classmethod
    def from_probabilities(
        cls,
        probabilities: NDArray[np.uint8],
        vocabulary: Vocabulary,
        *,
        group_weights: Mapping[str, float] | None = None,
    ) -> AttributeSpace:
        """The space in which rarity is measured on these works.

        Args:
            probabilities: uint8 (N, A), probability times 255.
            vocabulary: A attributes, in the order of the columns.
            group_weights: As for the class.
        """
        expected = probabilities.sum(axis=0, dtype=np.int64) / 255
        idf = 1 + np.log((len(probabilities) + 1) / (expected + 1))
        return cls(vocabulary, idf, group_weights)

    @property
    def num_groups(self) -> int:
        """How many groups have attributes."""
        return len(self._sizes)

    def vectors(self, probabilities: Floats) -> Floats:
        """Vectors of works.

        Args:
            probabilities: float64 (n, A), in [0, 1].

        Returns:
            float64 (n, A), in [0, 1].

        Raises:
            UsageError: The array is of another shape or kind, or out of range.
        """
        shape = probabilities.shape
        if len(shape) != 2 or shape[1] != len(self.idf) or probabilities.dtype.kind != "f":
            raise UsageError(
                f"probabilities are {probabilities.dtype} {shape}, "
                f"expected floating (n, {len(self.idf)})"
            )
        if not ((probabilities >= 0) & (probabilities <= 1)).all():
            raise UsageError(
                f"probabilities lie in [{probabilities.min()}, {probabilities.max()}], "
                "expected [0, 1]"
            )
        evidence = _evidence(probabilities)
        return self._vectors(evidence, self._scales(evidence.T).T)

    def vectors_of_bytes(
        self, probabilities: NDArray[np.uint8], scales: Scales | None = None
    ) -> Floats:
        """The same for uint8 (n, A), probability times 255, whose ``scales`` may be known."""
        scales = self.scales(probabilities) if scales is None else scales
        return self._vectors(_EVIDENCE[probabilities], scales)

    def scales(self, probabilities: NDArray[np.uint8]) -> Scales:
        """What a work's directions are multiplied with, min(1, |e_g| / FULL) / |d_g|.

        They depend on no query, and are most of what a vector takes to compute.

        Args:
            probabilities: uint8 (n, A), probability times 255.

        Returns:
            float32 (n, groups).
        """
        return self._scales(np.take(_EVIDENCE, probabilities.T)).T

    def scores(
        self,
        weighted: Floats,
        probabilities: NDArray[np.uint8],
        scales: Scales | None = None,
    ) -> Floats:
        """Products of vectors of works with a weighted one.

        Args:
            weighted: float64 (A,): a query's vector times ``shares``, or a sum of such.
            probabilities: uint8 (n, A), probability times 255.
            scales: float32 (n, groups), if they are known.

        Returns:
            float64 (n,).
        """
        columns = np.flatnonzero(weighted)
        if not len(columns):
            return np.zeros(len(probabilities))
        scales = self.scales(probabilities) if scales is None else scales
        if len(probabilities) == 1:  # numpy would sum it in another order than it does several
            return self.scores(weighted, probabilities[[0, 0]], scales[[0, 0]])[:1]
        groups, starts = np.unique(self._groups[columns], return_index=True)
        evidence = np.take(_EVIDENCE, np.take(probabilities.T, columns, axis=0))
        evidence *= (self.idf[columns] * weighted[columns])[:, None]
        products = np.add.reduceat(evidence, starts, axis=0)
        scores: Floats = (products * scales.T[groups]).sum(axis=0)
        return scores

    def shares(self, weights: Mapping[str, float] | None = None) -> Floats:
        """What each attribute weighs in a score: w_g / W of its group, times its own weight.

        Args:
            weights: For groups, by id, 0 (left out) to 3, in place of their
                own; for attributes, by id, -1 to 2, times their term.

        Returns:
            float64 (A,); a query's vector times this is what an index searches.

        Raises:
            UnknownNameError: A weight is for neither a group nor an attribute.
            UsageError: A weight is out of its range.
        """
        groups = dict(self.group_weights)
        factors = np.ones(len(self.vocabulary))
        for name, value in (weights or {}).items():
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

    def _scales(self, evidence: Floats) -> Scales:
        """float32 (groups, n) of float64 (A, n): by rows, which are summed over twice as fast."""
        squares = evidence**2
        lengths = np.sqrt(np.add.reduceat(squares, self._starts, axis=0))
        squares *= self.idf[:, None] ** 2
        norms = np.sqrt(np.add.reduceat(squares, self._starts, axis=0))
        scales = np.divide(np.minimum(1, lengths / FULL), norms, where=norms > 0, out=0 * norms)
        rounded: Scales = (scales * _DOWN).astype(np.float32)
        return rounded

    def _vectors(self, evidence: Floats, scales: Scales) -> Floats:
        """float64 (n, A) of evidence of that shape and scales, float32 (n, groups)."""
        vectors: Floats = evidence * self.idf
        vectors *= np.repeat(scales, self._sizes, axis=1)
        return vectors


def _evidence(probabilities: Floats) -> Floats:
    evidence: Floats = np.maximum(0, (probabilities - FLOOR) / (1 - FLOOR))
    return evidence


_EVIDENCE = _evidence(np.arange(256) / 255)  # of what is stored


def _in_range(name: str, value: float, limits: tuple[float, float]) -> float:
    low, high = limits
    if not low <= value <= high:
        raise UsageError(f"weight of '{name}' is {value}, expected {low:g} to {high:g}")
    return float(value)
