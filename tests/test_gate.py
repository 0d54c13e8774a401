"""The gate: none for a work that nobody bookmarked, more with every bookmark, learned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zokusei.errors import LibraryError, UsageError
from zokusei.evaluation.related import judge_ranked
from zokusei.evaluation.related_questions import make_trial, popularity_of
from zokusei.index import AttributeIndex
from zokusei.judging_related import Contest, _examples, judge_related, learn_gate_by, rankers
from zokusei.library import Library
from zokusei.recommend.by_bookmarks import make_model
from zokusei.recommend.gate import Gate, gate_path
from zokusei.recommend.learn_gate import Example, _Judge, learn_gate
from zokusei.recommend.taste import Taste
from zokusei.vocabulary import Vocabulary

gates = st.builds(
    Gate, st.floats(0, 1), st.floats(0, 1e4), st.floats(1e-3, 1e4), st.floats(0.01, 1)
)
counts = st.integers(0, 10**6)


@given(gates, counts, counts)
def test_without_bookmarks_on_either_side_people_say_nothing(gate, num_liked, num_answered):
    assert gate.share(num_liked, 0) == 0
    assert gate.share(0, num_answered) == 0


@given(gates, counts, counts, st.integers(1, 1000))
def test_with_more_bookmarks_people_never_say_less(gate, num_liked, num_answered, more):
    share = gate.share(num_liked, num_answered)
    assert 0 <= share <= gate.ceiling
    assert gate.share(num_liked + more, num_answered) >= share
    assert gate.share(num_liked, num_answered + more) >= share


@given(gates, counts, st.lists(counts, min_size=1))
def test_weights_are_parts_of_one_whole(gate, num_liked, num_answered):
    weights = gate.weights(num_liked, num_answered)
    assert (weights.bookmarks == gate.share(num_liked, num_answered)).all()
    assert (weights.attributes >= 0).all()
    assert (weights.attributes + weights.bookmarks <= 1 + 1e-12).all()


@given(gates, counts)
def test_where_nobody_bookmarked_what_is_liked_the_score_is_that_by_attributes(gate, num_answered):
    assert gate.weights(0, num_answered) == (1, 0)


@given(gates, counts)
def test_fresh_works_are_ranked_by_attributes_alone(gate, num_liked):
    """One factor for all of them, so their order is that of the attributes."""
    attributes, bookmarks = gate.weights(num_liked, [0, 0])
    assert bookmarks.tolist() == [0, 0]
    assert attributes[0] == attributes[1] > 0


def test_half_of_the_ceiling_comes_with_the_bookmarks_that_are_named():
    gate = Gate(0.8, 0, 6, 1)
    assert gate.share(1, [0, 6]).tolist() == pytest.approx([0, 0.4])
    assert Gate(0.8, 10, 6, 1).share(10, 6) == pytest.approx(0.2)


def test_one_bookmark_more_is_a_small_step():
    gate = Gate.from_package()
    shares = gate.share(10**6, np.arange(1000))
    assert shares[0] == 0
    assert np.diff(shares).max() <= gate.ceiling / 8
    assert (np.diff(shares) > 0).all()


def test_the_gate_in_the_package_tells_what_it_was_learned_on():
    learned = Gate.from_package().learned
    assert "titles, not illustrations" in learned["on"]
    assert learned["num_questions"] > 500


@pytest.mark.parametrize(
    "numbers",
    [
        (1.2, 1, 1, 1),
        (-0.1, 1, 1, 1),
        (0.5, -1, 1, 1),
        (0.5, 1, 0, 1),
        (0.5, 1, 1, 0),
        (0.5, float("nan"), 1, 1),
    ],
)
def test_a_number_out_of_its_range_is_refused(numbers):
    with pytest.raises(UsageError, match="expected"):
        Gate(*numbers)


def test_a_library_uses_its_own_gate_once_it_has_one(tmp_path):
    library = Library.create(tmp_path / "library")
    assert Gate.from_library(library) == Gate.from_package()
    own = Gate(0.25, 3, 4, 0.5, learned={"on": "this library"})
    own.save(gate_path(library))
    assert Gate.from_library(library) == own


@pytest.mark.parametrize("text", ["", "{}", '{"version": 9}', '{"version": 1, "ceiling": 2}'])
def test_a_damaged_gate_is_named_with_the_way_out(tmp_path, text):
    path = tmp_path / "gate.json"
    path.write_text(text, "utf-8")
    with pytest.raises(LibraryError, match=r"gate\.json.*learn it again"):
        Gate.load(path)


# -------------------------------------------------------------------------- learning


def examples(*, people_are_right, num=60, num_works=100, seed=0):
    """Questions whose target one of the scores puts first and the other puts anywhere."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(num):
        target = int(rng.integers(1, num_works))
        right, noise = np.zeros(num_works), rng.random(num_works)
        right[target] = 0.3
        scores = (noise, right) if people_are_right else (right, noise)
        made.append(Example("work", np.array([target]), np.array([0]), *scores, num_liked=100))
    return made


@pytest.mark.parametrize("people_are_right", [True, False])
def test_a_gate_learns_whom_to_believe(people_are_right):
    num_bookmarks = np.full(100, 50)
    gate = learn_gate(
        examples(people_are_right=people_are_right), num_bookmarks, popularity_of(num_bookmarks)
    )
    attributes, bookmarks = gate.weights(100, 50)
    assert bookmarks > 2 * attributes if people_are_right else attributes > 2 * bookmarks
    assert gate.learned["num_questions"] == 60


