"""Related works: exactly the formula, with terms that sum to the score."""

import json
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from zokusei.errors import LibraryError, UnknownNameError, UsageError
from zokusei.index import GROUP_WEIGHTS, MIN_SCORE, AttributeIndex
from zokusei.index.blas import blas_core
from zokusei.index.human_labels import HumanLabels
from zokusei.index.scan import CHUNK
from zokusei.index.snapshot import Seen, Snapshot, load_snapshot, save_snapshot
from zokusei.recommend import Related
from zokusei.recommend.scores import AttributeScores
from zokusei.vocabulary import Vocabulary

PACKAGE = Vocabulary.from_package()
HAIR = ["black_hair", "blonde_hair", "blue_hair", "short_hair", "long_hair", "very_long_hair"]
STYLES = ["twintails", "ponytail", "braid"]
CLOTHES = ["hat", "witch_hat", "kimono", "school_uniform"]
SMALL = PACKAGE.subset([*HAIR, *STYLES, *CLOTHES, "smile"])
GROUPS = [group.id for group in SMALL.groups]

levels = st.sampled_from([0, 0, 0, 1, 20, 26, 60, 127, 128, 200, 254, 255])
worlds = st.integers(1, 30).flatmap(
    lambda n: arrays.arrays(np.uint8, (n, len(SMALL)), elements=levels)
)
group_weights = st.dictionaries(st.sampled_from(GROUPS), st.floats(0, 3))
attribute_weights = st.dictionaries(st.sampled_from(SMALL.ids), st.floats(-1, 2))
weightings = st.builds(lambda groups, ids: {**groups, **ids}, group_weights, attribute_weights)


def names(count):
    """Ids whose order is not that of the rows."""
    return [f"work{(row * 7 + 3) % 31:02}-{row}" for row in range(count)]


def indexed(probabilities, vocabulary=SMALL, **options):
    return AttributeIndex.from_probabilities(
        names(len(probabilities)), probabilities, vocabulary, **options
    )


def save_index(index, path, **options):
    """Saves an index that has seen nothing of a library."""
    nobody = HumanLabels(pa.array([], pa.string()), np.zeros((0, len(index.vocabulary)), np.int8))
    addresses = np.zeros(len(index), np.uint64)
    save_snapshot(Snapshot(index, Seen(None, None, {}, addresses, nobody)), path, **options)


def load_index(*arguments, **options):
    return load_snapshot(*arguments, **options).index


def related(index, query, *, k=10, weights=None, allowed=None):
    """The works most like the one in a row, itself left out, or like a picture's probabilities."""
    allowed = np.ones(len(index), np.bool_) if allowed is None else allowed.copy()
    if isinstance(query, int):
        vector = index.vectors([query])[0]
        allowed[query] = False
    else:
        vector = index.space.vectors(query[None])[0]
    scores = AttributeScores(index, vector * index.space.shares(weights), allowed, MIN_SCORE)
    rows, values = scores.best(k)
    return [
        Related(index.work_ids[row], float(value), because)
        for row, value, because in zip(rows, values, scores.reasons(rows), strict=True)
    ]


def world(*works, vocabulary=SMALL):
    """Works of which the named attributes are certain, and no others."""
    rows = [[255 * (id_ in work.split()) for id_ in vocabulary.ids] for work in works]
    return np.array(rows, np.uint8).reshape(len(works), len(vocabulary))


def work_rows(related):
    return [int(one.work_id.split("-")[1]) for one in related]


def plain_vector(probabilities, library, vocabulary):
    """The class docstring's formula for one work, without arrays."""
    vector = {}
    for group in vocabulary.groups:
        evidence, direction = {}, {}
        for id_ in group.attribute_ids:
            a = vocabulary.row(id_)
            rarity = 1 + math.log(
                (len(library) + 1) / (1 + sum(float(x[a]) / 255 for x in library))
            )
            evidence[id_] = max(0.0, (float(probabilities[a]) / 255 - 0.1) / 0.9)
            direction[id_] = evidence[id_] * rarity
        length = min(1.0, math.hypot(*evidence.values()) / (0.4 / 0.9))
        norm = math.hypot(*direction.values())
        for id_ in group.attribute_ids:
            vector[id_] = direction[id_] / norm * length if norm else 0.0
    return vector


