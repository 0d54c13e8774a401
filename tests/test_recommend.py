"""The recommender on worlds whose tastes are known by construction."""

import itertools
from datetime import UTC, datetime

import numpy as np
import pytest

from tests.shelf import WORDS, OfWords, a_hash, probabilities, shelve, tag
from zokusei.errors import LibraryError, UnknownNameError, UsageError
from zokusei.library import Label, Library
from zokusei.query import Query, QueryTerm, UnknownWord
from zokusei.recommend import Filters, Recommender, Request

HAIR = ["black_hair", "blonde_hair", "red_hair"]
STYLES = ["twintails", "ponytail", "braid"]
CLOTHES = ["kimono", "dress", "hoodie"]


def ids(related):
    return [work.work_id for work in related]


@pytest.fixture
def library(tmp_path):
    return Library.create(tmp_path / "library")


def recommender(library):
    return Recommender(library, OfWords())


@pytest.fixture(scope="module")
def tasteful(tmp_path_factory):
    """Every mix of hair, style and clothes, drawn by three characters each, and two tastes.

    `likes-twintails-in-kimono` bookmarked works of twintails and kimono, whatever their hair;
    `likes-red` bookmarked works with red hair, whatever else they show.
    """
    library = Library.create(tmp_path_factory.mktemp("tasteful") / "library")
    mixes = [" ".join(mix) for mix in itertools.product(HAIR, STYLES, CLOTHES)]
    works = {f"{mix.replace(' ', '+')}/{who}": mix for mix in mixes for who in range(3)}
    shelve(library, works, characters={id_: [f"somebody {id_}"] for id_ in works})
    tastes = {
        "likes-twintails-in-kimono": lambda mix: {"twintails", "kimono"} <= set(mix.split()),
        "likes-red": lambda mix: "red_hair" in mix,
    }
    library.add_bookmarks(
        [
            {"user_id": user, "work_id": id_, "at": datetime(2026, 1, 1, tzinfo=UTC)}
            for user, loves in tastes.items()
            for id_, mix in works.items()
            if loves(mix) and not id_.endswith("/2")
        ]
    )
    return library


@pytest.mark.parametrize(
    ("user", "loved"),
    [("likes-twintails-in-kimono", ["twintails", "kimono"]), ("likes-red", ["red_hair"])],
)
def test_a_person_gets_what_they_love_and_is_told_so(tasteful, user, loved):
    found = recommender(tasteful).for_person(user, Request(k=3, fold_duplicates=False))
    for work in found:
        shown, who = work.work_id.split("/")
        assert who == "2"  # what they had seen is left out
        assert set(loved) <= set(shown.split("+"))
        assert {reason.id for reason in work.because[: len(loved)]} == set(loved)


def test_several_examples_ask_for_what_they_share(tasteful):
    likes = ("black_hair+braid+dress/0", "red_hair+braid+hoodie/0", "blonde_hair+braid+kimono/0")
    found = recommender(tasteful).related(Request(likes=likes, k=12))
    assert len(found) == 12
    assert all("braid" in work.work_id for work in found)
    assert all(work.because[0].id == "braid" for work in found)


def test_what_is_disliked_counts_against_a_work_and_is_told_so(tasteful):
    ask = recommender(tasteful).related
    liked = "red_hair+braid+dress/0"
    plain = ask(Request(likes=(liked,), k=81))
    against = ask(Request(likes=(liked,), dislikes=("red_hair+ponytail+dress/0",), k=81))
    before, after = ({work.work_id: work for work in found} for found in (plain, against))
    assert "red_hair+ponytail+dress/0" not in after
    ponytail = after["red_hair+ponytail+hoodie/1"]
    assert ponytail.score < before["red_hair+ponytail+hoodie/1"].score
    shares = {reason.id: reason.share for reason in ponytail.because}
    assert shares["ponytail"] < 0 < shares["red_hair"]
    assert ids(against)[0] == "red_hair+braid+dress/1"


def test_like_this_but_blonde(tasteful):
    blonde = Query((QueryTerm("blonde_hair"),))
    request = Request(likes=("red_hair+braid+dress/0",), query=blonde, k=3)
    found = recommender(tasteful).related(request)
    assert ids(found) == [f"blonde_hair+braid+dress/{who}" for who in range(3)]
    assert found[0].because[0].id == "blonde_hair"


