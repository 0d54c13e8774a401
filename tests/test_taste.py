"""Taste: what people bookmark, read from the attributes of what they liked."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shelf import WORDS, known
from zokusei.errors import LibraryError, UsageError
from zokusei.library import Library
from zokusei.recommend import Request
from zokusei.recommend.answering import answer
from zokusei.recommend.bookmark_matrix import BookmarkMatrix
from zokusei.recommend.by_bookmarks import make_model
from zokusei.recommend.gate import Gate
from zokusei.recommend.people import People
from zokusei.recommend.taste import Taste, taste_path

IDS = ("cats", "tea", "swords", "rain")
WORKS = [f"w{number:02}" for number in range(40)]
VECTORS = np.eye(4)[np.arange(40) % 4]  # each work shows one of them


@pytest.fixture(scope="module")
def matrix():
    """Half of the people like cats and tea, half swords; hardly anybody bookmarks rain."""
    rng = np.random.default_rng(0)
    chances = {True: (0.5, 0.5, 0.02, 0.02), False: (0.02, 0.02, 0.9, 0.02)}
    return BookmarkMatrix(
        (f"user{person}", work_id)
        for person in range(200)
        for row, work_id in enumerate(WORKS)
        if rng.random() < chances[person % 2 == 0][row % 4]
    )


def learned(matrix):
    rows = [WORKS.index(work_id) for work_id in matrix.work_ids]
    return Taste.learn(matrix, VECTORS[rows], IDS)


def test_what_goes_together_is_learned_where_nothing_looks_alike(matrix):
    cats, tea, swords, rain = learned(matrix).weighted(VECTORS[0], 10)
    assert min(cats, tea) > 10 * max(abs(swords), abs(rain))


def test_one_liked_work_leans_on_what_everybody_bookmarks_and_many_do_not(matrix):
    """Swords are bookmarked most; who likes cats once may still like them."""
    shares = [learned(matrix).weighted(VECTORS[0], num)[2] for num in (1, 2, 5, 50)]
    assert shares == sorted(shares, reverse=True)
    liked_rain = learned(matrix).weighted(VECTORS[3], 1)
    assert liked_rain[2] > liked_rain[3]


def test_it_is_the_regression_that_it_says(matrix):
    """Against B + W / n solved anew for a number of liked works."""
    taste = learned(matrix)
    lengths = np.linalg.inv(taste.axes)
    between = lengths.T @ lengths
    within = lengths.T * taste.spread @ lengths
    asked = np.append(VECTORS[1], 1.0)
    expected = np.linalg.solve(between + within / 3, asked) @ lengths.T @ taste.answers
    found = taste.weighted(VECTORS[1], 3)
    assert found == pytest.approx(expected / np.linalg.norm(expected))


def test_nobody_with_two_bookmarks_teaches_nothing():
    with pytest.raises(UsageError, match="collect more"):
        Taste.learn(BookmarkMatrix([("u", "w00"), ("v", "w01")]), VECTORS[:2], IDS)


@given(st.permutations(IDS), st.integers(1, 30))
def test_attributes_in_another_order_say_the_same(order, num_liked):
    rng = np.random.default_rng(0)
    taste = Taste(IDS, rng.normal(size=(5, 3)), rng.random(3), rng.normal(size=(3, 4)), 1.0)
    mean = rng.random(4)
    columns = [IDS.index(id_) for id_ in order]
    ids = ("unheard", *order)
    found = taste.fitted(ids).weighted(np.append(9.0, mean[columns]), num_liked)
    assert found == pytest.approx(np.append(0, taste.weighted(mean, num_liked)[columns]))


def test_a_library_keeps_its_taste(tmp_path, matrix):
    library = Library.create(tmp_path / "library")
    assert Taste.from_library(library) is None
    learned(matrix).save(taste_path(library))
    kept = Taste.from_library(library)
    assert kept.attribute_ids == IDS
    assert (kept.weighted(VECTORS[0], 2) == learned(matrix).weighted(VECTORS[0], 2)).all()


@pytest.mark.parametrize("content", [b"", b"no taste"])
def test_a_damaged_taste_is_named_with_the_way_out(tmp_path, content):
    path = tmp_path / "taste.npz"
    path.write_bytes(content)
    with pytest.raises(LibraryError, match=r"taste\.npz.*learn it again"):
        Taste.load(path)


def test_by_both_a_fresh_work_is_found_by_taste_and_by_attributes_by_its_looks():
    """People who like twintails bookmark maids. Nobody bookmarked the works that are answered."""
    shown = np.array([[255 * (id_ == one) for id_ in WORDS.ids] for one in WORDS.ids], np.uint8)
    shown = np.concatenate([shown, shown])
    ids = [f"{age}-{id_}" for age in ("old", "new") for id_ in WORDS.ids]
    liked, other = WORDS.ids[0], WORDS.ids[-1]
    bookmarks = BookmarkMatrix(
        [(f"user{n}", f"old-{id_}") for n in range(30) for id_ in (liked, other)]
        + [(f"other{n}", f"old-{id_}") for n in range(30) for id_ in WORDS.ids[1:-1]]
    )
    world = known(ids, shown)
    rows = [ids.index(work_id) for work_id in bookmarks.work_ids]
    taste = Taste.learn(bookmarks, world.index.vectors(rows), WORDS.ids)
    people = People(make_model(bookmarks, "cosine"), Gate(0.5, 1, 4, 0.5), taste)
    people.fit(world.index)
    request = Request(likes=(f"old-{liked}",), k=50)
    world = replace(world, people=people)

    def fresh(request, world):
        found = [work.work_id for work in answer(request, world)]
        return [work_id for work_id in found if work_id.startswith("new-")]

    both = replace(request, by="both")
    assert f"new-{other}" in fresh(both, world)[:2]
    plain = People(make_model(bookmarks, "cosine"), Gate(0.5, 1, 4, 0.5))
    plain.fit(world.index)
    assert f"new-{other}" not in fresh(both, replace(world, people=plain))
    assert answer(request, world) == answer(request, replace(world, people=plain))
