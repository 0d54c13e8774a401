"""Characters: what works inherit from them, what is learned of them, splits that part them."""

import csv
import json
from collections import Counter

import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from zokusei.cli.labels import labels as labels_app
from zokusei.errors import LibraryError, UsageError
from zokusei.library import PRESENT, UNKNOWN, Label, Library, split_of
from zokusei.library.character_proposals import MOST_CONFIDENT, propose_table
from zokusei.library.character_table import intrinsic_ids
from zokusei.library.characters import labels_from_characters
from zokusei.library.shares import share_at_least
from zokusei.library.splits import splits_by_character
from zokusei.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_package()

# aka alone in four works, ao in three, both in w7; w8 shows nobody the table knows.
WORKS = {
    "w0": ["aka"],
    "w1": ["aka"],
    "w2": ["aka"],
    "w3": ["aka"],
    "w4": ["ao"],
    "w5": ["ao"],
    "w6": ["ao"],
    "w7": ["aka", "ao"],
    "w8": ["midori"],
    "w9": [],
}


def library_of(path, works):
    library = Library.create(path)
    library.add_works(
        [
            {"work_id": work_id, "sha256": work_id, "split_key": work_id, "characters": characters}
            for work_id, characters in works.items()
        ]
    )
    return library


@pytest.fixture
def library(tmp_path):
    return library_of(tmp_path / "lib", WORKS)