def plain_terms(library, query_row, weights, vocabulary):
    """Of every work, its terms by attribute, by work id."""
    groups = {g.id: weights.get(g.id, GROUP_WEIGHTS[g.id]) for g in vocabulary.groups}
    total = sum(groups.values()) or 1.0
    vectors = [plain_vector(work, library, vocabulary) for work in library]
    query = vectors[query_row]
    return {
        work_id: {
            a.id: groups[a.group] / total * weights.get(a.id, 1.0) * query[a.id] * other[a.id]
            for a in vocabulary
        }
        for work_id, other in zip(names(len(library)), vectors, strict=True)
    }


@settings(deadline=None, max_examples=60)
@given(worlds, weightings, st.integers(1, 12), st.data())
def test_results_are_those_of_the_formula_in_plain_loops(library, weights, k, data):
    query_row = data.draw(st.integers(0, len(library) - 1))
    terms = plain_terms(library, query_row, weights, SMALL)
    del terms[names(len(library))[query_row]]
    scores = sorted((sum(shares.values()) for shares in terms.values()), reverse=True)
    found = related(indexed(library), query_row, k=k, weights=weights)
    assert [one.score for one in found] == pytest.approx([s for s in scores if s >= MIN_SCORE][:k])
    for one in found:
        shares = {id_: share for id_, share in terms[one.work_id].items() if share}
        assert {term.id: term.share for term in one.because} == pytest.approx(shares)


@given(worlds, weightings, st.data())
def test_terms_sum_to_the_score_and_stand_in_descending_order(library, weights, data):
    query = data.draw(arrays.arrays(np.float64, len(SMALL), elements=st.floats(0, 1)))
    for one in related(indexed(library), query, weights=weights):
        shares = [term.share for term in one.because]
        assert math.fsum(shares) == pytest.approx(one.score, abs=1e-6)
        assert shares == sorted(shares, reverse=True)
        assert all(shares)
        assert len({term.id for term in one.because}) == len(shares)


@given(worlds, group_weights)
def test_group_weights_keep_scores_between_0_and_1(library, weights):
    for row in range(len(library)):
        for one in related(indexed(library), row, weights=weights):
            assert MIN_SCORE <= one.score <= 1 + 1e-9
            assert all(term.share > 0 for term in one.because)


def test_a_likeness_in_every_group_scores_1():
    everything = world(" ".join(group.attribute_ids[0] for group in SMALL.groups))
    (twin,) = related(indexed(np.repeat(everything, 2, axis=0)), 0)
    assert twin.score == pytest.approx(1)
    assert len(twin.because) == len(GROUPS)


@given(worlds, st.sampled_from(GROUPS), st.data())
def test_weight_0_leaves_a_group_out(library, group_id, data):
    columns = list(SMALL.group_rows(group_id))
    other = library.copy()
    shape = (len(library), len(columns))
    other[:, columns] = data.draw(arrays.arrays(np.uint8, shape, elements=levels))
    weights = {group_id: 0}
    before, after = (related(indexed(works), 0, weights=weights) for works in (library, other))
    assert before == after


@given(worlds, st.sampled_from(GROUPS), st.floats(0, 3), st.floats(0, 3))
def test_raising_a_group_never_lowers_its_part_of_a_result(library, group_id, one, other):
    ids = set(SMALL.group(group_id).attribute_ids)
    parts = []
    for weight in sorted((one, other)):
        found = related(indexed(library), 0, k=len(library), weights={group_id: weight})
        parts.append({r.work_id: sum(t.share for t in r.because if t.id in ids) for r in found})
    for work_id in parts[0].keys() & parts[1].keys():
        assert parts[1][work_id] >= parts[0][work_id] - 1e-9


@given(worlds)
def test_without_its_top_attribute_a_work_scores_less(library):
    index = indexed(library)
    for one in related(index, 0, k=3):
        top = one.because[0].id
        lower = {r.work_id: r for r in related(index, 0, k=len(library), weights={top: 0})}
        score = lower[one.work_id].score if one.work_id in lower else 0
        assert score == pytest.approx(one.score - one.because[0].share, abs=MIN_SCORE)
        assert score < one.score


