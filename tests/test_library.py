"""The library: what goes in comes out, once, and bad addresses are refused."""

from datetime import UTC, datetime
from pathlib import Path

import lance
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.conftest import COLORS
from zokusei.errors import LibraryError
from zokusei.library import ABSENT, PRESENT, UNKNOWN, Label, LabelMatrix, Library
from zokusei.library.labels import ORIGINS
from zokusei.library.tables import BOOKMARKS, LABELS, VERSION_KEY, WORKS
from zokusei.vocabulary import Attribute, Group, Vocabulary

VOCABULARY = Vocabulary.from_package()


def work(work_id, **fields):
    return {"work_id": work_id, "sha256": work_id, "split_key": work_id, "image": b"x", **fields}


@pytest.fixture
def library(tmp_path):
    made = Library.create(tmp_path / "lib")
    made.add_works([work("b"), work("a", title="A")])
    return made


def test_works_come_back_by_id_and_in_the_order_asked(library):
    assert library.work_ids() == ["a", "b"]
    titles = library.works(["title"], work_ids=["b", "a"])["title"].to_pylist()
    assert titles == [None, "A"]


def test_a_work_is_kept_once(library):
    assert library.add_works([work("a", title="other"), work("c")]) == 1
    assert library.works(["title"], work_ids=["a"])["title"].to_pylist() == ["A"]


def test_an_unknown_work_is_named(library):
    for ask in (lambda: library.works(work_ids=["a", "zz"]), lambda: library.images(["zz"])):
        with pytest.raises(LibraryError, match="no work 'zz'"):
            ask()


def test_opening_nothing_says_how_to_make_a_library(tmp_path):
    with pytest.raises(LibraryError, match="zokusei import SOURCE --into"):
        Library.open(tmp_path / "none")


