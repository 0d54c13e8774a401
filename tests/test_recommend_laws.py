"""What holds of every answer, whatever the works and whatever is asked."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.shelf import THRESHOLDS, WORDS, a_hash, known
from zokusei.index import MIN_SCORE
from zokusei.query import Query, QueryTerm
from zokusei.recommend import Filters, Request
from zokusei.recommend.answering import answer
from zokusei.recommend.bookmark_matrix import BookmarkMatrix
from zokusei.recommend.by_bookmarks import make_model
from zokusei.recommend.direction import direction, written
from zokusei.recommend.gate import Gate
from zokusei.recommend.known import Asked
from zokusei.recommend.people import People
from zokusei.recommend.people_scores import BookmarkScores, MixedScores
from zokusei.recommend.scores import AttributeScores
from zokusei.recommend.taste import Taste

GROUPS = [group.id for group in WORDS.groups]
HASHES = [None, a_hash(*range(90)), a_hash(*range(91)), a_hash(*range(120, 220))]

levels = st.sampled_from([0, 0, 0, 20, 60, 127, 128, 200, 255])
terms = st.builds(
    QueryTerm, st.sampled_from(WORDS.ids), st.sampled_from([0.1, 1.0, 2.5, 10.0]), st.booleans()
)
queries = st.lists(terms, max_size=4, unique_by=lambda term: term.attribute_id).map(
    lambda found: Query(tuple(found))
)
weightings = st.builds(
    lambda groups, ids: {**groups, **ids},
    st.dictionaries(st.sampled_from(GROUPS), st.floats(0, 3), max_size=3),
    st.dictionaries(st.sampled_from(WORDS.ids), st.floats(-1, 2), max_size=3),
)


@st.composite
def tastes(draw):
    """Any taste, or none; of other attributes than the world's, too."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    ids = draw(st.sampled_from([WORDS.ids, WORDS.ids[:3], (*reversed(WORDS.ids), "another")]))
    size = len(ids)
    axes, answers = rng.normal(size=(size + 1, 4)), rng.normal(size=(4, size))
    return draw(st.sampled_from([None, Taste(ids, axes, rng.random(4), answers, 2.0)]))


@st.composite
def worlds(draw):
    """Up to 25 works, some by the same artists, some nearly the same picture, some bookmarked."""
    num = draw(st.integers(2, 25))
    work_ids = [f"work{(row * 7 + 3) % 31:02}-{row}" for row in range(num)]
    matrix = draw(arrays.arrays(np.uint8, (num, len(WORDS)), elements=levels))
    one_of = st.sampled_from(work_ids)
    pairs = draw(st.lists(st.tuples(st.sampled_from("uvwxy"), one_of), min_size=1, max_size=40))
    gate = Gate(*(draw(st.floats(low, high)) for low, high in ((0, 1), (0, 9), (0.1, 9), (0.1, 1))))
    said = {
        name: dict(zip(work_ids, draw(st.lists(of, min_size=num, max_size=num)), strict=True))
        for name, of in (
            ("artist", st.sampled_from([None, "A", "B"])),
            ("characters", st.lists(st.sampled_from(["Rin", "Ran"]), max_size=2)),
            ("perceptual_hash", st.sampled_from(HASHES)),
            ("rating", st.sampled_from([None, "general", "explicit"])),
        )
    }
    said["rating"][work_ids[0]] = "general"
    bookmarks = BookmarkMatrix(pairs)
    model = make_model(bookmarks, draw(st.sampled_from(["cosine", "ridge"])))
    people = People(model, gate, draw(tastes()))
    return known(work_ids, matrix, people=people, **said), said


@st.composite
def asked(draw, world):
    """Any request of a world that likes something."""
    work_ids = list(world.index.work_ids)
    most = min(3, len(work_ids))
    some = st.lists(st.sampled_from(work_ids), max_size=most, unique=True).map(tuple)
    liked = st.lists(st.sampled_from(work_ids), min_size=1, max_size=most, unique=True)
    return Request(
        likes=tuple(draw(liked)),
        dislikes=draw(some),
        query=draw(queries),
        weights=draw(weightings),
        filters=Filters(
            other_characters=draw(st.booleans()),
            other_artists=draw(st.booleans()),
            ratings=draw(st.sampled_from([(), ("general",)])),
            exclude=draw(some),
            min_score=draw(st.sampled_from([0.0, 0.2])),
        ),
        k=draw(st.integers(1, 12)),
        diversity=draw(st.sampled_from([0.0, 0.3, 1.0])),
        per_artist=draw(st.sampled_from([None, 1, 2])),
        fold_duplicates=draw(st.booleans()),
        by=draw(st.sampled_from(["attributes", "bookmarks", "both"])),
    )