def test_on_a_checkerboard_of_tastes_related_works_are_of_the_same_field():
    hair, clothes = ("black_hair", "blonde_hair", "blue_hair"), ("kimono", "school_uniform")
    fields = [f"{h} {c}" for h in hair for c in clothes]
    index = indexed(world(*fields * 4))
    for row in range(len(index)):
        found = related(index, row, k=50)
        twins, neighbours = found[:3], found[3:]
        assert {r % 6 for r in work_rows(twins)} == {row % 6}
        for one in work_rows(neighbours):
            assert (one % 6 // 2 == row % 6 // 2) != (one % 2 == row % 2)
        assert len(neighbours) == 4 * (1 + 2)


def test_a_group_in_which_nothing_is_likely_relates_nothing():
    faint = world("long_hair", "long_hair", "long_hair")
    faint[:, SMALL.row("hat")] = [25, 25, 255]
    for one in related(indexed(faint), 0):
        assert [term.id for term in one.because] == ["long_hair"]


def test_little_evidence_counts_little():
    library = world("", "hat", "hat")
    shares = []
    for level in (40, 80, 128, 255):
        library[0, SMALL.row("hat")] = level
        shares.append(related(indexed(library), 0)[0].score)
    assert shares[0] < shares[1] / 2 < shares[2] / 2
    assert shares[2] == pytest.approx(shares[3])


def test_within_a_group_the_rare_attribute_decides():
    common = ["twintails"] * 20
    index = indexed(world("twintails braid", "twintails", "braid", *common))
    first, second, *_ = work_rows(related(index, 0))
    assert first == 2
    assert second != 2


def test_weights_of_groups_change_who_is_first():
    index = indexed(world("black_hair kimono", "black_hair", "kimono"))
    assert work_rows(related(index, 0, weights={"hair_color": 3})) == [1, 2]
    assert work_rows(related(index, 0, weights={"clothing": 3})) == [2, 1]


def test_a_negative_attribute_weight_pushes_away():
    index = indexed(world("black_hair hat", "black_hair hat", "black_hair"))
    assert work_rows(related(index, 0)) == [1, 2]
    away = related(index, 0, weights={"hat": -1})
    assert work_rows(away) == [2, 1]
    assert away[1].because[-1].share < 0


def test_own_group_weights_of_an_index_stay_in_force():
    works = world("black_hair kimono", "black_hair", "kimono")
    index = indexed(works, group_weights={"clothing": 3, "hair_color": 0.5})
    assert work_rows(related(index, 0)) == [2, 1]


def test_every_weight_0_relates_nothing():
    index = indexed(world("black_hair", "black_hair"))
    assert related(index, 0, weights=dict.fromkeys(GROUPS, 0)) == []


@given(worlds, st.data())
def test_what_is_not_allowed_never_appears(library, data):
    rows = st.integers(0, len(library) - 1)
    query = data.draw(rows)
    allowed = data.draw(arrays.arrays(np.bool_, len(library)))
    index = indexed(library)
    kept = work_rows(related(index, query, k=4, allowed=allowed))
    everyone = work_rows(related(index, query, k=len(library)))
    assert query not in everyone
    assert kept == [r for r in everyone if allowed[r]][:4]


def test_filters_leave_the_mask_as_it_was():
    allowed = np.ones(3, np.bool_)
    index = indexed(world("hat", "hat", "hat"))
    index.remove(index.work_ids[1:2])
    index.search(index.space.shares(), k=1, allowed=allowed)
    assert allowed.all()


@pytest.mark.parametrize("k", [1, 3, 10, 39, 100])
def test_equal_scores_stand_in_the_order_of_their_ids(k):
    index = indexed(world(*["black_hair"] * 40))
    found = [one.work_id for one in related(index, 0, k=k)]
    assert found == sorted(index.work_ids[1:])[:k]


def test_a_large_library_is_searched_exactly():
    generator = np.random.default_rng(5)
    library = generator.integers(0, 256, (3000, len(PACKAGE)), np.uint8)
    library[generator.random(library.shape) < 0.9] = 0
    library[1000:2000] = library[:1000]
    index = indexed(library, PACKAGE)
    for row in (0, 1500, 2500):
        every = related(index, row, k=len(library))
        for k in (1, 10, 200):
            assert related(index, row, k=k) == every[:k]


def brute_force(index, weighted, k, allowed, min_score):
    """The best works by looking at every one."""
    rows = np.flatnonzero(index.live & allowed).tolist()
    scores = dict(zip(rows, index.space.scores(weighted, index.probabilities[rows]), strict=True))
    ranked = sorted(rows, key=lambda row: (-scores[row], index.work_ids[row]))
    return [(row, scores[row]) for row in ranked if scores[row] >= min_score][:k]


queries = arrays.arrays(
    np.float64, len(SMALL), elements=st.sampled_from([0, 0, 0, 1]) | st.floats(-1, 1, width=16)
)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    queries,
    st.sampled_from([1, 10, 300, 5000]),
    st.sampled_from([0.0001, 0.5, 0.95, 1]),
    st.sampled_from([MIN_SCORE, 0.0, 0.3, -math.inf]),
)
def test_a_search_among_thousands_finds_what_looking_at_every_work_finds(
    seed, weighted, k, part, min_score
):
    generator = np.random.default_rng(seed)

    def some(count):
        works = generator.choice(np.array([0, 60, 127, 200, 255], np.uint8), (count, len(SMALL)))
        return works * (generator.random(works.shape) < generator.choice([0.1, 0.4]))

    index = indexed(some(2600))
    index.remove([index.work_ids[row] for row in generator.choice(2600, 50, replace=False)])
    again = [index.work_ids[row] for row in generator.choice(2600, 200, replace=False)]
    index.put([*again, *(f"new-{number}" for number in range(100))], some(300))
    allowed = generator.random(len(index)) < part
    rows, scores = index.search(weighted, k=k, allowed=allowed, min_score=min_score)
    expected = brute_force(index, weighted, k, allowed, min_score)
    assert list(zip(rows.tolist(), scores.tolist(), strict=True)) == expected