def test_a_folder_with_something_else_is_not_made_a_library(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(LibraryError, match="is no library"):
        Library.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_library_of_another_version_is_refused(tmp_path):
    schema = WORKS.schema.with_metadata({VERSION_KEY: b"99"})
    lance.write_dataset(schema.empty_table(), str(tmp_path / "lib" / "works.lance"))
    with pytest.raises(LibraryError, match=r"version 99, this zokusei reads version 1"):
        Library.open(tmp_path / "lib")


def spoil(library, table):
    """Overwrites the newest manifest of a table."""
    manifests = Path(library.address, f"{table.name}.lance", "_versions").glob("*.manifest")
    for manifest in manifests:
        manifest.write_bytes(b"garbage")


@pytest.mark.parametrize("table", [LABELS, BOOKMARKS, WORKS], ids=lambda table: table.name)
def test_a_damaged_table_is_an_error_that_names_it_and_never_reads_as_empty(library, table):
    library.add_labels([("a", Label("black_hair", "present"))])
    spoil(library, table)
    read = {"labels": library.labels, "bookmarks": library.bookmarks, "works": library.work_ids}
    with pytest.raises(LibraryError, match=rf"table '{table.name}' .* restore it from a copy"):
        read[table.name]()


def test_a_library_with_lost_data_is_an_error_that_names_the_table(library):
    library.add_labels([("a", Label("black_hair", "present"))])
    for path in Path(library.address, "labels.lance", "data").iterdir():
        path.unlink()
    with pytest.raises(LibraryError, match="table 'labels'"):
        library.labels()


def test_a_library_whose_making_was_cut_off_is_completed(tmp_path):
    path = tmp_path / "lib"
    lance.write_dataset(LABELS.schema.empty_table(), str(path / "labels.lance"))
    (path / "bookmarks.lance").mkdir()  # as a kill before its first commit
    library = Library.create(path)
    assert library.add_works([work("a")]) == 1
    assert library.add_labels([("a", Label("black_hair", "present"))]) == 1
    assert Library.open(path).bookmarks().num_rows == 0


def test_a_stranger_s_table_of_the_same_name_is_not_taken_over(tmp_path):
    lance.write_dataset(pa.table({"mine": [1]}), str(tmp_path / "lib" / "labels.lance"))
    with pytest.raises(LibraryError, match="is no table of a library"):
        Library.create(tmp_path / "lib")


def test_a_relative_address_holds_from_another_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    library = Library.create("lib")
    assert library.address == str(tmp_path / "lib")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert library.add_works([work("a")]) == 1
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Library.open("~/lib").num_works == 1
    assert Library("s3://bucket/library/").address == "s3://bucket/library"


def test_a_work_that_is_changed_keeps_the_rest(library):
    assert library.update_works([{"work_id": "a", "title": "B", "tags": ["t"]}]) == 1
    (row,) = library.works(["title", "tags", "sha256"], work_ids=["a"]).to_pylist()
    assert row == {"title": "B", "tags": ["t"], "sha256": "a"}
    assert library.images(["a", "b"]).take([0, 1]) == [b"x", b"x"]
    assert library.update_works([{"work_id": "gone", "title": "B"}]) == 0
    assert library.num_works == 2


def test_many_small_commits_are_joined_and_nothing_is_lost(tmp_path):
    library = Library.create(tmp_path / "lib")
    for number in range(20):
        library.add_works([work(f"w{number:02d}", image=None, path=f"/p/{number}")])
        library.add_labels([(f"w{number:02d}", Label("black_hair", "present"))])
    before = library.works(), library.labels()
    opened = library.images(["w07"])
    library.compact()
    assert (library.works(), library.labels()) == before
    assert opened.take([0]) == library.images(["w07"]).take([0]) == [Path("/p/7")]
    for table in (WORKS, LABELS):
        assert len(lance.dataset(f"{library.address}/{table.name}.lance").get_fragments()) == 1


def test_the_same_statement_is_kept_once_and_a_changed_one_replaces_it(library):
    label = Label("black_hair", "present", by="x")
    assert library.add_labels([("a", label), ("a", label)]) == 1
    assert library.add_labels([("a", label)]) == 0
    library.add_labels([("a", Label("black_hair", "absent", by="x"))])
    assert library.labels()["state"].to_pylist() == ["absent"]


def states(library, *attribute_ids, work_id="a"):
    matrix = library.label_matrix(VOCABULARY, [work_id])
    return [int(matrix.states[0, VOCABULARY.row(id_)]) for id_ in attribute_ids]


def test_what_nobody_states_is_unknown(library):
    assert states(library, "black_hair") == [UNKNOWN]


def test_a_human_label_beats_every_other_in_any_order(library):
    library.add_labels(
        [
            ("a", Label("glasses", "present", origin="model")),
            ("a", Label("glasses", "absent", origin="human", at=datetime(2020, 1, 1, tzinfo=UTC))),
            ("a", Label("glasses", "present", origin="import")),
        ]
    )
    assert states(library, "glasses") == [ABSENT]


def test_labels_are_closed_under_implication(library):
    library.add_labels(
        [
            ("a", Label("cat_ears", "present")),
            ("a", Label("hat", "absent")),
            ("b", Label("hat", "present")),
        ]
    )
    assert states(library, "animal_ears", "witch_hat") == [PRESENT, ABSENT]
    assert states(library, "witch_hat", work_id="b") == [UNKNOWN]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(VOCABULARY.ids),
            st.sampled_from(["present", "absent"]),
            st.sampled_from(["human", "import", "character", "model"]),
        ),
        max_size=30,
    ),
    st.randoms(),
)
def test_a_label_stated_by_a_person_stands_whatever_else_is_said(rows, random):
    human = {}
    for attribute, state, origin in rows:
        if origin == "human":
            human.setdefault(attribute, state)
    present = VOCABULARY.implied_by(a for a, state in human.items() if state == "present")
    absent = VOCABULARY.denied_by(a for a, state in human.items() if state == "absent")
    assume(not present & absent)
    rows = [(a, human.get(a, s) if o == "human" else s, o) for a, s, o in rows]
    random.shuffle(rows)
    table = pa.Table.from_pylist(
        [
            {
                "work_id": "w",
                "attribute": a,
                "state": s,
                "confidence": 1.0,
                "origin": o,
                "by": str(i),
            }
            for i, (a, s, o) in enumerate(rows)
        ],
        schema=LABELS.schema,
    )
    matrix = LabelMatrix.from_table(table, work_ids=["w"], vocabulary=VOCABULARY)
    for attribute, state in human.items():
        row = VOCABULARY.row(attribute)
        assert matrix.states[0, row] == (PRESENT if state == "present" else ABSENT)
        assert matrix.human[0, row]


