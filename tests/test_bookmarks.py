"""Recommending by bookmarks: one suite for every model, and exact references for some."""

import math

import implicit.nearest_neighbours as implicit
import lance
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from zokusei.errors import UnknownNameError
from zokusei.library import Library
from zokusei.recommend.bookmark_matrix import BookmarkMatrix
from zokusei.recommend.by_bookmarks import MODELS, default_model, make_model, open_model
from zokusei.recommend.ridge import DAMPING, L2

# implicit turns the matrices it weighted itself into another format, and warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:Method expects CSR input")

pairs = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz")), max_size=30)


def checkerboard(size=20):
    """People with even numbers bookmarked works with even numbers, but not their own; so odd."""
    return [
        (f"p{person}", f"w{work}")
        for person in range(size)
        for work in range(size)
        if person % 2 == work % 2 and person != work
    ]


EVEN_PEOPLE_LIKE_FRESH = [(f"p{person}", "fresh") for person in range(0, 20, 2)]


def random_bookmarks(seed, num_people=60, num_works=40, share=0.15):
    rng = np.random.default_rng(seed)
    dense = rng.random((num_people, num_works)) < share * rng.random(num_works) * 3
    return [(f"p{u}", f"w{i}") for u, i in np.argwhere(dense)]


def add(library, bookmarks):
    library.add_bookmarks([{"user_id": u, "work_id": w, "at": None} for u, w in bookmarks])


def ranked(model, liked):
    """Work ids by descending score, with the scores."""
    scored = model.scores(liked)
    order = np.argsort(-scored.scores, kind="stable")
    return [(model.matrix.work_ids[scored.rows[i]], float(scored.scores[i])) for i in order]


@pytest.fixture(params=sorted(MODELS))
def name(request):
    return request.param


# ------------------------------------------------------------- what every model keeps


def test_who_likes_even_works_is_shown_even_works_alone_before_odd_ones(name):
    model = make_model(BookmarkMatrix(checkerboard()), name)
    found = [work_id for work_id, _ in ranked(model, ["w0", "w2", "w4"])]
    even = {f"w{work}" for work in range(6, 20, 2)}
    assert set(found[: len(even)]) == even


def test_one_liked_work_is_enough(name):
    model = make_model(BookmarkMatrix(checkerboard()), name)
    found = [work_id for work_id, _ in ranked(model, ["w3"])]
    assert set(found[:9]) == {f"w{work}" for work in range(1, 20, 2)} - {"w3"}


def test_scores_lie_in_0_to_1_and_the_best_has_1(name):
    model = make_model(BookmarkMatrix(random_bookmarks(1)), name)
    for liked in (["w0"], ["w1", "w5", "w9"]):
        scored = model.scores(liked)
        assert scored.scores.max() == 1
        assert scored.scores.min() > 0
        assert (np.diff(scored.rows) > 0).all()


def test_liked_works_are_not_scored(name):
    model = make_model(BookmarkMatrix(random_bookmarks(2)), name)
    liked = ["w3", "w4"]
    assert not set(liked) & {work_id for work_id, _ in ranked(model, liked)}


def test_a_work_liked_twice_counts_once_and_one_without_bookmarks_not_at_all(name):
    model = make_model(BookmarkMatrix(random_bookmarks(3)), name)
    plain = model.scores(["w3", "w4"])
    other = model.scores(["w3", "new", "w4", "w3"])
    assert np.array_equal(plain.rows, other.rows)
    assert np.allclose(plain.scores, other.scores)


def test_without_a_liked_work_that_has_bookmarks_nothing_is_scored(name):
    model = make_model(BookmarkMatrix(random_bookmarks(4)), name)
    for liked in ([], ["new"]):
        scored = model.scores(liked)
        assert len(scored.rows) == len(scored.scores) == len(scored.num_people) == 0


def test_an_empty_library_is_no_error(name):
    assert len(make_model(BookmarkMatrix(), name).scores(["w0"]).rows) == 0