@pytest.mark.parametrize("ordered", [False, True])
def test_works_of_several_chunks_are_searched_exactly(ordered):
    generator = np.random.default_rng(6)
    works = generator.choice(np.array([0, 40, 127, 255], np.uint8), (2 * CHUNK + 999, len(SMALL)))
    works[generator.random(works.shape) < 0.7] = 0
    if ordered:  # so that one chunk holds all that is alike
        works = works[np.lexsort(works.T)]
    index = indexed(works)
    allowed = generator.random(len(index)) < 0.5
    for row in (0, CHUNK - 1, CHUNK, len(index) - 1):
        weighted = index.vectors([row])[0] * index.space.shares({"hat": -1})
        for k in (3, 300):
            rows, scores = index.search(weighted, k=k, allowed=allowed)
            expected = brute_force(index, weighted, k, allowed, MIN_SCORE)
            assert list(zip(rows.tolist(), scores.tolist(), strict=True)) == expected


def alike(count, seed):
    """Works of 300 kinds, each with some of the attributes disturbed."""
    generator = np.random.default_rng(seed)
    kinds = generator.choice(np.array([0, 0, 0, 60, 255], np.uint8), (300, len(PACKAGE)))
    works = kinds[generator.integers(0, len(kinds), count)]
    noise = generator.integers(0, 256, works.shape, np.uint8)
    return np.where(generator.random(works.shape) < 0.2, noise, works)


@pytest.mark.parametrize("num", [1, 2, 3, 7, 16])
def test_what_a_work_scores_does_not_depend_on_its_company(num):
    index = indexed(alike(2_000, 3), PACKAGE)
    space, probabilities = index.space, index.probabilities
    weighted = index.vectors([5])[0] * space.shares({"hat": -1})
    together = space.scores(weighted, probabilities)
    for start in range(0, 200, num):
        some = slice(start, start + num)
        np.testing.assert_array_equal(space.scales(probabilities[some]), index.scales[some])
        found = space.scores(weighted, probabilities[some], index.scales[some])
        np.testing.assert_array_equal(found, together[some])
    assert index.vectors(np.arange(2_000)).max() <= 1