@pytest.fixture
def table(tmp_path):
    """Writes a table of characters and gives its path."""

    def write(text, name="characters.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def given_labels(library, origin="character"):
    """(work_id, attribute) to confidence, of the present labels of an origin."""
    rows = [row for row in library.labels().to_pylist() if row["origin"] == origin]
    assert all(row["state"] == "present" for row in rows)
    assert len({(row["work_id"], row["attribute"]) for row in rows}) == len(rows)
    return {(row["work_id"], row["attribute"]): round(row["confidence"], 6) for row in rows}


def refusal(library, *args, **options):
    """The message of a table that is refused; nothing may have been written."""
    before = library.labels()
    with pytest.raises(UsageError) as caught:
        labels_from_characters(library, *args, **options)
    assert library.labels().equals(before)
    return str(caught.value)


AKA = "character,attribute\naka,red_hair\naka,very_long_hair\n"


# ------------------------------------------------------------------ inheriting


def test_works_get_the_attributes_of_their_characters_and_all_they_imply(library, table):
    report = labels_from_characters(library, table(AKA))
    expected = {
        (work_id, attribute): 0.9
        for work_id in ("w0", "w1", "w2", "w3", "w7")
        for attribute in ("red_hair", "very_long_hair", "long_hair")
    }
    assert given_labels(library) == expected
    assert (report.num_works, report.num_labels) == (5, 15)
    assert report.changes == (15, 0, 0)


def test_what_the_table_does_not_list_stays_unknown(library, table):
    labels_from_characters(library, table(AKA))
    matrix = library.label_matrix(VOCABULARY, ["w0", "w8"])
    present = {VOCABULARY.ids[row] for row in np.flatnonzero(matrix.states[0] == PRESENT)}
    assert present == {"red_hair", "very_long_hair", "long_hair"}
    assert Counter(matrix.states[0].tolist())[UNKNOWN] == len(VOCABULARY) - 3
    assert (matrix.states[1] == UNKNOWN).all()


def test_inherited_labels_are_soft_and_judge_nothing(library, table):
    labels_from_characters(library, table(AKA))
    assert (library.label_matrix(VOCABULARY, ["w0"]).truth() == UNKNOWN).all()


def test_a_label_names_its_table_and_its_character(library, table):
    labels_from_characters(library, table("character,attribute\nao,blue_hair\n", "mine.csv"))
    assert set(library.labels()["by"].to_pylist()) == {"mine.csv/ao"}


def test_a_work_of_two_characters_gets_what_either_has_from_the_surer_one(library, table):
    text = (
        "character,attribute,confidence\n"
        "aka,red_hair,0.8\naka,long_hair,0.7\nao,blue_hair,0.6\nao,very_long_hair,0.95\n"
    )
    labels_from_characters(library, table(text))
    of_both = {a: c for (work_id, a), c in given_labels(library).items() if work_id == "w7"}
    assert of_both == {"red_hair": 0.8, "blue_hair": 0.6, "very_long_hair": 0.95, "long_hair": 0.95}
    rows = library.labels().filter(pc.equal(library.labels()["work_id"], "w7")).to_pylist()
    assert {row["by"] for row in rows if row["attribute"] == "long_hair"} == {"characters.csv/ao"}


def test_a_name_that_prints_like_the_library_s_is_the_same_character(tmp_path, table):
    library = library_of(tmp_path / "kana", {"w": ["が"]})
    report = labels_from_characters(library, table("character,attribute\nか\u3099 ,黒髪\n"))
    assert given_labels(library) == {("w", "black_hair"): 0.9}
    assert report.unseen == ()


@pytest.mark.parametrize(
    "cell",
    [
        "red_hair twintails very long hair",
        '"red hair, ツインテール, very_long_hair"',
        "赤髪;twin tails;very_long_hair",
        "赤髪、ツインテ、very_long_hair",
        '"red_hair\nツインテ\nvery_long_hair"',
    ],
)
def test_one_line_a_character_lists_attributes_in_either_language(library, table, cell):
    labels_from_characters(library, table(f"character,attributes\naka,{cell}\n"))
    found = {attribute for work_id, attribute in given_labels(library) if work_id == "w0"}
    assert found == {"red_hair", "twintails", "very_long_hair", "long_hair"}


def test_both_forms_of_a_table_give_the_same_labels(tmp_path, table):
    forms = (
        "character,attribute,confidence\naka,red hair,0.8\naka,pointy ears,0.8\nao,ponytail,\n",
        "character,confidence,attributes\naka,.8,red hair pointy ears\nao,,ponytail\n",
    )
    outcomes = []
    for number, text in enumerate(forms):
        library = library_of(tmp_path / str(number), WORKS)
        labels_from_characters(library, table(text))
        outcomes.append(given_labels(library))
    assert outcomes[0] == outcomes[1] != {}


def test_a_byte_order_mark_windows_line_ends_blanks_and_capitals_are_read(library, table):
    text = "Character,Attribute,Confidence\r\n\r\n aka , 赤髪 , 0.75 \r\n,,\r\n"
    labels_from_characters(library, table(text, encoding="utf-8-sig"))
    assert given_labels(library)["w0", "red_hair"] == 0.75


def test_a_line_struck_out_gives_nothing_and_its_character_is_known(library, table):
    text = "character,attribute,state\naka,red_hair,present\nao,blue_hair,unknown\n"
    report = labels_from_characters(library, table(text))
    assert {attribute for _, attribute in given_labels(library)} == {"red_hair"}
    assert report.unlisted == ("midori",)


def test_characters_that_no_work_shows_are_told_with_the_nearest(library, table):
    text = "character,attribute\nmidoru,green_hair\naka,red_hair\n"
    report = labels_from_characters(library, table(text))
    assert report.unseen == ("midoru",)
    assert report.nearest("midoru") == ["midori"]
    assert report.unlisted == ("ao", "midori")


# ------------------------------------------------------------------- repeating


def test_repeating_changes_nothing(library, table):
    labels_from_characters(library, table(AKA))
    before = library.labels().sort_by([("work_id", "ascending"), ("attribute", "ascending")])
    report = labels_from_characters(library, table(AKA))
    assert report.changes == (0, 0, 0)
    after = library.labels().sort_by([("work_id", "ascending"), ("attribute", "ascending")])
    assert after.equals(before)


def test_a_changed_table_takes_back_what_no_longer_follows(library, table):
    labels_from_characters(library, table(AKA))
    text = "character,attribute,confidence\naka,red_hair,0.7\nao,blue_hair,\n"
    report = labels_from_characters(library, table(text))
    assert report.changes == (4, 5, 10)
    found = given_labels(library)
    assert found["w0", "red_hair"] == 0.7
    assert {attribute for _, attribute in found} == {"red_hair", "blue_hair"}


def test_a_table_of_a_header_alone_takes_everything_back(library, table):
    labels_from_characters(library, table(AKA))
    report = labels_from_characters(library, table("character,attribute\n"))
    assert report.changes == (0, 0, 15)
    assert library.labels().num_rows == 0


def test_labels_by_other_tables_and_of_other_origins_are_left_alone(library, table):
    others = [
        ("w0", Label("red_hair", "absent", 1.0, "human", "somebody")),
        ("w1", Label("smile", "present", 0.8, "import", "characters.csv/aka")),
        ("w2", Label("tail", "present", 0.7, "model", "characters.csv/aka")),
    ]
    library.add_labels(others)
    labels_from_characters(library, table("character,attribute\nao,blue_hair\n", "x_y.csv"))
    labels_from_characters(library, table("character,attribute\nao,ponytail\n", "x%y.csv"))
    before = library.labels().num_rows
    labels_from_characters(library, table(AKA))
    labels_from_characters(library, table("character,attribute\n"))
    assert library.labels().num_rows == before
    report = labels_from_characters(library, table("character,attribute\n", "x_y.csv"))
    assert report.changes.num_removed == 4
    assert {attribute for _, attribute in given_labels(library)} == {"ponytail"}


def test_names_with_quotes_in_them_are_only_names(tmp_path, table):
    library = library_of(tmp_path / "quotes", {"w": ['d\'Arc, "Jeanne" % _']})
    path = table('character,attribute\n"d\'Arc, ""Jeanne"" % _",blonde hair\n', "it's.csv")
    for expected in ((1, 0, 0), (0, 0, 0)):
        assert labels_from_characters(library, path).changes == expected
    assert library.labels()["by"].to_pylist() == ["it's.csv/d'Arc, \"Jeanne\" % _"]


def test_labels_of_another_source_are_not_replaced_by_accident(library):
    stray = Label("red_hair", "present", 0.9, "character", "other.csv/aka")
    with pytest.raises(ValueError, match=r"other\.csv/aka"):
        library.replace_labels("character", "characters.csv/", [("w0", stray)])


# ------------------------------------------------------------------ exceptions


def test_an_exception_takes_an_attribute_from_one_work_and_what_implies_it(library, table):
    labels_from_characters(library, table(AKA))
    exceptions = table("work_id,attribute\nw1,long hair\nw2,very_long_hair\n", "exceptions.csv")
    report = labels_from_characters(library, table(AKA), exceptions_path=exceptions)
    found = given_labels(library)
    assert {attribute for work_id, attribute in found if work_id == "w0"} == {
        "red_hair",
        "very_long_hair",
        "long_hair",
    }
    for work_id in ("w1", "w2"):  # long hair followed from very long hair alone
        assert {attribute for id_, attribute in found if id_ == work_id} == {"red_hair"}
    assert report.changes == (0, 0, 4)


def test_an_exception_leaves_what_the_table_lists_by_itself(library, table):
    text = "character,attributes\naka,long_hair very_long_hair\n"
    exceptions = table("work_id,attribute\nw0,very_long_hair\n", "exceptions.csv")
    labels_from_characters(library, table(text), exceptions_path=exceptions)
    found = {attribute for work_id, attribute in given_labels(library) if work_id == "w0"}
    assert found == {"long_hair"}


def said(attribute, state="present"):
    return Label(attribute, state, 1.0, "human", "somebody")


def test_what_a_person_denied_is_not_inherited(library, table):
    library.add_labels([("w0", said("long_hair", "absent")), ("w7", said("red_hair", "absent"))])
    labels_from_characters(library, table(AKA))
    found = given_labels(library)
    assert {attribute for work_id, attribute in found if work_id == "w0"} == {"red_hair"}
    assert {a for work_id, a in found if work_id == "w7"} == {"very_long_hair", "long_hair"}
    matrix = library.label_matrix(VOCABULARY, ["w0"])
    assert matrix.states[0, VOCABULARY.row("very_long_hair")] == 0
    assert matrix.human[0, VOCABULARY.row("very_long_hair")]


def test_another_answer_by_a_person_stands_where_a_work_shows_one_character(library, table):
    library.add_labels([("w0", said("blue_hair")), ("w7", said("blue_hair"))])
    labels_from_characters(library, table(AKA))
    found = given_labels(library)
    assert ("w0", "red_hair") not in found  # dyed
    assert ("w7", "red_hair") in found  # the blue hair is the other one's


def test_one_of_a_character_s_two_hair_colours_does_not_contradict_the_other(library, table):
    library.add_labels([("w0", said("red_hair"))])
    text = "character,attributes\naka,red_hair black_hair\n"
    report = labels_from_characters(library, table(text))
    assert ("w0", "black_hair") in given_labels(library)
    assert report.contradictions == ()


def test_contradictions_are_ranked_with_the_surest_first(library, table):
    library.add_labels(
        [
            ("w0", said("red_hair", "absent")),
            ("w1", said("red_hair")),
            ("w2", said("red_hair")),
            ("w4", said("ponytail", "absent")),
            ("w5", said("ponytail", "absent")),
            ("w4", said("blue_hair")),
        ]
    )
    text = "character,attributes\naka,red_hair\nao,blue_hair ponytail\n"
    report = labels_from_characters(library, table(text))
    found = [
        (c.character, c.attribute, c.work_ids, c.num_confirming) for c in report.contradictions
    ]
    assert found == [("ao", "ponytail", ("w4", "w5"), 0), ("aka", "red_hair", ("w0",), 2)]
    exceptions = table("work_id,attribute\nw0,red_hair\n", "exceptions.csv")
    report = labels_from_characters(library, table(text), exceptions_path=exceptions)
    assert [c.character for c in report.contradictions] == ["ao"]


@settings(max_examples=12)
@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from(["aka", "ao", "kuro"]), st.sampled_from(intrinsic_ids(VOCABULARY))
        ),
        unique=True,
        max_size=12,
    ),
    words=st.dictionaries(
        st.tuples(st.sampled_from(sorted(WORKS)), st.sampled_from(VOCABULARY.ids)),
        st.sampled_from(["present", "absent"]),
        max_size=6,
    ),
)
def test_whatever_the_table_people_s_words_stand_and_labels_are_closed(
    tmp_path_factory, lines, words
):
    path = tmp_path_factory.mktemp("law")
    library = library_of(path / "lib", WORKS)
    library.add_labels((work_id, said(a, state)) for (work_id, a), state in words.items())
    before = library.label_matrix(VOCABULARY, sorted(WORKS))
    table = path / "t.csv"
    table.write_text("character,attribute\n" + "".join(f"{c},{a}\n" for c, a in lines))
    labels_from_characters(library, table)
    found = given_labels(library)
    for work_id in WORKS:
        inherited = {attribute for id_, attribute in found if id_ == work_id}
        listed = VOCABULARY.implied_by(a for c, a in lines if c in WORKS[work_id])
        assert inherited <= listed
        denied = {a for (id_, a), state in words.items() if (id_, state) == (work_id, "absent")}
        assert not inherited & VOCABULARY.denied_by(denied)
        assert inherited == VOCABULARY.implied_by(inherited) - VOCABULARY.denied_by(denied)
    after = library.label_matrix(VOCABULARY, sorted(WORKS))
    assert np.array_equal(after.states[before.human], before.states[before.human])
    assert labels_from_characters(library, table).changes == (0, 0, 0)


