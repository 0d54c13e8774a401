"""Bits of who has what: always those of the probabilities, whatever was put and removed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from zokusei.index import AttributeIndex
from zokusei.index.present import Present
from zokusei.query import Query, QueryTerm, search
from zokusei.query.search import facets_of, least_stored
from zokusei.vocabulary import Vocabulary

SMALL = Vocabulary.from_package().subset(["black_hair", "long_hair", "glasses", "kimono"])
HALF = np.full(len(SMALL), 0.5, np.float32)

leasts = arrays.arrays(np.uint16, 3, elements=st.sampled_from([0, 1, 51, 128, 255, 256]))
levels = st.sampled_from([0, 1, 50, 51, 127, 128, 254, 255])
sizes = st.sampled_from([0, 1, 7, 8, 9, 63, 64, 65, 130])
worlds = sizes.flatmap(lambda n: arrays.arrays(np.uint8, (n, 3), elements=levels))


def read(least, probabilities):
    present = Present(least)
    present.put(np.arange(len(probabilities)), probabilities)
    return present


@given(leasts, worlds, st.data())
def test_works_match_that_have_what_is_wanted_and_nothing_excluded(least, probabilities, data):
    present = read(least, probabilities)
    among = np.array([data.draw(st.booleans()) for _ in probabilities], bool)
    wanted, excluded = (data.draw(st.lists(st.integers(0, 2), max_size=2)) for _ in range(2))
    has = probabilities >= least
    expected = among & has[:, wanted].all(axis=1) & ~has[:, excluded].any(axis=1)
    assert (present.matching(among, wanted=wanted, excluded=excluded) == expected).all()
    assert (present.counts(among) == has[among].sum(axis=0)).all()
    assert all((present.has(column) == has[:, column]).all() for column in range(3))
    assert len(present) == len(probabilities)


@given(leasts, st.lists(worlds, min_size=1, max_size=4), st.data())
def test_rows_that_are_read_anew_or_added_count(least, worlds, data):
    present, probabilities = Present(least), np.zeros((0, 3), np.uint8)
    for added in worlds:
        probabilities = np.concatenate([probabilities, added])
        rows = set(range(len(probabilities) - len(added), len(probabilities)))
        if len(probabilities):
            again = data.draw(st.sets(st.integers(0, len(probabilities) - 1), max_size=3))
            probabilities[sorted(again)] ^= 255
            rows |= again
        present.put(np.array(sorted(rows), np.int64), probabilities)
    has = probabilities >= least
    assert all((present.has(column) == has[:, column]).all() for column in range(3))


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 400))
def test_few_and_many_matches_are_counted_alike(seed, num):
    rng = np.random.default_rng(seed)
    probabilities = rng.integers(0, 256, (num, len(SMALL))).astype(np.uint8)
    index = AttributeIndex.from_probabilities([f"w{n}" for n in range(num)], probabilities, SMALL)
    least = least_stored(HALF)
    for rows in (rng.permutation(num)[: 1 + num // 100], np.arange(num)):
        counted = {id_: n for facet in facets_of(index, rows, least) for id_, n in facet.counts}
        expected = dict(zip(SMALL.ids, (probabilities[rows] >= 128).sum(axis=0), strict=True))
        assert counted == {id_: n for id_, n in expected.items() if n}


def test_what_is_put_and_removed_counts_in_the_next_search():
    probabilities = np.zeros((100, len(SMALL)), np.uint8)
    probabilities[:, 0] = 255
    ids = [f"w{n:03}" for n in range(100)]
    index = AttributeIndex.from_probabilities(ids, probabilities, SMALL)
    without = Query((QueryTerm("black_hair", excluded=True),))

    def found(query):
        result = search(index, query, HALF, k=3)
        return result.total, [work.work_id for work in result.works]

    assert found(without) == (0, [])
    blond = np.zeros((2, len(SMALL)), np.uint8)
    index.put(["w050", "a"], blond)
    assert found(without) == (2, ["a", "w050"])
    index.remove(["a", "w099"])
    assert found(without) == (1, ["w050"])
    assert search(index, Query(()), HALF, k=1).total == 99
    higher = np.full(len(SMALL), 1.0, np.float32)
    index.put(["w001"], np.full((1, len(SMALL)), 254, np.uint8))
    assert search(index, without, higher, k=3).total == 2


@pytest.mark.parametrize("k", [1, 3, 50])
def test_of_works_alike_the_first_ids_are_found_added_ones_too(k):
    rng = np.random.default_rng(5)
    ids = [f"w{n:04}" for n in rng.permutation(400)]
    index = AttributeIndex.from_probabilities(
        ids[:300], np.full((300, len(SMALL)), 255, np.uint8), SMALL
    )
    index.put(ids[300:], np.full((100, len(SMALL)), 255, np.uint8))
    query = Query((QueryTerm("glasses"),))
    for asked in (query, Query(())):
        works = search(index, asked, HALF, k=k, offset=5).works
        assert [work.work_id for work in works] == sorted(ids)[5 : 5 + k]
