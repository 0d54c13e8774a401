"""The one vector that a request's examples, written attributes and weights come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import UsageError
from zokusei.index import AttributeIndex, AttributeSpace
from zokusei.query import Query
from zokusei.recommend.known import Asked
from zokusei.recommend.request import Request
from zokusei.recommend.taste import Taste
from zokusei.vocabulary import Vocabulary, fold

Floats = NDArray[np.float64]

# What a disliked example takes away, of what a liked one gives. Half: what liked and disliked
# works share still counts for. Rocchio's rule with other constants: J. J. Rocchio, "Relevance
# feedback in information retrieval", in The SMART Retrieval System, 1971.
DISLIKED = 0.5

# What a group's written attributes add to the score of a work that has them, whatever the group
# weighs: people write what they would otherwise not get. Of 3,000 drawn works, each asked for
# with an attribute that it lacks, 0.2 gave 31 to 83% of the ten best that attribute, by its
# group; 0.4 gave 74 to 99%, and left 62 to 78% of their likeness elsewhere (2026-11-26).
WRITTEN = 0.4


def direction(
    request: Request, asked: Asked, index: AttributeIndex, taste: Taste | None = None
) -> Floats:
    """What a request asks for: float64 (A,), to be multiplied with works' vectors.

    With x the vectors of index.py, one a work, it is

        mean of x over the liked works and pictures - 0.5 * mean of x over the disliked ones

    with the written attributes put in and the excluded ones taken out (``written``), times
    the weights. So it is linear, and every score a sum of one term an attribute. With a
    taste, what people who liked such works bookmark takes the place of that mean.

    Args:
        request: What is asked for.
        asked: The works that it names.
        index: Of these works, with A attributes.
        taste: Fitted to the index.

    Raises:
        UsageError: The request likes nothing and wants no attribute.
        UnknownNameError: A group or attribute is not there.
    """
    vocabulary = index.vocabulary
    liked = [index.vectors(asked.liked)]
    liked += [index.space.vectors(_probabilities(each, vocabulary)) for each in request.pictures]
    num_liked = sum(map(len, liked))
    if not (request.likes or request.pictures or request.query.wanted):
        raise UsageError(
            "nothing is asked for: like a work, give a picture, or write attributes such as "
            f"'{vocabulary.attributes[0].en}'"
        )
    vector = _mean(np.concatenate(liked)) - DISLIKED * _mean(index.vectors(asked.disliked))
    if taste and num_liked:
        shares = index.space.shares()
        weighted = taste.weighted(vector, num_liked)
        vector = np.divide(weighted, shares, out=np.zeros_like(shares), where=shares > 0)
    if request.query.terms:
        vector = written(vector, request.query, index.space, vocabulary)
    return vector * index.space.shares(request.weights)


def written(vector: Floats, query: Query, space: AttributeSpace, vocabulary: Vocabulary) -> Floats:
    """A vector with the written attributes put in and the excluded ones taken out.

    The wanted attributes of a group, with all they imply, make a direction that
    adds ``WRITTEN`` times the largest of their weights to the score of a work
    that has just these. Where attributes of the group exclude each other it
    takes the place of the vector's own: this, but blonde. Elsewhere it joins
    it, and the sum has the same length: a kimono as well. What is excluded,
    with all that would imply it, becomes 0.

    Args:
        vector: float64 (A,).
        query: What is written.
        space: Of the vector.
        vocabulary: A attributes.

    Returns:
        float64 (A,), another array.
    """
    changed = vector.copy()
    shares = space.shares()
    weights = _wanted_weights(query, vocabulary)
    for group in vocabulary.groups:
        rows = list(vocabulary.group_rows(group.id))
        if rows and weights[rows].any() and shares[rows[0]]:
            length = WRITTEN * weights[rows].max() / shares[rows[0]]
            words = weights[rows] * space.idf[rows]
            asked = _of_length(words, length)
            if group.exclusion == "any":
                asked = _of_length(vector[rows] + asked, length)
            changed[rows] = asked
    denied = vocabulary.denied_by(term.attribute_id for term in query.excluded)
    changed[[vocabulary.row(id_) for id_ in denied]] = 0
    return changed


def _wanted_weights(query: Query, vocabulary: Vocabulary) -> Floats:
    """The weight of each attribute, float64 (A,): its own, else the most of what implies it."""
    weights = np.zeros(len(vocabulary))
    for term in query.wanted:
        for id_ in vocabulary.implied_by([term.attribute_id]):
            row = vocabulary.row(id_)
            weights[row] = max(weights[row], term.weight)
    return weights


def _of_length(vector: Floats, length: float) -> Floats:
    norm = np.linalg.norm(vector)
    return vector * (length / norm) if norm else vector


def weights_by_id(weights: Mapping[str, float], vocabulary: Vocabulary) -> dict[str, float]:
    """Weights of groups and attributes by id; a name that nothing has stays as it is.

    Args:
        weights: By any name in either language.
        vocabulary: Whose names these are.
    """
    groups = {
        fold(name): group.id
        for group in vocabulary.groups
        for name in (group.id, group.en, group.ja)
    }

    def id_of(name: str) -> str:
        attribute = vocabulary.find(name)
        return groups.get(fold(name), attribute.id if attribute else name)

    return {id_of(name): value for name, value in weights.items()}


def _probabilities(picture: NDArray[Any], vocabulary: Vocabulary) -> Floats:
    """A picture's probabilities as float64 (1, A), in [0, 1]."""
    shape = (len(vocabulary),)
    if picture.shape != shape or (picture.dtype != np.uint8 and picture.dtype.kind != "f"):
        raise UsageError(
            f"a picture is {picture.dtype} {picture.shape}, expected uint8 or floating {shape}"
        )
    probabilities = picture.astype(np.float64) / (255 if picture.dtype == np.uint8 else 1)
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise UsageError(
            f"a picture's probabilities lie in [{probabilities.min()}, {probabilities.max()}], "
            "expected [0, 1]"
        )
    return probabilities[None]


def _mean(vectors: Floats) -> Floats:
    mean: Floats = vectors.sum(axis=0) / max(1, len(vectors))
    return mean