def test_what_is_written_joins_a_group_that_does_not_exclude(tasteful):
    query = Query((QueryTerm("ponytail"),))
    found = recommender(tasteful).related(
        Request(likes=("red_hair+braid+dress/0",), query=query, k=81)
    )
    assert ids(found)[:3] == [f"red_hair+ponytail+dress/{who}" for who in range(3)]
    braids = next(work for work in found if work.work_id == "red_hair+braid+dress/1")
    assert "braid" in {reason.id for reason in braids.because}


def test_what_is_excluded_is_neither_shown_nor_a_reason(tasteful):
    query = Query((QueryTerm("dress", excluded=True),))
    found = recommender(tasteful).related(
        Request(likes=("red_hair+braid+dress/0",), query=query, k=81)
    )
    assert found
    assert not [work for work in found if "dress" in work.work_id]
    assert "dress" not in {reason.id for work in found for reason in work.because}


def test_words_alone_are_enough(tasteful):
    query = Query((QueryTerm("twintails"), QueryTerm("black_hair")))
    found = recommender(tasteful).related(Request(query=query, k=9))
    assert all({"black_hair", "twintails"} <= set(work.work_id[:-2].split("+")) for work in found)


def test_a_word_of_more_weight_matters_more(tasteful):
    query = Query((QueryTerm("twintails", 0.5), QueryTerm("kimono", 2.0)))
    found = recommender(tasteful).related(Request(query=query, k=81))
    assert all("kimono" in work.work_id for work in found[:27])
    assert "twintails" in found[0].work_id


def test_a_picture_that_is_no_work_is_an_example_too(tasteful):
    (picture,) = probabilities("red_hair braid dress")
    ask = recommender(tasteful).related
    by_picture = ask(Request(pictures=(picture,), k=3))
    assert ids(by_picture) == [f"red_hair+braid+dress/{who}" for who in range(3)]
    assert by_picture == ask(Request(pictures=(picture / 255,), k=3))
    assert by_picture[1:] == ask(Request(likes=("red_hair+braid+dress/0",), k=2))


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (Filters(other_characters=True), {"series", "artist", "rated", "other"}),
        (Filters(other_artists=True), {"character", "series", "rated", "other"}),
        (Filters(other_series=True), {"character", "artist", "rated", "other"}),
        (Filters(ratings=("general",)), {"character", "artist", "series", "other"}),
        (
            Filters(ratings=("general", "explicit")),
            {"character", "artist", "series", "rated", "other"},
        ),
        (Filters(exclude=("other", "nothing-there")), {"character", "artist", "series", "rated"}),
        (Filters(unseen_by="u"), {"character", "artist", "series"}),
        (Filters(min_score=1.1), set()),
    ],
)
def test_filters_leave_out_what_they_name_and_nothing_else(library, filters, left):
    works = dict.fromkeys(["asked", "character", "artist", "series", "rated", "other"], "red_hair")
    shelve(
        library,
        works,
        characters={"asked": ["Rin", "Ran"], "character": ["Ran "], "artist": ["rin"]},
        artist={"asked": "A", "artist": "A", "character": "B"},
        series={"asked": ["S"], "series": ["T", "S"]},
        rating=dict.fromkeys(works, "general") | {"rated": "explicit"},
    )
    library.add_bookmarks([{"user_id": "u", "work_id": id_} for id_ in ("rated", "other")])
    found = recommender(library).related(Request(likes=("asked",), filters=filters))
    assert set(ids(found)) == left


def test_near_duplicates_are_one_entry_that_counts_them(library):
    works = dict.fromkeys(["asked", "a", "a-again", "b", "asked-again"], "red_hair kimono")
    works["a-again"] = "red_hair kimono smile"
    picture, other, own = range(90), range(100, 190), range(150, 250)
    hashes = {
        "asked": a_hash(*own),
        "asked-again": a_hash(*own, 3),
        "a": a_hash(*picture),
        "a-again": a_hash(*picture, 200),
        "b": a_hash(*other),
    }
    shelve(library, works, perceptual_hash=hashes)
    ask = recommender(library).related
    folded = ask(Request(likes=("asked",)))
    assert [(work.work_id, work.duplicates) for work in folded] == [("a", ("a-again",)), ("b", ())]
    one_by_one = ask(Request(likes=("asked",), fold_duplicates=False))
    assert sorted(ids(one_by_one)) == ["a", "a-again", "asked-again", "b"]