# --------------------------------------------------------------------- refusing


def test_every_problem_of_both_files_is_told_at_once(library, table):
    path = table(
        "character,attribute,confidence,state\n"
        "aka,red_hairs,0.9,\n"
        "aka,kimono,,\n"
        "aka,smile,,\n"
        "aka,twintails,0.5,\n"
        "aka,ponytail,much,\n"
        ",ponytail,,\n"
        "ao,,,\n"
        "ao,blue_hair,,absent\n"
        "ao,tail,,presnt\n"
        "ao,wings,nan,\n"
        "ao,wings,0.9,,extra\n"
    )
    exceptions = table("work_id,attribute\nw77,tail\nw1,tial\n", "exceptions.csv")
    told = refusal(library, path, exceptions_path=exceptions)
    for part in (
        "characters.csv line 2: unknown attribute 'red_hairs'; the nearest are red",
        "line 3: 'kimono' is of the group clothing, which changes from picture to picture",
        "line 4: 'smile' is of the group expression",
        "line 5: confidence is '0.5', expected a number over 0.5 and at most 1",
        "line 6: confidence is 'much'",
        "line 7: it names no character",
        "line 8: it names no attribute",
        "line 9: state 'absent' cannot be inherited",
        "line 10: state is 'presnt', expected present or unknown; the nearest is present",
        "line 11: confidence is 'nan'",
        "line 12: 5 values for 4 columns",
        "exceptions.csv line 2: unknown work 'w77'; the nearest are w7",
        "exceptions.csv line 3: unknown attribute 'tial'; the nearest are tail",
    ):
        assert part in told
    assert told.startswith("14 problems")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it needs the columns character and attribute or attributes"),
        ("name,hair\naka,red_hair\n", "its first line is 'name,hair'"),
        ("character;attribute\naka;red_hair\n", "separated by commas"),
        ("character,attribute,attributes\n", "attribute and attributes; keep one"),
        ("character,attribute,confidense\n", "unknown column 'confidense'"),
        ("character,attribute,attribute\n", "the column 'attribute' 2 times"),
        ("character,attributes\naka,red_hair, twintails\n", "line 2: 3 values for 2 columns"),
        ('character,attribute\naka,"red_hair\n', "line 2: it is no CSV from here on"),
        ("character,attributes\naka,red_hair long hare\n", "unknown attribute 'long'"),
        (
            "character,attribute,confidence\naka,red_hair,0.9\n\naka,赤髪,0.8\n",
            "line 4: it says of 'aka' and 'red_hair' something else than",
        ),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_the_reason(library, table, text, why):
    told = refusal(library, table(text))
    assert why in told
    assert "characters.csv" in told