def test_what_a_person_rules_out_takes_with_it_what_an_import_says(library):
    library.add_labels(
        [
            ("a", Label("long_hair", "absent", origin="human")),
            ("a", Label("very_long_hair", "present", origin="import")),
            ("b", Label("cat_ears", "present", origin="human")),
            ("b", Label("animal_ears", "absent", 0.9, origin="import")),
        ]
    )
    assert states(library, "long_hair", "very_long_hair") == [ABSENT, ABSENT]
    assert states(library, "cat_ears", "animal_ears", work_id="b") == [PRESENT, PRESENT]


def test_of_statements_of_one_origin_that_contradict_each_other_the_later_stands(library):
    early, late = (datetime(2020, 1, day, tzinfo=UTC) for day in (1, 2))
    library.add_labels(
        [
            ("a", Label("very_long_hair", "present", by="x", at=early)),
            ("a", Label("long_hair", "absent", by="y", at=late)),
            ("b", Label("very_long_hair", "present", by="x", at=late)),
            ("b", Label("long_hair", "absent", by="y", at=early)),
        ]
    )
    assert states(library, "long_hair", "very_long_hair") == [ABSENT, ABSENT]
    assert states(library, "long_hair", "very_long_hair", work_id="b") == [PRESENT, PRESENT]


def test_what_is_stated_outright_is_as_sure_as_stated(library):
    library.add_labels(
        [
            ("a", Label("animal_ears", "present", 0.99, at=datetime(2020, 1, 1, tzinfo=UTC))),
            ("a", Label("cat_ears", "present", 0.7, at=datetime(2021, 1, 1, tzinfo=UTC))),
            ("b", Label("cat_ears", "present", 0.7)),
        ]
    )
    sure = library.label_matrix(VOCABULARY, ["a", "b"]).confidences
    assert sure[:, VOCABULARY.row("animal_ears")].tolist() == pytest.approx([0.99, 0.7])


# a -> b -> c -> d, and x -> c, y -> a: deeper than the package's vocabulary goes.
LINKS = {"a": ("b",), "b": ("c",), "c": ("d",), "d": (), "x": ("c",), "y": ("a", "x"), "z": ()}
DEEP = Vocabulary(
    [Group("g", "g", "g", "any", color=False, intrinsic=True, attribute_ids=tuple(LINKS))],
    [Attribute(id_, "g", id_, f"ja {id_}", implies=links) for id_, links in LINKS.items()],
)

STATEMENTS = st.lists(
    st.tuples(
        st.sampled_from(DEEP.ids),
        st.sampled_from(["present", "absent"]),
        st.sampled_from(ORIGINS),
        st.integers(0, 3),
    ),
    max_size=12,
)


def resolved(rows):
    """The matrix of statements about one work: attribute, state, origin, time."""
    names = "attribute", "state", "origin", "at"
    table = pa.Table.from_pylist(
        [{"work_id": "w", "confidence": 1.0, **dict(zip(names, r, strict=True))} for r in rows],
        schema=LABELS.schema,
    )
    return LabelMatrix.from_table(table, work_ids=["w"], vocabulary=DEEP)


@settings(max_examples=150)
@given(STATEMENTS)
def test_what_is_known_never_contradicts_an_implication(rows):
    states = dict(zip(DEEP.ids, resolved(rows).states[0].tolist(), strict=True))
    for attribute in DEEP:
        for implied in attribute.implies:
            if states[attribute.id] == PRESENT:
                assert states[implied] == PRESENT
            if states[implied] == ABSENT:
                assert states[attribute.id] == ABSENT


