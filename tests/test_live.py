"""An index kept up to date with its library."""

import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise

import lance
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from zokusei.errors import LibraryError
from zokusei.index import build_index, open_index
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
    rows, _ = index.search(weighted, k=100)
    return [index.work_ids[row] for row in rows]


def told(index):
    """Of every work that an index holds, its attributes for certain."""
    rows = np.flatnonzero(index.live).tolist()
    told = {
        index.work_ids[row]: [*np.array(WORDS.ids)[index.probabilities[row] == 255]] for row in rows
    }
    assert all(index.row(work_id) == row for work_id, row in zip(told, rows, strict=True))
    return told


def person(attribute_id, state):
    return Label(attribute_id, state, origin="human", by="me")


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
            ("b", person("very_long_hair", "present")),
            ("c", person("long_hair", "absent")),
            ("a", Label("hat", "absent", origin="import", by="tags")),
        ]
    )
    index = live.refresh()
    assert with_attribute(index, "long_hair") == ["b"]
    assert with_attribute(index, "very_long_hair") == ["b"]
    assert with_attribute(index, "hat") == ["a"]


def test_what_a_person_takes_back_is_up_to_the_model_again(library):
    library.add_labels([("a", person("hat", "absent")), ("b", person("hat", "present"))])
    live = open_index(library, OfWords())
    assert with_attribute(live.refresh(), "hat") == ["b"]
    library.replace_labels("human", "me", [])
    assert with_attribute(live.refresh(), "hat") == ["a"]


def test_what_a_person_says_outlives_a_new_tagging(library):
    live = open_index(library, OfWords())
    library.add_labels([("a", person("hat", "absent"))])
    live.refresh()
    tag(library, a="hat kimono")
    assert told(live.refresh())["a"] == ["kimono"]


def test_a_deleted_work_never_comes_back(library):
    build_index(library, OfWords())
    live, early = open_index(library, OfWords()), open_index(library, OfWords())
    library.delete_works(["a"])
    assert with_attribute(live.refresh(), "hat") == []
    with pytest.raises(LibraryError, match="work 'a' is not in the index"):
        live.refresh().row("a")
    library.compact()
    tag(library, d="hat")
    for index in (live.refresh(), early.refresh(), open_index(library, OfWords()).refresh()):
        assert with_attribute(index, "hat") == ["d"]


def test_a_tagging_of_a_work_that_is_gone_is_not_taken_over(library):
    live = open_index(library, OfWords())
    tag(library, d="hat", e="hat")
    lance.dataset(f"{library.address}/works.lance").delete("work_id = 'd'")
    for index in (live.refresh(), open_index(library, OfWords()).refresh()):
        assert with_attribute(index, "hat") == ["a", "e"]


def test_a_work_that_was_taken_in_again_has_its_row_again(library):
    live = open_index(library, OfWords())
    row = live.refresh().row("a")
    library.delete_works(["a"])
    live.refresh()
    tag(library, a="kimono")
    assert live.refresh().row("a") == row
    assert with_attribute(live.refresh(), "kimono") == ["a", "b"]


def test_joining_the_parts_of_tables_changes_nothing(library):
    live = open_index(library, OfWords())
    for number in range(20):
        tag(library, **{f"w{number:02}": "hat"})
    before = told(live.refresh())
    library.delete_works(["w03"])
    library.compact()
    assert len(lance.dataset(f"{library.address}/taggings/words.lance").get_fragments()) == 1
    del before["w03"]
    assert told(live.refresh()) == before
    tag(library, w07="kimono")
    assert told(live.refresh())["w07"] == ["kimono"]


def test_where_nothing_changed_the_index_is_the_same_object(library):
    live = open_index(library, OfWords())
    index = live.refresh()
    assert live.refresh() is index
    tag(library, d="hat")
    assert live.refresh() is index


def test_an_index_that_was_kept_is_caught_up(library):
    build_index(library, OfWords())
    tag(library, d="hat", b="hat")
    library.add_labels([("c", person("hat", "present"))])
    library.delete_works(["a"])
    index = open_index(library, OfWords()).refresh()
    assert told(index) == told(open_index(without_index(library), OfWords()).refresh())
    assert with_attribute(index, "hat") == ["b", "c", "d"]


def without_index(library):
    """The library, its index not kept."""
    shutil.rmtree(f"{library.address}/index")
    return library