@pytest.mark.parametrize("encoding", ["shift_jis", "utf-16"])
def test_a_table_in_another_encoding_is_refused(library, table, encoding):
    told = refusal(library, table("character,attribute\naka,赤髪\n", encoding=encoding))
    assert "is not UTF-8; save the table as UTF-8" in told
    assert ("line 2" if encoding == "shift_jis" else "line 1") in told


def test_a_table_that_is_not_there_is_refused(library, tmp_path):
    assert "none.csv: it cannot be read" in refusal(library, tmp_path / "none.csv")


# --------------------------------------------------------------------- proposing


def proposed(proposal):
    return {(row.character, row.attribute): row for row in proposal.rows}


def describe(library, share_red=1.0, origin="import", confidence=1.0):
    """Says of aka's works that so many have red hair, and of ao's that all have blue."""
    red = round(4 * share_red)
    for number in range(4):
        colour = "red_hair" if number < red else "black_hair"
        label = Label(colour, "present", confidence, origin, "seen")
        library.add_labels([(f"w{number}", label)])
    for number in range(4, 7):
        library.add_labels([(f"w{number}", Label("blue_hair", "present", 1.0, origin, "seen"))])


def test_a_table_is_learned_from_labels_with_shares_and_lower_bounds(library):
    describe(library)
    rows = proposed(propose_table(library))
    assert set(rows) == {("aka", "red_hair"), ("ao", "blue_hair")}
    aka = rows["aka", "red_hair"]
    assert (aka.share, aka.num_works) == (1.0, 4)
    assert aka.confidence == pytest.approx(share_at_least(4, 4), abs=0.01)
    assert aka.confidence > rows["ao", "blue_hair"].confidence > 0.5