def test_an_approximate_search_finds_nearly_all_that_an_exact_one_finds():
    index = indexed(alike(30_000, 1), PACKAGE, approximate=True)
    assert not index.exact
    allowed = np.random.default_rng(2).random(len(index)) < 0.7
    found = wanted = 0
    for row in range(0, len(index), 500):
        weighted = index.vectors([row])[0] * index.space.shares({"hat": -1})
        index.approximate = True
        rows, scores = index.search(weighted, k=10, allowed=allowed)
        assert allowed[rows].all()
        assert scores.tolist() == index.space.scores(weighted, index.probabilities[rows]).tolist()
        index.approximate = False
        exact_rows, _ = index.search(weighted, k=10, allowed=allowed)
        found, wanted = found + len(np.intersect1d(rows, exact_rows)), wanted + len(exact_rows)
    assert found >= 0.99 * wanted


def test_an_approximate_search_that_is_in_doubt_is_exact():
    # What tells these works apart weighs so little that it is not read.
    styles = alike(6000, 3)
    hair = [PACKAGE.row(id_) for id_ in PACKAGE.ids if PACKAGE[id_].group == "hair_color"]
    styles[:, hair] = 0
    styles[:, PACKAGE.row("black_hair")] = 255
    index = indexed(styles, PACKAGE, approximate=True)
    for weighted in (np.zeros(len(PACKAGE)), index.vectors([0])[0] * 1e-3):
        weighted[PACKAGE.row("black_hair")] = float(weighted.any())
        rows, scores = index.search(weighted, k=10, min_score=-math.inf)
        expected = brute_force(index, weighted, 10, index.live, -math.inf)
        assert list(zip(rows.tolist(), scores.tolist(), strict=True)) == expected


def test_an_approximate_index_sees_changes_and_is_kept_as_such(tmp_path):
    works = alike(5000, 4)
    index = indexed(works, PACKAGE, approximate=True)
    save_index(index, tmp_path / "index", bundle_fingerprint="b")
    loaded = load_index(tmp_path / "index", PACKAGE, bundle_fingerprint="b")
    assert not loaded.exact
    weighted = index.vectors([7])[0] * index.space.shares()
    before = index.search(weighted, k=10)
    assert [part.tolist() for part in loaded.search(weighted, k=10)] == [p.tolist() for p in before]
    loaded.put(["new"], works[7:8])
    loaded.remove([loaded.work_ids[7]])
    assert loaded.search(weighted, k=1)[0].tolist() == [loaded.row("new")]


def test_small_indices_are_exact():
    assert indexed(world("hat")).exact


def test_an_index_that_grows_from_nothing_is_searched_exactly():
    index = indexed(world())
    generator = np.random.default_rng(4)
    for start in range(0, 5000, 1000):
        works = generator.integers(0, 256, (1000, len(SMALL)), np.uint8)
        works[generator.random(works.shape) < 0.8] = 0
        index.put([f"w{start + number}" for number in range(1000)], works)
        weighted = index.vectors([start])[0] * index.space.shares()
        rows, scores = index.search(weighted, k=20)
        everyone = np.ones(len(index), np.bool_)
        expected = brute_force(index, weighted, 20, everyone, MIN_SCORE)
        assert list(zip(rows.tolist(), scores.tolist(), strict=True)) == expected


def test_what_does_not_fit_is_not_put():
    index = indexed(world("hat"))
    with pytest.raises(UsageError, match="work id 'a' stands for several works"):
        index.put(["a", "b", "a"], world("hat", "hat", "hat"))
    with pytest.raises(UsageError, match=r"uint8 \(1, 14\), expected uint8 \(2, 14\)"):
        index.put(["a", "b"], world("hat"))
    with pytest.raises(LibraryError, match="work 'gone' is not in the index"):
        index.remove([index.work_ids[0], "gone"])
    assert list(index.work_ids) == names(1)
    assert index.live.all()