@settings(max_examples=150)
@given(st.data())
def test_every_answer_is_allowed_and_explained(data):
    world, said = data.draw(worlds())
    request = data.draw(asked(world))
    found = answer(request, world)
    assert len({work.work_id for work in found}) == len(found) <= request.k
    for work in found:
        shares = [reason.share for reason in work.because]
        assert math.fsum(shares) == pytest.approx(work.score, abs=1e-6)
        assert shares == sorted(shares, reverse=True)
        assert all(shares)
        assert work.score >= max(MIN_SCORE, request.filters.min_score)
    check_filters(world, said, request, [work.work_id for work in found])


def check_filters(world, said, request, work_ids):
    filters, likes = request.filters, request.likes
    assert not set(work_ids) & {*likes, *request.dislikes, *filters.exclude}
    for name, is_asked in (
        ("characters", filters.other_characters),
        ("artist", filters.other_artists),
    ):
        if is_asked:
            liked = {one for id_ in likes for one in listed(said[name][id_])}
            assert not any(liked & set(listed(said[name][id_])) for id_ in work_ids)
    if filters.ratings:
        assert {said["rating"][id_] for id_ in work_ids} <= set(filters.ratings)
    for term in request.query.terms:
        if term.excluded:
            row = WORDS.row(term.attribute_id)
            shown = world.index.probabilities[[world.index.row(id_) for id_ in work_ids], row]
            assert (shown / 255 < THRESHOLDS[row]).all()
    if request.per_artist:
        artists = [said["artist"][id_] for id_ in work_ids if said["artist"][id_]]
        assert all(artists.count(artist) <= request.per_artist for artist in artists)


def towards(request, index):
    """The direction of a request."""
    return direction(request, Asked.of(request, index), index)


def plain(request):
    """A request that ranks by score alone."""
    return replace(request, diversity=0.0, per_artist=None, fold_duplicates=False)


def listed(value):
    return value if isinstance(value, list) else [value] if value else []


@given(st.data())
def test_a_folded_work_never_stands_beside_its_twin(data):
    world, said = data.draw(worlds())
    request = replace(data.draw(asked(world)), fold_duplicates=True, k=25)
    found = answer(request, world)
    pictures = [said["perceptual_hash"][work.work_id] for work in found]
    near = [place for place, picture in enumerate(pictures) if picture in HASHES[1:3]]
    assert len(near) <= 1
    of_liked = {said["perceptual_hash"][id_] for id_ in request.likes}
    assert not near or not of_liked & set(HASHES[1:3])
    folded = [id_ for work in found for id_ in work.duplicates]
    assert len(set(folded)) == len(folded)
    assert not set(folded) & {work.work_id for work in found}


@given(st.data())
def test_answers_are_the_best_of_all_scores(data):
    """Against all scores in plain loops, by attributes, by bookmarks and by both."""
    world, _ = data.draw(worlds())
    request = data.draw(asked(world))
    request = replace(
        request,
        diversity=0.0,
        per_artist=None,
        fold_duplicates=False,
        filters=Filters(),
        query=Query(()),
    )
    index, people = world.index, world.people
    rows = np.arange(len(index))
    taste = people.taste if request.by == "both" else None
    asked_for = direction(request, Asked.of(request, index), index, taste)
    attributes = index.terms(asked_for, rows).sum(axis=1)
    bookmarks = np.zeros(len(index))
    scored, values, _ = people.scored(request.likes)
    bookmarks[scored] = values
    mixed = people.gate.weights(people.num_liked(request.likes), people.num_bookmarks(rows))
    of = {"attributes": (1, 0), "bookmarks": (0, 1), "both": mixed}[request.by]
    scores = of[0] * attributes + of[1] * bookmarks
    left = {*request.likes, *request.dislikes}
    expected = sorted(
        (score for id_, score in zip(index.work_ids, scores, strict=True) if id_ not in left),
        reverse=True,
    )
    found = [work.score for work in answer(request, world)]
    assert found == pytest.approx([s for s in expected if s >= MIN_SCORE][: request.k])