def test_of_attributes_that_exclude_each_other_only_the_winner_is_proposed(tmp_path):
    library = library_of(tmp_path / "two", {f"w{n:02d}": ["x"] for n in range(40)})
    for number in range(40):
        states = {
            "red_hair": number != 0,
            "black_hair": number < 35,  # over a half too, but a rival
            "very_long_hair": number < 30,  # long hair in all
            "long_hair": True,
            "medium_hair": False,
        }
        library.add_labels(
            (f"w{number:02d}", Label(attribute, "present" if shown else "absent"))
            for attribute, shown in states.items()
        )
    rows = proposed(propose_table(library))
    assert [attribute for _, attribute in rows] == ["red_hair", "very_long_hair"]
    library.add_labels([("w00", Label("long_hair", "absent", 0.99, by="another"))])
    rows = proposed(propose_table(library))
    assert [attribute for _, attribute in rows] == ["long_hair", "red_hair", "very_long_hair"]


def test_works_of_several_characters_teach_nothing(library):
    describe(library)
    before = propose_table(library).rows
    library.add_labels(
        [("w7", Label("red_hair", "absent")), ("w7", Label("green_hair", "present"))]
    )
    assert propose_table(library).rows == before


@pytest.mark.parametrize("origin", ["character", "model"])
def test_a_table_never_learns_from_itself_or_from_a_model_s_labels(library, origin):
    describe(library, origin=origin)
    with pytest.raises(UsageError, match="nothing is known"):
        propose_table(library)