def test_a_picture_outside_the_library_is_a_query_as_well():
    library = world("black_hair", "blonde_hair", "black_hair hat")
    index = indexed(library)
    as_bytes = related(index, library[0] / 255)
    assert work_rows(as_bytes) == [0, 2]
    assert as_bytes[0].score == related(index, 0)[0].score


def test_more_is_asked_for_than_there_is():
    assert work_rows(related(indexed(world("hat", "hat", "kimono")), 0, k=99)) == [1]


def test_libraries_of_none_and_one():
    assert related(indexed(world()), world("hat")[0] / 255) == []
    one = indexed(world("hat"))
    assert related(one, 0) == []
    assert work_rows(related(one, world("hat")[0] / 255)) == [0]


def test_rows_are_found_by_id():
    index = indexed(world("hat", "kimono"))
    assert [index.row(work_id) for work_id in index.work_ids] == [0, 1]
    with pytest.raises(LibraryError, match="work 'gone' is not in the index"):
        index.row("gone")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            {"hair_colour": 1},
            "unknown group or attribute 'hair_colour'; the nearest are hair_color",
        ),
        ({"twintail": 1}, "unknown group or attribute 'twintail'; the nearest are twintails"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(weights, message):
    with pytest.raises(UnknownNameError, match=message):
        related(indexed(world("hat")), 0, weights=weights)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"hair_color": 3.1}, "weight of 'hair_color' is 3.1, expected 0 to 3"),
        ({"hair_color": -0.1}, "weight of 'hair_color' is -0.1, expected 0 to 3"),
        ({"hair_color": math.nan}, "weight of 'hair_color' is nan, expected 0 to 3"),
        ({"twintails": 2.5}, "weight of 'twintails' is 2.5, expected -1 to 2"),
    ],
)
def test_weights_out_of_range_are_named(weights, message):
    with pytest.raises(UsageError, match=message):
        related(indexed(world("hat")), 0, weights=weights)


def test_group_weights_of_an_index_are_checked():
    with pytest.raises(UnknownNameError, match="unknown group 'hair_colour'"):
        indexed(world("hat"), group_weights={"hair_colour": 1})
    with pytest.raises(UsageError, match="weight of 'clothing' is 4"):
        indexed(world("hat"), group_weights={"clothing": 4})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"query": 2}, "row 2 is not in the index, which has 2 rows"),
        ({"query": -1}, "row -1 is not in the index"),
        ({"query": 0, "k": 0}, "k is 0, expected 1 or more"),
        (
            {"query": np.zeros(3)},
            r"probabilities are float64 \(1, 3\), expected floating \(n, 14\)",
        ),
        ({"query": np.full(14, 1.5)}, r"lie in \[1.5, 1.5\], expected \[0, 1\]"),
        ({"query": np.full(14, np.nan)}, r"expected \[0, 1\]"),
        ({"query": 0, "allowed": np.ones(3, np.bool_)}, r"allowed is bool \(3,\)"),
        ({"query": 0, "allowed": np.ones(2)}, r"allowed is float64 \(2,\), expected bool \(2,\)"),
    ],
)
def test_what_does_not_fit_a_query_is_named(options, message):
    with pytest.raises(UsageError, match=message):
        related(indexed(world("hat", "hat")), **options)


def test_what_does_not_fit_an_index_is_named():
    works = world("hat", "hat")
    with pytest.raises(UsageError, match=r"uint8 \(2, 14\), expected uint8 \(1, 14\)"):
        AttributeIndex.from_probabilities(["a"], works, SMALL)
    with pytest.raises(UsageError, match="probabilities are float64"):
        AttributeIndex.from_probabilities(["a", "b"], works / 255, SMALL)
    with pytest.raises(UsageError, match="work id 'a' stands for several works"):
        AttributeIndex.from_probabilities(["a", "a"], works, SMALL)