def test_what_is_like_a_folded_work_alone_is_an_entry_of_its_own(library):
    """Likeness is no chain: a work is folded into one that is shown, and that it resembles."""
    works = {f"w{number}": "red_hair kimono" for number in range(3)}
    hashes = {id_: a_hash(*range(25 * at, 25 * at + 100)) for at, id_ in enumerate(works)}
    shelve(library, {**works, "asked": "red_hair kimono"}, perceptual_hash=hashes)
    found = recommender(library).related(Request(likes=("asked",)))
    assert [(work.work_id, work.duplicates) for work in found] == [("w0", ("w1",)), ("w2", ())]


def test_enough_is_fetched_where_most_are_duplicates_of_one(library):
    works = {f"twin-{number:03}": "red_hair kimono" for number in range(200)}
    works |= {f"other-{number}": "red_hair" for number in range(5)}
    hashes = {id_: a_hash(*range(90)) for id_ in works if id_.startswith("twin")}
    shelve(library, {**works, "asked": "red_hair kimono"}, perceptual_hash=hashes)
    found = recommender(library).related(Request(likes=("asked",), k=6))
    assert ids(found) == ["twin-000", *(f"other-{number}" for number in range(5))]
    assert len(found[0].duplicates) == 199


def test_at_most_so_many_works_of_an_artist(library):
    works = {f"w{number:03}": "red_hair" for number in range(300)}
    artist = {id_: "prolific" for id_ in works if id_ < "w290"} | {"w290": "B", "w291": "B"}
    shelve(library, {**works, "asked": "red_hair"}, artist=artist)
    found = recommender(library).related(Request(likes=("asked",), k=12, per_artist=1))
    nameless = [f"w{number}" for number in range(292, 300)]  # of whom nobody knows who drew them
    assert ids(found) == ["w000", "w290", *nameless]


def test_bookmarks_of_people_and_attributes_mix(tasteful):
    ask = recommender(tasteful).related
    liked = "red_hair+twintails+kimono/0"  # bookmarked by both
    for by in ("bookmarks", "both"):
        found = ask(Request(likes=(liked,), k=20, by=by))
        kinds = {reason.kind for work in found for reason in work.because}
        assert kinds == ({"bookmarks"} if by == "bookmarks" else {"bookmarks", "attribute"})
        for work in found:
            total = sum(reason.share for reason in work.because)
            assert total == pytest.approx(work.score, abs=1e-6)
    together = [r for work in found for r in work.because if r.kind == "bookmarks"]
    assert {reason.id for reason in together} == {liked}
    assert {reason.num_people for reason in together} <= {1, 2}


def test_a_persons_list_is_one_reason(tasteful):
    ask = recommender(tasteful).for_person
    found = ask("likes-red", Request(k=5, by="both"))
    people = [r for work in found for r in work.because if r.kind == "bookmarks"]
    assert {reason.id for reason in people} <= {""}


def test_new_bookmarks_count_at_the_next_question(library):
    shelve(library, dict.fromkeys(["a", "b", "c"], "red_hair"))
    library.add_bookmarks([{"user_id": "u", "work_id": id_} for id_ in ("a", "b")])
    ask = recommender(library).related
    request = Request(likes=("a",), by="bookmarks")
    assert ids(ask(request)) == ["b"]
    library.add_bookmarks([{"user_id": u, "work_id": w} for u in "vw" for w in ("a", "c")])
    assert ids(ask(request)) == ["c", "b"]
    assert ask(request)[0].because[0].num_people == 2