def test_parts_are_those_of_each_liked_work_alone(name):
    """A score is a sum over the liked works, so without the others a part keeps its ratios."""
    model = make_model(BookmarkMatrix(random_bookmarks(5)), name)
    liked = ["w2", "w7", "w11"]
    scored = model.scores(liked)
    parts = model.parts(liked, scored.rows)
    assert parts.liked == tuple(liked)
    assert np.allclose(parts.shares.sum(axis=1), 1)
    of_first = parts.shares[:, 0] * scored.scores
    alone = model.scores(["w2"])
    both = np.intersect1d(alone.rows, scored.rows)
    ratios = alone.scores[np.isin(alone.rows, both)] / of_first[np.isin(scored.rows, both)]
    assert ratios == pytest.approx(np.full(len(both), ratios[0]), rel=0.02)


def test_people_are_counted_who_bookmarked_both(name):
    bookmarks = random_bookmarks(6)
    model = make_model(BookmarkMatrix(bookmarks), name)
    of_work = {work: {p for p, w in bookmarks if w == work} for _, work in bookmarks}
    liked = ["w2", "w7"]
    scored = model.scores(liked)
    parts = model.parts(liked, scored.rows)
    for place, row in enumerate(scored.rows):
        people = of_work[model.matrix.work_ids[row]]
        assert list(parts.num_people[place]) == [len(people & of_work[work]) for work in liked]
        assert scored.num_people[place] == len(people & (of_work["w2"] | of_work["w7"]))


def test_a_bookmark_counts_at_the_next_question(name, tmp_path):
    library = Library.create(tmp_path / "library")
    add(library, checkerboard())
    model = open_model(library, name)
    assert "fresh" not in dict(ranked(model, ["w0", "w2", "w4"]))
    assert not model.refresh(library)
    add(Library.open(tmp_path / "library"), EVEN_PEOPLE_LIKE_FRESH)
    assert model.refresh(library)
    assert not model.refresh(library)
    scores = dict(ranked(model, ["w0", "w2", "w4"]))
    assert scores["fresh"] > scores.get("w1", 0)
    assert model.matrix.num_bookmarks(["fresh", "w0", "none"]).tolist() == [10, 9, 0]


def test_a_deleted_bookmark_counts_no_more(name, tmp_path):
    library = Library.create(tmp_path / "library")
    add(library, [*checkerboard(), *((person, "gone") for person, _ in EVEN_PEOPLE_LIKE_FRESH)])
    model = open_model(library, name)
    assert "gone" in dict(ranked(model, ["w0"]))
    lance.dataset(f"{library.address}/bookmarks.lance").delete("work_id = 'gone'")
    assert model.refresh(library)
    assert "gone" not in dict(ranked(model, ["w0"]))
    assert model.matrix.num_bookmarks(["gone"]).tolist() == [0]


# --------------------------------------------------------------------- references