@settings(deadline=None, max_examples=20)
@given(library=worlds)
def test_what_is_saved_is_loaded(library, tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "attributes.npz"
    index = indexed(library, group_weights={"clothing": 2})
    save_index(index, path, bundle_fingerprint="abc")
    loaded = load_index(path, SMALL, bundle_fingerprint="abc")
    assert loaded.work_ids == index.work_ids
    assert loaded.space.group_weights == index.space.group_weights
    assert (loaded.space.idf == index.space.idf).all()
    assert related(loaded, 0) == related(index, 0)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_works_are_added_to_a_loaded_index_without_a_copy(tmp_path):
    rng = np.random.default_rng(3)
    probabilities = rng.integers(0, 256, (64, len(SMALL))).astype(np.uint8)
    save_index(indexed(probabilities), tmp_path / "index", bundle_fingerprint="b")
    index = load_index(tmp_path / "index", SMALL, bundle_fingerprint="b")
    before = index.probabilities
    index.put(["a", "b"], probabilities[:2])
    assert np.shares_memory(before, index.probabilities)
    assert (index.probabilities[:64] == probabilities).all()
    index.put([f"more-{n}" for n in range(9)], probabilities[:9])
    assert (index.probabilities[64:] == probabilities[[0, 1, *range(9)]]).all()


def test_saving_replaces_what_was_there(tmp_path):
    path = tmp_path / "attributes.npz"
    for works in (world("hat"), world("hat", "kimono"), world()):
        save_index(indexed(works), path, bundle_fingerprint="abc")
        assert len(load_index(path, SMALL, bundle_fingerprint="abc")) == len(works)


def test_an_index_of_another_bundle_or_vocabulary_is_refused(tmp_path):
    path = tmp_path / "attributes.npz"
    save_index(indexed(world("hat")), path, bundle_fingerprint="abc")
    with pytest.raises(LibraryError, match=r"another bundle \(abc, expected xyz\); run `zokusei"):
        load_index(path, SMALL, bundle_fingerprint="xyz")
    with pytest.raises(LibraryError, match=r"another vocabulary .*run `zokusei index LIB` again"):
        load_index(path, PACKAGE, bundle_fingerprint="abc")


def test_an_index_of_another_version_is_refused(tmp_path):
    path = tmp_path / "attributes.npz"
    save_index(indexed(world("hat")), path, bundle_fingerprint="abc")
    with np.load(path) as file:
        parts = dict(file)
    about = {**json.loads(parts["about"].tobytes()), "version": 0}
    np.savez(path, **{**parts, "about": np.frombuffer(json.dumps(about).encode(), np.uint8)})
    with pytest.raises(LibraryError, match=r"made by another version \(0, expected 4\)"):
        load_index(path, SMALL, bundle_fingerprint="abc")


def test_a_missing_or_damaged_index_is_refused(tmp_path):
    path = tmp_path / "attributes.npz"
    with pytest.raises(LibraryError, match="there is no index at"):
        load_index(path, SMALL, bundle_fingerprint="abc")
    save_index(indexed(world("hat", "kimono")), path, bundle_fingerprint="abc")
    whole = path.read_bytes()
    for damaged in (b"", b"text", whole[:50], whole[: len(whole) // 2], whole[:-30]):
        path.write_bytes(damaged)
        with pytest.raises(LibraryError, match="not an index or is damaged"):
            load_index(path, SMALL, bundle_fingerprint="abc")


def test_the_table_of_weights_names_the_groups_of_the_vocabulary():
    assert list(GROUP_WEIGHTS) == [group.id for group in PACKAGE.groups]


@pytest.mark.parametrize(
    ("flags", "core"),
    [({"avx2", "avx512f"}, "SKYLAKEX"), ({"avx2"}, "HASWELL"), ({"sse2"}, None), (set(), None)],
)
def test_openblas_is_told_a_cpu_that_has_no_more_than_this_one(flags, core):
    assert blas_core(flags) == core


def test_works_that_are_put_or_removed_count_in_the_next_search():
    index = indexed(world("hat", "hat", "kimono"))
    index.put(["new", index.work_ids[1]], world("hat", "kimono"))
    assert [one.work_id for one in related(index, 0)] == ["new"]
    index.remove(["new"])
    assert related(index, 0) == []
    with pytest.raises(LibraryError, match="work 'new' is not in the index"):
        index.row("new")
    index.put(["new"], world("hat"))
    assert [one.work_id for one in related(index, 0)] == ["new"]
    assert index.row("new") == 3
