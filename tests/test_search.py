"""Search: who matches, in which order, with which shares and facets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from zokusei.errors import UnknownNameError, UsageError
from zokusei.index import AttributeIndex
from zokusei.query import Query, QueryTerm, parse_query, search
from zokusei.query.search import least_stored
from zokusei.vocabulary import Vocabulary

PACKAGE = Vocabulary.from_package()
SMALL = PACKAGE.subset(["black_hair", "blonde_hair", "long_hair", "twintails", "glasses", "kimono"])
HALF = np.full(len(SMALL), 0.5, np.float32)

levels = st.sampled_from([0, 1, 100, 127, 128, 200, 254, 255])
worlds = st.integers(0, 30).flatmap(
    lambda n: arrays.arrays(np.uint8, (n, len(SMALL)), elements=levels)
)
terms = st.builds(
    QueryTerm, st.sampled_from(SMALL.ids), st.sampled_from([0.5, 1.0, 2.0]), st.booleans()
)
queries = st.lists(terms, max_size=4, unique_by=lambda term: term.attribute_id).map(
    lambda found: Query(tuple(found))
)


def indexed(probabilities):
    """Works whose order by id is not that of their rows."""
    ids = [f"work{(row * 7 + 3) % 31:02}" for row in range(len(probabilities))]
    return AttributeIndex.from_probabilities(ids, probabilities, SMALL)


def world(**works):
    """Works by id, each with the probabilities of its attributes in percent."""
    rows = [[round(2.55 * work.get(id_, 0)) for id_ in SMALL.ids] for work in works.values()]
    return AttributeIndex.from_probabilities([*works], np.array(rows, np.uint8), SMALL)


WORLD = world(
    sure={"black_hair": 100, "long_hair": 100, "twintails": 60},
    unsure={"black_hair": 60, "long_hair": 80},
    short={"black_hair": 100, "long_hair": 10, "glasses": 90},
    blonde={"blonde_hair": 100, "long_hair": 100},
)


def found(text, **options):
    result = search(WORLD, parse_query(text, SMALL), HALF, **{"k": 10, **options})
    return [work.work_id for work in result.works]


def test_a_work_matches_that_has_all_that_is_wanted_and_nothing_that_is_excluded():
    assert found("黒髪") == ["short", "sure", "unsure"]
    assert found("黒髪ロング") == ["sure", "unsure"]
    assert found("黒髪 -眼鏡") == ["sure", "unsure"]
    assert found("-黒髪") == ["blonde"]
    assert found("黒髪 金髪") == []


def test_matches_are_ranked_by_the_weighted_mean_of_what_is_wanted():
    (work, *_) = search(WORLD, parse_query("黒髪 ロング:3", SMALL), HALF, k=1, offset=1).works
    assert work.work_id == "unsure"
    assert work.score == pytest.approx(0.25 * 0.6 + 0.75 * 0.8)
    assert [share.id for share in work.because] == ["long_hair", "black_hair"]
    assert [share.share for share in work.because] == pytest.approx([0.6, 0.15])


def test_facets_count_what_the_matches_have_by_group():
    result = search(WORLD, parse_query("ロング", SMALL), HALF, k=1)
    assert result.total == 3
    assert {facet.group_id: facet.counts for facet in result.facets} == {
        "hair_color": (("black_hair", 2), ("blonde_hair", 1)),
        "hair_length": (("long_hair", 3),),
        "hair_style": (("twintails", 1),),
    }


def test_everything_matches_where_nothing_is_asked():
    assert found("") == ["blonde", "short", "sure", "unsure"]
    assert found("ふがふが") == found("")


def test_only_allowed_works_are_found():
    allowed = np.array([False, True, True, True])
    assert found("黒髪", allowed=allowed) == ["short", "unsure"]


def test_a_removed_work_is_not_found():
    index = world(a={"kimono": 100}, b={"kimono": 100})
    index.remove(["a"])
    for text in ("着物", "", "-眼鏡"):
        result = search(index, parse_query(text, SMALL), HALF, k=5)
        assert [work.work_id for work in result.works] == ["b"]
        assert result.total == 1


def test_a_human_label_that_is_laid_over_decides():
    index = world(a={"kimono": 51}, b={"kimono": 60})
    probabilities = index.probabilities[[index.row("b")]].copy()
    probabilities[0, SMALL.row("kimono")] = 0
    index.put(["b"], probabilities)
    result = search(index, parse_query("着物", SMALL), HALF, k=5)
    assert [work.work_id for work in result.works] == ["a"]


def plain(index, query):
    """The matches with their scores, best first, worked out one by one."""
    works = []
    for row, work_id in enumerate(index.work_ids):
        has = {
            id_: int(p) / 255 for id_, p in zip(SMALL.ids, index.probabilities[row], strict=True)
        }
        if any((has[term.attribute_id] >= 0.5) == term.excluded for term in query.terms):
            continue
        total = sum(term.weight for term in query.wanted) or 1
        score = sum(term.weight / total * has[term.attribute_id] for term in query.wanted)
        works.append((work_id, pytest.approx(score)))
    return works


@given(worlds, queries, st.integers(1, 40))
def test_search_finds_what_a_plain_count_finds(probabilities, query, k):
    index = indexed(probabilities)
    result = search(index, query, HALF, k=k)
    expected = dict(plain(index, query))
    assert result.total == len(expected)
    assert len(result.works) == min(k, len(expected))
    for work in result.works:
        assert work.score == expected[work.work_id]
    order = [(-work.score, work.work_id) for work in result.works]
    assert order == sorted(order)


@given(worlds, queries, st.integers(1, 5))
def test_pages_joined_are_the_whole(probabilities, query, k):
    index = indexed(probabilities)
    whole = search(index, query, HALF, k=99).works
    pages = [search(index, query, HALF, k=k, offset=at).works for at in range(0, 31, k)]
    assert sum(pages, ()) == whole


@given(worlds, queries)
def test_shares_sum_to_the_score(probabilities, query):
    for work in search(indexed(probabilities), query, HALF, k=99).works:
        assert sum(share.share for share in work.because) == pytest.approx(work.score, abs=1e-12)
        assert {share.id for share in work.because} == {t.attribute_id for t in query.wanted}


@given(worlds, queries)
def test_a_facet_counts_what_narrowing_by_it_finds(probabilities, query):
    index = indexed(probabilities)
    counts = {
        id_: count
        for facet in search(index, query, HALF, k=1).facets
        for id_, count in facet.counts
    }
    asked = {term.attribute_id for term in query.terms}
    for id_ in set(SMALL.ids) - asked:
        narrowed = Query((*query.terms, QueryTerm(id_)))
        assert search(index, narrowed, HALF, k=1).total == counts.get(id_, 0)


def test_facets_count_beyond_what_a_byte_holds():
    index = AttributeIndex.from_probabilities(
        [f"{row:04}" for row in range(1000)], np.full((1000, len(SMALL)), 255, np.uint8), SMALL
    )
    result = search(index, Query(()), HALF, k=1)
    assert {count for facet in result.facets for _, count in facet.counts} == {1000}


def test_thresholds_are_taken_as_stored_probabilities():
    thresholds = np.array([0, 0.2, 0.5, 1, 1.5], np.float32)
    assert least_stored(thresholds).tolist() == [0, 51, 128, 255, 256]


def test_nothing_reaches_a_threshold_over_one():
    index = world(a={"kimono": 100})
    over = np.full(len(SMALL), 1.5, np.float32)
    assert search(index, parse_query("着物", SMALL), over, k=1).total == 0
    assert search(index, Query(()), over, k=1).facets == ()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"k": 0}, "k is 0"),
        ({"offset": -1}, "offset is -1"),
        ({"allowed": np.ones(3, np.bool_)}, r"allowed is bool \(3,\)"),
        ({"allowed": np.ones(4, np.uint8)}, r"allowed is uint8"),
    ],
)
def test_what_cannot_be_used_is_refused(options, part):
    with pytest.raises(UsageError, match=part):
        found("黒髪", **options)


def test_thresholds_of_another_vocabulary_are_refused():
    with pytest.raises(UsageError, match=r"thresholds are \(3,\)"):
        search(WORLD, Query(()), np.zeros(3, np.float32), k=1)


def test_a_term_that_the_index_lacks_is_refused():
    with pytest.raises(UnknownNameError, match="unknown attribute 'hat'"):
        search(WORLD, Query((QueryTerm("hat"),)), HALF, k=1)


@given(worlds, queries, st.integers(1, 5))
def test_the_nearest_lack_the_fewest_of_what_is_wanted(probabilities, query, k):
    index = indexed(probabilities)
    result = search(index, query, HALF, k=k)
    has = probabilities >= 128
    column = {id_: SMALL.row(id_) for id_ in SMALL.ids}
    expected = []
    for row, work_id in enumerate(index.work_ids):
        own = has[row]
        lacks = tuple(t.attribute_id for t in query.wanted if not own[column[t.attribute_id]])
        barred = any(own[column[t.attribute_id]] for t in query.excluded)
        if not barred and len(lacks) < len(query.wanted):
            weights = sum(t.weight for t in query.wanted)
            score = sum(
                t.weight * int(probabilities[row, column[t.attribute_id]]) for t in query.wanted
            )
            expected.append((len(lacks), -round(score / 255 / weights, 9), work_id, lacks))
    best = sorted(expected)[:k] if not result.total else []
    near = [
        (len(n.lacks), -round(n.work.score, 9), n.work.work_id, n.lacks) for n in result.nearest
    ]
    assert near == best
    for one in result.nearest:
        assert sum(share.share for share in one.work.because) == pytest.approx(one.work.score)