def test_an_unsure_label_counts_as_its_probability(library):
    describe(library, confidence=0.95)
    rows = proposed(propose_table(library, min_works=1))
    assert ("aka", "red_hair") in rows
    assert rows["aka", "red_hair"].share == pytest.approx(0.95)
    library.add_labels((f"w{n}", Label("red_hair", "present", 0.7, by="seen")) for n in range(4))
    assert ("aka", "red_hair") not in proposed(propose_table(library, min_works=1))


def test_what_nothing_denies_is_named_instead_of_proposed(library):
    describe(library)
    library.add_labels([(f"w{number}", Label("ponytail", "present")) for number in range(4)])
    proposal = propose_table(library)
    assert proposal.never_denied == ("ponytail",)
    assert ("aka", "ponytail") not in proposed(proposal)
    library.add_labels([("w5", Label("ponytail", "absent"))])
    proposal = propose_table(library)
    assert proposal.never_denied == ()
    assert ("aka", "ponytail") in proposed(proposal)


def tag(library, bundle, probabilities):
    """Taggings of works with three attributes: {work_id: (p, p, p)}."""
    ids = bundle.vocabulary.ids
    library.add_taggings(
        list(probabilities),
        np.rint(np.array(list(probabilities.values())) * 255).astype(np.uint8),
        np.zeros((len(probabilities), 2), np.float16),
        bundle=bundle.fingerprint,
        attribute_ids=ids,
        converged=True,
    )
    return ids


@pytest.fixture
def tagged(tmp_path, color_bundle):
    """Twenty works of ``x``, tagged as red but for one, and two of ``rare``."""
    works = {f"w{n:02d}": ["x"] for n in range(20)} | {"y0": ["rare"], "y1": ["rare"]}
    library = library_of(tmp_path / "tagged", works)
    red = tuple(float(id_ == "red_hair") for id_ in color_bundle.vocabulary.ids)
    blue = tuple(float(id_ == "blue_hair") for id_ in color_bundle.vocabulary.ids)
    tag(library, color_bundle, {w: blue if w == "w07" else red for w in works})
    return library


def test_a_table_is_learned_from_taggings(tagged, color_bundle):
    proposal = propose_table(tagged, bundle=color_bundle.fingerprint)
    assert proposal.num_characters == 1
    (row,) = proposal.rows
    assert (row.character, row.attribute, row.num_works) == ("x", "red_hair", 20)
    assert row.share == pytest.approx(0.95)
    assert row.confidence == 0.80  # of 0.804, rounded down