def test_without_examples_there_is_nothing_to_learn():
    with pytest.raises(UsageError, match="no questions"):
        learn_gate([], np.zeros(3, np.int64), np.zeros(3, np.int64))


@pytest.mark.filterwarnings("ignore:Mean of empty slice")  # popularities without a target
def test_learning_and_judging_measure_alike(contest):
    """All examples at once, against one list after the other."""
    kept, examples = _examples(contest, make_model(contest.matrix, "tfidf"), seed=0)
    assert len(kept) == len(contest.trial.work_ids)
    places = contest.trial.popularity
    judge = _Judge(examples, contest.trial.num_bookmarks, places, k=5, seed=0)
    noise = np.random.default_rng(0).random((len(examples), len(places)))
    scores = np.stack([example.by_bookmarks for example in examples]) + 0.01 * noise
    found = judge.ndcg(scores)
    for row, kind in enumerate(("person", "work")):
        lists = []
        for example, own in zip(examples, scores, strict=True):
            if example.kind != kind:
                continue
            order = np.argsort(-own)
            ranked = order[~np.isin(order, example.liked)]
            among, whole = judge_ranked(ranked, example.targets, places, 5)
            lists.append([*among[:, 1], whole[-1, 1]])
        expected = np.nanmean(lists, axis=0)
        assert found[row] == pytest.approx(expected[np.isfinite(expected)])


# ---------------------------------------------- a world whose tastes are known

PACKAGE = Vocabulary.from_package()
COLORS = ("black_hair", "blonde_hair", "blue_hair", "pink_hair")
STYLES = ("twintails", "ponytail", "braid", "bob_cut")
CLOTHES = ("kimono", "school_uniform", "maid", "armor")
KNOWN = PACKAGE.subset([*COLORS, *STYLES, *CLOTHES])


@pytest.fixture(scope="module")
def contest():
    """People who love one hair colour with one style, whoever wears it, and a few things else.

    Within what they love they follow artists, which no attribute shows: bookmarks know more
    where there are some.
    """
    rng = np.random.default_rng(0)
    works = [
        (color, style, clothes, artist)
        for color in COLORS
        for style in STYLES
        for clothes in CLOTHES
        for artist in range(6)
    ]
    work_ids = [f"w{n:03}" for n in range(len(works))]
    probabilities = np.array(
        [[255 * (id_ in work) for id_ in KNOWN.ids] for work in works], np.uint8
    )
    index = AttributeIndex.from_probabilities(work_ids, probabilities, KNOWN)
    pairs = []
    for person in range(900):
        color, style = rng.choice(COLORS), rng.choice(STYLES)
        artists = rng.permutation(6)[:3]
        for row, work in enumerate(works):
            loves = work[:2] == (color, style)
            chance = (0.75 if work[3] in artists else 0.1) if loves else 0.01
            if rng.random() < chance:
                pairs.append((f"user{person}", row))
    user_ids = [user_id for user_id, _ in pairs]
    rows = np.array([row for _, row in pairs])
    trial = make_trial(user_ids, rows, work_ids, leave_out=4, withhold=0.2)
    return Contest.from_trial(trial, index)


def test_on_tastes_that_are_known_both_do_at_least_as_well_as_either_alone(contest):
    gate = learn_gate_by(contest, source="a world made up for a test")
    by_work, by_person = judge_related(contest, rankers(contest, gate), k=10)
    for evaluation in (by_work, by_person):
        of = {result.name: result for result in evaluation.results}
        for gain in evaluation.gains:
            # In a list of all works a place for one popularity is lost to another. Of some twenty
            # intervals of 95% one may lie below 0 by chance, a little.
            if gain.among or gain.popularity == "all":
                assert gain.ndcg.high >= -0.01, gain
        fresh = {name: result.among["0"]["recall"].value for name, result in of.items()}
        assert fresh["both"] == fresh["taste"] > 2 * fresh["bookmarks"]
        assert of["both"].whole["all"]["ndcg"].value > of["popular"].whole["all"]["ndcg"].value
    assert gate.learned["on"] == "a world made up for a test"


def test_taste_never_sees_a_withheld_work(contest):
    vectors = contest.works.vectors.copy()
    vectors[contest.trial.num_bookmarks == 0] = np.nan
    again = Taste.learn(contest.matrix, vectors[contest.rows], KNOWN.ids)
    assert np.isfinite(again.answers).all()
    assert (
        again.weighted(np.ones(len(KNOWN)), 1) == contest.taste.weighted(np.ones(len(KNOWN)), 1)
    ).all()


def test_the_gate_is_not_learned_from_those_it_is_judged_by(contest):
    gate = learn_gate_by(contest, source="x")
    blind = Contest(
        trial=type(contest.trial)(
            contest.trial.work_ids,
            contest.trial.training,
            contest.trial.num_bookmarks,
            contest.trial.validation,
            (),
        ),
        works=contest.works,
        matrix=contest.matrix,
        rows=contest.rows,
        taste=contest.taste,
    )
    assert learn_gate_by(blind, source="x") == gate