@settings(max_examples=200)
@given(st.data())
def test_the_best_by_both_are_the_same_however_few_come_in_at_first(data):
    world, _ = data.draw(worlds())
    request = data.draw(asked(world))
    index, people, likes = world.index, world.people, request.likes
    by_attributes = AttributeScores(
        index, towards(request, index), np.ones(len(index), bool), MIN_SCORE
    )
    by_bookmarks = BookmarkScores(people, index, likes, np.ones(len(index), bool), 0.0)
    few, all_ = (
        MixedScores(
            by_attributes, by_bookmarks, people, index, likes, MIN_SCORE, num_first=num_first
        ).best(request.k)
        for num_first in (1, len(index))
    )
    assert few[1] == pytest.approx(all_[1])


@given(st.data(), st.floats(-1, 2), st.floats(-1, 2))
def test_raising_an_attributes_weight_never_lowers_its_share(data, one, other):
    world, _ = data.draw(worlds())
    index = world.index
    attribute = data.draw(st.sampled_from(WORDS.ids))
    request = replace(data.draw(asked(world)), dislikes=())
    shares = [
        index.terms(
            towards(replace(request, weights={attribute: weight}), index), range(len(index))
        )
        for weight in sorted((one, other))
    ]
    column = WORDS.row(attribute)
    assert (shares[1][:, column] >= shares[0][:, column] - 1e-12).all()


@given(st.data())
def test_a_work_with_just_what_is_written_gains_by_it_whatever_the_group_weighs(data):
    world, _ = data.draw(worlds())
    space = world.index.space
    term = data.draw(st.sampled_from(WORDS.ids))
    (shown,) = space.vectors(
        np.array([[float(id_ in WORDS.implied_by([term])) for id_ in WORDS.ids]])
    )
    asked_for = written(np.zeros(len(WORDS)), Query((QueryTerm(term),)), space, WORDS)
    assert (asked_for * space.shares()) @ shown == pytest.approx(0.4)


@given(st.data())
def test_diversity_0_is_plain_ranking(data):
    world, _ = data.draw(worlds())
    request = replace(
        data.draw(asked(world)),
        diversity=0.0,
        per_artist=None,
        fold_duplicates=False,
        by="attributes",
    )
    scores = [work.score for work in answer(request, world)]
    assert scores == sorted(scores, reverse=True)


@given(st.data())
def test_more_diversity_begins_with_the_best_and_ends_with_works_less_alike(data):
    world, _ = data.draw(worlds())
    plain = replace(data.draw(asked(world)), diversity=0.0, k=3)
    one_by_one, varied = (answer(replace(plain, diversity=dial), world) for dial in (0.0, 1.0))
    assert [work.score for work in one_by_one[:1]] == [work.score for work in varied[:1]]
    assert likeness_of_second(varied, world) <= likeness_of_second(one_by_one, world) + 1e-9


def likeness_of_second(found, world):
    """How much the second work is like the first."""
    if len(found) < 2:
        return 0.0
    index = world.index
    first, second = index.vectors([index.row(work.work_id) for work in found[:2]])
    return float((first * second * index.space.shares()).sum())


def test_excluded_attributes_are_gone_with_all_that_implies_them():
    world = known(["a"], np.full((1, len(WORDS)), 255, np.uint8))
    query = Query((QueryTerm("long_hair", excluded=True),))
    vector = written(world.index.vectors([0])[0], query, world.index.space, WORDS)
    gone = {id_ for id_, value in zip(WORDS.ids, vector, strict=True) if not value}
    assert gone == {"long_hair", "very_long_hair"}


def test_scores_say_the_same_of_any_works():
    world = known(["a", "b"], np.full((2, len(WORDS)), 255, np.uint8))
    asked_for = towards(Request(likes=("a",)), world.index)
    scores = AttributeScores(world.index, asked_for, np.array([False, True]), MIN_SCORE)
    rows, values = scores.best(5)
    assert rows.tolist() == [1]
    assert scores.of(rows) == pytest.approx(values)