def test_rarity_stays_until_the_index_is_built_again(library):
    build_index(library, OfWords())
    tag(library, **{f"w{number}": "hat" for number in range(9)})
    hat = WORDS.row("hat")
    kept = open_index(library, OfWords()).refresh().space.idf[hat]
    assert build_index(library, OfWords()).space.idf[hat] < kept


def test_a_library_made_anew_at_the_same_place_is_another(library):
    live = open_index(library, OfWords())
    shutil.rmtree(library.address)
    again = Library.create(library.address)
    tag(again, a="kimono", x="hat", c="hat")
    library.add_labels([("c", person("kimono", "present"))])
    assert told(live.refresh()) == {"a": ["kimono"], "c": ["hat", "kimono"], "x": ["hat"]}


def test_another_process_may_write_while_this_one_reads(library):
    live = open_index(library, OfWords())
    code = (
        "import sys; from tests.test_live import tag; from zokusei.library import Library; "
        "library = Library.open(sys.argv[1]); "
        "[tag(library, **{f'w{n:02}': 'hat'}) for n in range(20)]; "
        "library.delete_works(['a', 'w04']); library.compact()"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, library.address])
    seen = []
    while writer.poll() is None:
        seen.append(with_attribute(live.refresh(), "hat"))
    assert writer.returncode == 0
    assert with_attribute(live.refresh(), "hat") == [f"w{n:02}" for n in range(20) if n != 4]
    assert all(set(after) >= set(before) - {"a", "w04"} for before, after in pairwise(seen))


def test_without_taggings_there_is_no_index_until_there_are_some(tmp_path):
    library = Library.create(tmp_path / "library")
    with pytest.raises(LibraryError, match="run `zokusei index"):
        open_index(library, OfWords())
    tag(library, a="hat")
    assert with_attribute(open_index(library, OfWords()).refresh(), "hat") == ["a"]


def test_taggings_of_other_attributes_are_refused(library):
    class Other(OfWords):
        vocabulary = WORDS.subset(["hat"])

    with pytest.raises(LibraryError, match="do not fit bundle words"):
        open_index(library, Other())


work_ids = st.sampled_from(["a", "b", "c", "d", "e"])
attributes = st.sets(st.sampled_from(WORDS.ids))


class Updates(RuleBasedStateMachine):
    """Whatever happens in a library, an index that follows it equals one that is built anew."""

    @initialize(first=st.dictionaries(work_ids, attributes, min_size=1))
    def begin(self, first):
        self.folder = tempfile.TemporaryDirectory()
        self.library = Library.create(f"{self.folder.name}/library")
        tag(self.library, **{work_id: " ".join(said) for work_id, said in first.items()})
        build_index(self.library, OfWords())
        self.live = open_index(self.library, OfWords())

    @rule(works=st.dictionaries(work_ids, attributes, min_size=1))
    def tag(self, works):
        tag(self.library, **{work_id: " ".join(said) for work_id, said in works.items()})

    @rule(data=st.data())
    def delete(self, data):
        there = self.library.work_ids()
        if there:
            self.library.delete_works(data.draw(st.lists(st.sampled_from(there), min_size=1)))

    @rule(work_id=work_ids, said=st.sampled_from(WORDS.ids), there=st.booleans())
    def label(self, work_id, said, there):
        if work_id in self.library.work_ids():
            self.library.add_labels([(work_id, person(said, "present" if there else "absent"))])

    @rule()
    def take_labels_back(self):
        self.library.replace_labels("human", "me", [])

    @rule()
    def join_parts(self):
        for table in ("works", "labels", "taggings/words"):
            lance.dataset(f"{self.library.address}/{table}.lance").optimize.compact_files()

    @rule()
    def keep_the_index(self):
        build_index(self.library, OfWords())

    @rule()
    def open_what_was_kept(self):
        self.live = open_index(self.library, OfWords())

    @rule()
    def ask(self):
        self.live.refresh()

    def teardown(self):
        if hasattr(self, "live"):
            names = np.array(WORDS.ids)
            work_ids, probabilities, _ = self.library.taggings("words")
            states = self.library.label_matrix(WORDS, work_ids).states
            now = np.where(states < 0, probabilities == 255, states == 1)
            expected = dict(zip(work_ids, (names[row].tolist() for row in now), strict=True))
            assert dict(sorted(told(self.live.refresh()).items())) == expected
            self.folder.cleanup()


TestUpdates = Updates.TestCase
TestUpdates.settings = settings(max_examples=10, stateful_step_count=12, deadline=None)