@settings(max_examples=150)
@given(STATEMENTS)
def test_consistent_words_of_a_person_all_stand_with_what_they_imply(rows):
    said = [row for row in rows if row[2] == "human"]
    present = DEEP.implied_by(a for a, state, _, _ in said if state == "present")
    absent = DEEP.denied_by(a for a, state, _, _ in said if state == "absent")
    if present & absent:
        return
    matrix = resolved(rows)
    for attribute in DEEP.ids:
        row = DEEP.row(attribute)
        assert matrix.human[0, row] == (attribute in present | absent)
        if matrix.human[0, row]:
            assert matrix.states[0, row] == (PRESENT if attribute in present else ABSENT)


def test_noisy_tags_alone_judge_nothing_and_unsure_labels_are_left_out(library):
    library.add_labels(
        [
            ("a", Label("black_hair", "present", 0.76)),
            ("a", Label("red_hair", "absent", 0.97)),
            ("b", Label("black_hair", "present", 1.0, "human")),
            ("b", Label("glasses", "absent", 0.95)),
            ("b", Label("ponytail", "absent", 0.85)),
        ]
    )
    truth = library.label_matrix(VOCABULARY, ["a", "b"]).truth()
    assert (truth[0] == UNKNOWN).all()
    known = {VOCABULARY.ids[row] for row in np.flatnonzero(truth[1] != UNKNOWN)}
    assert {"black_hair", "glasses"} <= known
    assert "ponytail" not in known


def test_taggings_come_back_for_works_that_are_there(library, color_bundle):
    ids = color_bundle.vocabulary.ids
    values = np.arange(9, dtype=np.uint8).reshape(3, 3)
    library.add_taggings(
        ["b", "gone", "a"],
        values,
        np.zeros((3, 2), np.float16),
        bundle="f00d",
        attribute_ids=ids,
        converged=True,
    )
    work_ids, probabilities, found = library.taggings("f00d")
    assert (work_ids, found) == (["a", "b"], ids)
    assert probabilities.tolist() == [[6, 7, 8], [0, 1, 2]]
    assert set(COLORS) == set(found)


def test_a_deleted_work_takes_all_that_is_recorded_of_it_along(library):
    for bundle in ("f00d", "cafe"):
        library.add_taggings(
            ["a", "b"],
            np.zeros((2, 3), np.uint8),
            np.zeros((2, 2), np.float16),
            bundle=bundle,
            attribute_ids=("x", "y", "z"),
            converged=True,
        )
    library.add_labels([(id_, Label("black_hair", "present", origin="human")) for id_ in "ab"])
    library.add_bookmarks([{"user_id": user, "work_id": id_} for user in "uv" for id_ in "ab"])
    assert library.delete_works(["a", "a"]) == (1, 1, 2, 2)
    assert library.work_ids() == ["b"]
    assert library.labels()["work_id"].to_pylist() == ["b"]
    assert library.bookmarks()["work_id"].to_pylist() == ["b", "b"]
    for bundle in ("f00d", "cafe"):
        assert library.tagged_ids(bundle) == {"b"}


def test_where_one_work_is_unknown_none_is_deleted(library):
    with pytest.raises(LibraryError, match="there is no work 'gone'"):
        library.delete_works(["a", "gone"])
    assert library.work_ids() == ["a", "b"]


def test_a_deletion_that_was_stopped_can_be_repeated(library):
    library.add_labels([("a", Label("black_hair", "present"))])
    lance.dataset(f"{library.address}/labels.lance").delete("work_id = 'a'")
    assert library.delete_works(["a"]).num_works == 1
    assert library.work_ids() == ["b"]


def test_taggings_of_a_bundle_that_tagged_nothing_are_an_error(library):
    with pytest.raises(LibraryError, match="zokusei index"):
        library.taggings("0000")