def test_a_label_stands_before_a_tagging(tagged, color_bundle):
    tagged.add_labels([("w07", said("red_hair"))])
    (row,) = propose_table(tagged, bundle=color_bundle.fingerprint).rows
    assert row.share == 1.0


def test_fewer_works_than_asked_for_propose_nothing(tagged, color_bundle):
    rows = propose_table(tagged, bundle=color_bundle.fingerprint, min_works=1).rows
    assert {row.character for row in rows} == {"x"}  # two works are never enough for 0.5
    with pytest.raises(UsageError, match="alone in 21 works; lower --min-works"):
        propose_table(tagged, bundle=color_bundle.fingerprint, min_works=21)


def test_a_proposal_is_never_sure_enough_to_judge(tmp_path, color_bundle):
    library = library_of(tmp_path / "sure", {f"w{n:03d}": ["x"] for n in range(400)})
    red = tuple(float(id_ == "red_hair") for id_ in color_bundle.vocabulary.ids)
    tag(library, color_bundle, {f"w{n:03d}": red for n in range(400)})
    (row,) = propose_table(library, bundle=color_bundle.fingerprint).rows
    assert row.confidence == MOST_CONFIDENT < 0.949
    assert row.share == 1.0


def test_taggings_that_are_not_there_are_an_error(library):
    with pytest.raises(LibraryError, match="has tagged nothing"):
        propose_table(library, bundle="f00d")


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.floats(0, n), st.just(n))))
def test_the_lower_end_is_below_the_share_and_rises_with_hits_and_works(pair):
    hits, trials = pair
    lower = share_at_least(hits, trials)
    assert 0 <= lower <= hits / trials + 1e-12
    assert lower < 1
    assert share_at_least(trials, trials) >= lower
    assert share_at_least(2 * hits, 2 * trials) >= lower - 1e-12


# ------------------------------------------------------------------ command line


def invoke(*args):
    return CliRunner().invoke(labels_app, [str(arg) for arg in args])


def test_the_command_tells_what_it_did(library, table):
    library.add_labels([("w0", said("red_hair", "absent"))])
    path = table("character,attributes\naka,red_hair twintails\nakai,red_hair\nmidoru,tail\n")
    done = invoke("from-characters", library.address, "--table", path)
    assert done.exit_code == 0, done.output
    assert "5 works have 9 labels by this table: 9 added, 0 changed, 0 removed" in done.output
    assert "2 characters of the library are not in the table" in done.output
    assert "midoru (nearest: midori)" in done.output
    assert "aka: red_hair (0.90) against 1 of 1 works: w0" in done.output


def test_the_command_prints_json(library, table):
    exceptions = table("work_id,attribute\nw0,red_hair\n", "e.csv")
    done = invoke(
        *("from-characters", library.address, "--table", table(AKA)),
        *("--exceptions", exceptions, "--json"),
    )
    told = json.loads(done.output)
    assert (told["num_works"], told["num_labels"], told["num_added"]) == (5, 14, 14)
    assert told["unlisted"] == ["ao", "midori"]


def test_the_command_ends_with_a_usage_error(library, table):
    done = invoke("from-characters", library.address, "--table", table("character\n"))
    assert isinstance(done.exception, UsageError)
    assert library.labels().num_rows == 0


def test_a_proposed_table_is_read_back_and_labels_its_works(tagged, color_bundle, tmp_path):
    out = tmp_path / "proposed.csv"
    args = ("propose-table", tagged.address, "--bundle", color_bundle.path, "--out", out)
    done = invoke(*args)
    assert done.exit_code == 0, done.output
    assert "1 attributes of 1 characters, of 1 looked at" in done.output
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {
            "character": "x",
            "attribute": "red_hair",
            "confidence": "0.80",
            "share": "0.950",
            "num_works": "20",
        }
    ]
    assert isinstance(invoke(*args).exception, UsageError)  # a checked table is not overwritten
    report = labels_from_characters(tagged, out)
    assert report.changes == (20, 0, 0)


