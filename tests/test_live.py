"""An index kept up to date with its library."""

import numpy as np
import pytest

from zokusei.errors import LibraryError
from zokusei.index import open_index
from zokusei.library import Label, Library
from zokusei.vocabulary import Vocabulary

WORDS = Vocabulary.from_package().subset(["long_hair", "very_long_hair", "hat", "kimono"])


class OfWords:
    """What an index needs to know of a bundle."""

    fingerprint = "words"
    vocabulary = WORDS
    path = "words"


def tag(library, **works):
    """Adds works with the attributes named, and their taggings."""
    library.add_works([{"work_id": work_id} for work_id in works])
    rows = [[255 * (id_ in said.split()) for id_ in WORDS.ids] for said in works.values()]
    library.add_taggings(
        list(works),
        np.array(rows, np.uint8),
        np.zeros((len(works), 2), np.float16),
        bundle="words",
        attribute_ids=WORDS.ids,
        converged=True,
    )


def with_attribute(index, attribute_id):
    """The works that have an attribute, best first."""
    weighted = np.zeros(len(WORDS))
    weighted[WORDS.row(attribute_id)] = 1.0
    rows, _ = index.search(weighted, k=10)
    return [index.work_ids[row] for row in rows]


@pytest.fixture
def library(tmp_path):
    made = Library.create(tmp_path / "library")
    tag(made, a="hat", b="kimono", c="very_long_hair long_hair")
    return made


def test_works_tagged_later_are_found(library):
    live = open_index(library, OfWords())
    assert with_attribute(live.refresh(), "hat") == ["a"]
    tag(Library.open(library.address), d="hat")
    assert with_attribute(live.refresh(), "hat") == ["a", "d"]


def test_a_new_tagging_takes_the_place_of_the_old(library):
    live = open_index(library, OfWords())
    tag(library, a="kimono")
    assert with_attribute(live.refresh(), "hat") == []
    assert with_attribute(live.refresh(), "kimono") == ["a", "b"]


def test_what_a_person_says_overrules_the_model(library):
    live = open_index(library, OfWords())
    library.add_labels(
        [
            ("b", Label("very_long_hair", "present", origin="human", by="me")),
            ("c", Label("long_hair", "absent", origin="human", by="me")),
            ("a", Label("hat", "absent", origin="import", by="tags")),
        ]
    )
    index = live.refresh()
    assert with_attribute(index, "long_hair") == ["b"]
    assert with_attribute(index, "very_long_hair") == ["b"]
    assert with_attribute(index, "hat") == ["a"]


def test_without_taggings_there_is_no_index(tmp_path):
    with pytest.raises(LibraryError, match="run `zokusei index"):
        open_index(Library.create(tmp_path / "library"), OfWords())