@pytest.mark.parametrize(
    ("name", "recommender"),
    [
        ("cosine", implicit.CosineRecommender),
        ("tfidf", implicit.TFIDFRecommender),
        ("bm25", implicit.BM25Recommender),
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_from_work_to_work_scores_are_those_of_implicit(name, recommender, seed):
    matrix = BookmarkMatrix(random_bookmarks(seed))
    dense = matrix.works_of(np.arange(matrix.num_people))
    reference = recommender(K=matrix.num_works, num_threads=1)
    reference.fit(sparse.csr_matrix(dense), show_progress=False)
    model = make_model(matrix, name)
    for row in range(0, matrix.num_works, 7):
        expected = reference.similarity[[row]].toarray().ravel()
        expected[row] = 0
        scored = model.scores([matrix.work_ids[row]])
        found = np.zeros(matrix.num_works)
        found[scored.rows] = scored.scores
        assert found == pytest.approx(expected / expected.max(), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_ridge_is_the_regression_solved_densely(seed):
    matrix = BookmarkMatrix(random_bookmarks(seed))
    dense = matrix.works_of(np.arange(matrix.num_people)).toarray()
    scale = np.maximum(dense.sum(axis=0), 1) ** -DAMPING
    scaled = dense * scale
    people = np.linalg.inv(scaled @ scaled.T + L2 * np.eye(len(dense)))
    liked = [1, 5]
    wanted = np.zeros(matrix.num_works)
    wanted[liked] = scale[liked]
    sums = scaled.T @ people @ scaled @ wanted / scale
    sums[liked] = 0
    expected = np.maximum(sums, 0) / sums.max()
    model, names = make_model(matrix, "ridge"), [matrix.work_ids[row] for row in liked]
    scored = model.scores(names)
    found = np.zeros(matrix.num_works)
    found[scored.rows] = scored.scores
    assert found == pytest.approx(expected, abs=1e-3)
    # What each liked work adds, where fewer are answered than liked and where more are.
    terms = (scaled.T @ people @ scaled)[:, liked] * scale[liked] / scale[:, None]
    for rows in (scored.rows[:1], scored.rows[:6]):
        shares = terms[rows] / terms[rows].sum(axis=1, keepdims=True)
        assert model.parts(names, rows).shares == pytest.approx(shares, abs=5e-3)


def test_als_recommends_what_implicit_recommends_to_such_a_person():
    matrix = BookmarkMatrix(random_bookmarks(7))
    model = make_model(matrix, "als")
    liked = [matrix.work_ids[row] for row in (0, 3, 8)]
    found = [work_id for work_id, _ in ranked(model, liked)][:10]
    one = sparse.csr_matrix((np.ones(3, np.float32), ([0] * 3, [0, 3, 8])), (1, matrix.num_works))
    rows, _ = model._als.recommend(0, one, N=10, recalculate_user=True)
    assert found == [matrix.work_ids[row] for row in rows]


def test_cosine_is_a_fraction_worked_by_hand():
    model = make_model(
        BookmarkMatrix([("a", "x"), ("b", "x"), ("a", "y"), ("c", "y"), ("a", "z"), ("b", "z")]),
        "cosine",
    )
    # x and z share a and b: 2 / sqrt(2 * 2) = 1; x and y share a: 1 / 2.
    assert ranked(model, ["x"]) == [("z", 1.0), ("y", pytest.approx(0.5))]


def test_ridge_is_the_default_until_there_are_too_many_bookmarks_for_it():
    matrix = BookmarkMatrix(checkerboard())
    assert default_model(matrix) == make_model(matrix).name == "ridge"
    matrix.num_by_work = np.array([3_000_000])
    assert default_model(matrix) == "tfidf"


def test_an_unknown_model_is_answered_with_the_nearest_name():
    with pytest.raises(UnknownNameError, match="cosine"):
        make_model(BookmarkMatrix(), "cosin")


# ------------------------------------------------------------------------- the matrix


@settings(max_examples=30)
@given(st.lists(pairs, max_size=5))
def test_bookmarks_that_come_bit_by_bit_make_the_matrix_of_all_at_once(batches):
    grown = BookmarkMatrix()
    for batch in batches:
        if batch:
            grown.add(*zip(*batch, strict=True))
    everything = set().union(*batches) if batches else set()
    assert matrix_as_pairs(grown) == everything
    assert grown.num_by_work.sum() == grown.num_by_person.sum() == len(everything)
    for work_id in {work for _, work in everything}:
        expected = sum(work == work_id for _, work in everything)
        assert grown.num_bookmarks([work_id]).tolist() == [expected]


def matrix_as_pairs(matrix):
    users = list(matrix._user_rows)
    dense = matrix.works_of(np.arange(matrix.num_people)).toarray()
    assert np.array_equal(dense, matrix.people_of(np.arange(matrix.num_works)).toarray().T)
    assert set(np.unique(dense)) <= {0, 1}
    return {(users[u], matrix.work_ids[w]) for u, w in np.argwhere(dense)}


def test_layers_stay_few_however_many_small_additions_come():
    matrix = BookmarkMatrix()
    for number in range(60):
        matrix.add([f"p{number}"], [f"w{number % 7}"])
        assert len(matrix._layers) <= 1 + math.log(number + 1, 2)


def test_only_what_was_added_is_read(tmp_path):
    library = Library.create(tmp_path / "library")
    add(library, [("a", "x"), ("b", "y")])
    first = library.bookmark_changes()
    add(library, [("a", "x"), ("c", "z")])
    second = library.bookmark_changes(first.snapshot)
    assert second.is_addition
    assert second.rows.to_pylist() == [{"user_id": "c", "work_id": "z"}]
    assert library.bookmark_changes(second.snapshot).rows.num_rows == 0