def test_labels_alone_are_learned_from_where_no_bundle_has_tagged(library, tmp_path):
    describe(library)
    library.add_labels([(f"w{n}", Label("ponytail", "present")) for n in range(4)])
    done = invoke("propose-table", library.address, "--out", tmp_path / "out.csv")
    assert done.exit_code == 0, done.output
    assert "2 attributes of 2 characters, of 2 looked at, learned from labels;" in done.output
    assert "never said to be absent, so that no share is known: ponytail" in done.output


# ------------------------------------------------------------------------ splits

NAMES = st.sampled_from([f"c{number}" for number in range(30)])
WORLDS = st.lists(
    st.tuples(st.sampled_from([f"k{number}" for number in range(40)]), st.lists(NAMES, max_size=3)),
    max_size=40,
)


def components(world):
    """The sets of works tied by keys or characters, the slow and plain way."""
    groups = []
    for row, (key, names) in enumerate(world):
        ties = {("key", key), *(("name", name) for name in names)}
        touching = [group for group in groups if group[1] & ties]
        groups = [group for group in groups if not group[1] & ties]
        rows = {row}.union(*(group[0] for group in touching))
        groups.append((rows, ties.union(*(group[1] for group in touching))))
    return groups


FEW = settings(max_examples=50)


def split(world):
    return splits_by_character([key for key, _ in world], [names for _, names in world])


@FEW
@given(WORLDS)
def test_no_character_and_no_near_duplicate_is_in_two_splits(world):
    splits = split(world)
    assert len(splits) == len(world)
    assert set(splits) <= {"train", "validation", "test"}
    for rows, _ in components(world):
        assert len({splits[row] for row in rows}) == 1


@FEW
@given(WORLDS, WORLDS)
def test_a_growing_library_moves_no_component_that_it_leaves_alone(world, more):
    before, after = split(world), split(world + more)
    grown = components(world + more)
    for rows, ties in components(world):
        (found,) = [group for group in grown if rows <= group[0]]
        if {tie for tie in found[1] if tie[0] == "name"} == {t for t in ties if t[0] == "name"}:
            for row in rows:  # more works of its characters, or near-duplicates: it stays
                assert after[row] == before[row]


@FEW
@given(WORLDS, st.randoms())
def test_splits_do_not_depend_on_the_order_of_the_works(world, random):
    order = list(range(len(world)))
    random.shuffle(order)
    splits = split(world)
    assert split([world[row] for row in order]) == [splits[row] for row in order]


@FEW
@given(WORLDS)
def test_works_that_nothing_ties_to_a_character_split_by_content(world):
    splits = split(world)
    for rows, ties in components(world):
        if not any(kind == "name" for kind, _ in ties):
            assert all(splits[row] == split_of(world[row][0]) for row in rows)


@pytest.mark.parametrize("num_tied", [1, 6])
def test_many_components_share_out_as_80_10_10(num_tied):
    """However many characters a component ties together."""
    world = [
        (f"{component}-{number}", [f"c{component}-{number}", f"c{component}-{number + 1}"])
        for component in range(3000)
        for number in range(num_tied)
    ]
    shares = Counter(split(world))
    total = len(world)
    assert shares["train"] / total == pytest.approx(0.8, abs=0.025)
    assert shares["validation"] / total == pytest.approx(0.1, abs=0.025)
    assert shares["test"] / total == pytest.approx(0.1, abs=0.025)


def test_a_library_splits_by_content_or_by_character(library):
    by_content, by_character = library.splits(), library.splits(by="character")
    assert by_content == {work_id: split_of(work_id) for work_id in WORKS}
    assert by_content.keys() == by_character.keys()
    assert len({by_character[f"w{number}"] for number in range(8)}) == 1  # w7 ties aka and ao
    assert by_character["w9"] == by_content["w9"]
    with pytest.raises(UsageError, match="cannot split by 'artist'; expected one of content, char"):
        library.splits(by="artist")
