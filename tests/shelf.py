"""Small worlds of works with known attributes, artists and bookmarks, for the recommender."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from zokusei.index import AttributeIndex
from zokusei.library.tables import WORKS
from zokusei.recommend.facts import WorkFacts
from zokusei.recommend.known import Known
from zokusei.vocabulary import Vocabulary

WORDS = Vocabulary.from_package().subset(
    [
        *("black_hair", "blonde_hair", "red_hair", "short_hair", "long_hair", "very_long_hair"),
        *("twintails", "ponytail", "braid", "glasses", "sunglasses"),
        *("kimono", "dress", "hoodie", "school_uniform", "smile"),
    ]
)
THRESHOLDS = np.full(len(WORDS), 0.5, np.float32)


class OfWords:
    """What a recommender needs to know of a bundle."""

    fingerprint = "words"
    vocabulary = WORDS
    thresholds = THRESHOLDS
    path = "words"


def probabilities(*shown: str) -> np.ndarray:
    """uint8 (n, A): of each work the attributes named, for certain, and what they imply."""
    rows = [WORDS.implied_by(said.split()) for said in shown]
    matrix = [[255 * (id_ in row) for id_ in WORDS.ids] for row in rows]
    return np.array(matrix, np.uint8).reshape(len(shown), len(WORDS))


def shelve(library, works, **said):
    """Adds works and their taggings.

    Args:
        library: Where to.
        works: Of each by id the attributes it shows.
        said: Columns of the works table: of each work by id what it says there.
    """
    columns = {name: of_work.get for name, of_work in said.items()}
    library.add_works(
        [{"work_id": id_, **{name: get(id_) for name, get in columns.items()}} for id_ in works]
    )
    tag(library, works)


def tag(library, works):
    """Adds taggings of works, or replaces them."""
    library.add_taggings(
        list(works),
        probabilities(*works.values()),
        np.zeros((len(works), 2), np.float16),
        bundle="words",
        attribute_ids=WORDS.ids,
        converged=True,
    )


def known(work_ids, matrix, *, people=None, **said):
    """The same without a library, for many small worlds.

    Args:
        work_ids: Of N works.
        matrix: uint8 (N, A).
        people: Who bookmarked them.
        said: Columns of the works table: of each work by id what it says there.
    """
    index = AttributeIndex.from_probabilities(work_ids, matrix, WORDS)
    fields = ("work_id", "artist", "series", "characters", "rating", "perceptual_hash")
    said["work_id"] = {id_: id_ for id_ in work_ids}
    rows = [{name: said.get(name, {}).get(id_) for name in fields} for id_ in work_ids]
    schema = pa.schema([WORKS.schema.field(name) for name in fields])
    facts = WorkFacts()
    facts.add(pa.Table.from_pylist(rows, schema))
    facts.fit(index)
    if people is not None:
        people.fit(index)
    return Known(index, THRESHOLDS, facts, people)


def a_hash(*bits: int) -> bytes:
    """A perceptual hash with these bits set."""
    value = np.zeros(256, np.uint8)
    value[list(bits)] = 1
    return np.packbits(value).tobytes()