def test_what_changes_in_the_library_counts_at_the_next_question(library):
    shelve(library, {"asked": "red_hair", "a": "red_hair", "b": "blonde_hair"})
    ask = recommender(library).related
    assert ids(ask(Request(likes=("asked",)))) == ["a"]
    shelve(library, {"new": "red_hair"}, artist={"new": "N"})
    library.update_works([{"work_id": "a", "artist": "N"}, {"work_id": "b", "artist": "N"}])
    tag(library, {"b": "red_hair"})
    assert sorted(ids(ask(Request(likes=("asked",))))) == ["a", "b", "new"]
    assert ids(ask(Request(likes=("asked",), per_artist=1))) == ["a"]
    library.add_labels([("a", Label("red_hair", "absent", origin="human", by="me"))])
    assert sorted(ids(ask(Request(likes=("asked",))))) == ["b", "new"]


def test_a_work_that_was_tagged_after_it_was_described_is_filtered(library):
    shelve(library, {"asked": "red_hair", "a": "red_hair"}, artist={"asked": "A"})
    ask = recommender(library).related
    request = Request(likes=("asked",), filters=Filters(other_artists=True))
    assert ids(ask(request)) == ["a"]
    library.add_works([{"work_id": "late", "artist": "A"}])
    assert ids(ask(request)) == ["a"]
    tag(library, {"late": "red_hair"})
    assert ids(ask(request)) == ["a"]
    assert sorted(ids(ask(Request(likes=("asked",))))) == ["a", "late"]


@pytest.mark.parametrize(
    ("request_", "part"),
    [
        (Request(likes=("w0o",)), "unknown work 'w0o'; the nearest are w00"),
        (Request(likes=("w00",), dislikes=("x",)), "unknown work 'x'"),
        (Request(likes=("w00",), weights={"hair_colour": 1}), "hair_color"),
        (Request(likes=("w00",), filters=Filters(ratings=("genral",))), "general"),
        (Request(likes=("w00",), filters=Filters(unseen_by="user-l")), "user-1"),
        (Request(query=Query((), (UnknownWord("twintial", ("twintails",)),))), "twintails"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(library, request_, part):
    shelve(library, {"w00": "red_hair"}, rating={"w00": "general"})
    library.add_bookmarks([{"user_id": "user-1", "work_id": "w00"}])
    with pytest.raises(UnknownNameError, match=part):
        recommender(library).related(request_)


def test_an_unknown_user_is_named(library):
    shelve(library, {"a": "red_hair"})
    library.add_bookmarks([{"user_id": "user-1", "work_id": "a"}])
    with pytest.raises(UnknownNameError, match="unknown user 'user-2'; the nearest are user-1"):
        recommender(library).for_person("user-2", Request())


def test_somebody_whose_works_were_never_tagged_is_told_what_to_run(library):
    shelve(library, {"a": "red_hair"})
    library.add_works([{"work_id": "untagged"}])
    library.add_bookmarks([{"user_id": "u", "work_id": "untagged"}])
    with pytest.raises(LibraryError, match=r"none of the 1 works .*zokusei index"):
        recommender(library).for_person("u", Request())


@pytest.mark.parametrize("by", ["attributes", "bookmarks", "both"])
def test_nothing_asked_for_is_an_error(library, by):
    shelve(library, {"a": "red_hair"})
    with pytest.raises(UsageError, match="nothing is asked for"):
        recommender(library).related(Request(by=by))


@pytest.mark.parametrize(
    "fields",
    [
        {"k": 0},
        {"diversity": 1.5},
        {"diversity": float("nan")},
        {"per_artist": 0},
        {"by": "fame"},
        {"filters": Filters(min_score=float("nan"))},
    ],
)
def test_a_number_out_of_its_range_is_refused(fields):
    with pytest.raises(UsageError, match="expected"):
        Request(**fields)


@pytest.mark.parametrize("picture", [np.zeros(3), np.full(len(WORDS), 1.5), np.zeros(16, int)])
def test_a_picture_of_other_numbers_is_refused(library, picture):
    shelve(library, {"a": "red_hair"})
    with pytest.raises(UsageError, match="picture"):
        recommender(library).related(Request(pictures=(picture,)))


def test_many_requests_are_answered_as_one_by_one(tasteful):
    of = recommender(tasteful)
    requests = [Request(likes=(work_id,), k=4, diversity=0.4) for work_id in of.work_ids[::9]]
    assert list(of.related_each(requests, num_threads=3)) == [of.related(r) for r in requests]
