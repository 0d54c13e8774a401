"""Measures of recommended works: fractions worked by hand, other implementations, laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from zokusei.errors import UsageError
from zokusei.evaluation.bootstrap import resample_counts
from zokusei.evaluation.related import Works, evaluate_related, judge_ranked
from zokusei.evaluation.related_metrics import (
    coverage,
    diversity,
    list_metrics,
    mean_interval,
    novelty,
    ranking,
)
from zokusei.evaluation.related_questions import (
    Question,
    make_trial,
    of_kind,
    popularity_of,
    split_of,
)
from zokusei.evaluation.related_report import write_related_report


def rows(*values):
    return np.array(values, np.int64)


# -------------------------------------------------------------------------- measures


def test_a_list_is_judged_by_fractions_worked_by_hand():
    found = list_metrics(rows(4, 9, 7, 1, 2), rows(9, 1, 8), 5)
    assert found.recall == pytest.approx(2 / 3)
    # Hits at places 2 and 4, of at most 3: precision 1/2 and 2/4.
    assert found.average_precision == pytest.approx((1 / 2 + 2 / 4) / 3)
    ideal = 1 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert found.ndcg == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)


def test_what_stands_after_the_kth_place_counts_for_nothing():
    assert list_metrics(rows(1, 2, 3), rows(3), 2) == (0, 0, 0)


def test_with_more_targets_than_places_a_list_full_of_them_is_ideal():
    found = list_metrics(rows(1, 2), rows(1, 2, 3, 4), 2)
    assert found == (0.5, pytest.approx(1), pytest.approx(1))


def test_without_targets_nothing_is_defined():
    assert all(math.isnan(figure) for figure in list_metrics(rows(1), rows(), 1))


@given(st.integers(2, 30), st.integers(1, 12), st.integers(0, 2**16))
def test_ndcg_is_that_of_scikit_learn(num_works, k, seed):
    rng = np.random.default_rng(seed)
    scores = rng.permutation(num_works).astype(float)
    liked = rng.random(num_works) < 0.3
    liked[rng.integers(num_works)] = True
    found = list_metrics(ranking(scores, np.arange(num_works)), np.flatnonzero(liked), k)
    assert found.ndcg == pytest.approx(ndcg_score([liked], [scores], k=k))


def test_equal_scores_stand_in_the_order_given():
    assert ranking(np.array([1.0, 2, 1, 2]), rows(2, 3, 0, 1)).tolist() == [3, 1, 2, 0]


def test_coverage_counts_each_work_once():
    assert coverage([rows(0, 1), rows(1, 2)], 6) == 0.5


def test_diversity_is_the_mean_unlikeness_of_pairs():
    vectors = np.array([[1.0, 0], [1, 0], [0, 1]])
    # One pair of three is alike in the half that the first attribute weighs.
    assert diversity(rows(0, 1, 2), vectors, np.array([0.5, 0.5])) == pytest.approx(1 - 0.5 / 3)
    assert math.isnan(diversity(rows(0), vectors, np.ones(2)))


def test_novelty_is_0_for_what_everybody_knows():
    num_bookmarks = rows(7, 0, 3)
    assert novelty(rows(0), num_bookmarks, 7) == 0
    assert novelty(rows(1, 2), num_bookmarks, 7) == pytest.approx((3 + 1) / 2)


def test_an_interval_holds_the_mean_of_what_is_defined():
    values = np.array([0.0, 1, math.nan, 1, 0, 1])
    interval = mean_interval(values, resample_counts(6))
    assert interval.value == pytest.approx(0.6)
    assert interval.low < 0.6 < interval.high
    nothing = mean_interval(np.full(6, math.nan), resample_counts(6))
    assert math.isnan(nothing.value)


# ------------------------------------------------------------------------ popularity


@given(st.lists(st.integers(0, 5), min_size=2, max_size=40), st.integers(0, 2**16))
def test_among_works_as_popular_only_those_are_ranked(popularity, seed):
    places = np.minimum(np.array(popularity), 4)
    rng = np.random.default_rng(seed)
    ranked = rng.permutation(len(places))
    targets = np.sort(rng.choice(len(places), 2, replace=False))
    among, whole = judge_ranked(ranked, targets, places, 3)
    for place in range(5):
        own = targets[places[targets] == place]
        alike = [row for row in ranked if places[row] == place]
        expected = list_metrics(np.array(alike, np.int64), own, 3)
        assert np.allclose(among[place], expected, equal_nan=True)
        assert np.allclose(whole[place], list_metrics(ranked, own, 3), equal_nan=True)
    assert np.allclose(whole[-1], list_metrics(ranked, targets, 3))


# ------------------------------------------------------------------------- questions


def bookmarks(num_people=200, num_works=60, seed=0):
    rng = np.random.default_rng(seed)
    pairs = np.argwhere(rng.random((num_people, num_works)) < 0.4)
    return [f"user{user}" for user, _ in pairs], pairs[:, 1].astype(np.int64)


def a_trial(**options):
    user_ids, works = bookmarks()
    return make_trial(user_ids, works, [f"w{n}" for n in range(60)], **options)


def test_of_people_who_are_asked_nothing_is_learned():
    trial = a_trial()
    learned_from = set(trial.training[0])
    validation = {question.user_id for question in trial.validation}
    test = {question.user_id for question in trial.test}
    assert learned_from
    assert validation
    assert test
    assert not learned_from & validation
    assert not learned_from & test
    assert not validation & test


def test_a_question_is_made_of_all_that_a_person_bookmarked():
    user_ids, works = bookmarks()
    for question in a_trial(leave_out=7).test:
        own = {w for u, w in zip(user_ids, works.tolist(), strict=True) if u == question.user_id}
        assert len(question.targets) == 7
        assert not set(question.liked) & set(question.targets)
        assert set(question.liked) | set(question.targets) == own


def test_fresh_works_are_made_by_withholding():
    before = np.bincount(a_trial(withhold=0).training[1], minlength=60)
    assert (before >= 20).all()
    trial = a_trial(withhold=0.2)
    counts = trial.num_bookmarks
    assert [int(((counts >= a) & (counts <= b)).sum()) for a, b in ((0, 0), (1, 4), (5, 19))] == [
        12,
        12,
        12,
    ]
    untouched = counts >= 20
    assert (counts[untouched] == before[untouched]).all()
    assert np.array_equal(np.bincount(trial.training[1], minlength=60), counts)


def test_a_trial_is_decided_by_its_seed():
    assert a_trial(seed=3).test[0].targets.tolist() == a_trial(seed=3).test[0].targets.tolist()
    assert {q.user_id for q in a_trial(seed=3).test} != {q.user_id for q in a_trial(seed=4).test}


def test_a_person_stays_where_they_are_when_others_come():
    splits = [split_of(f"user{n}") for n in range(2000)]
    assert splits.count("test") == pytest.approx(300, abs=60)
    assert splits.count("validation") == pytest.approx(300, abs=60)


def test_questions_about_one_work_are_about_one_that_was_liked():
    questions = a_trial().test
    for one, whole in zip(of_kind(questions, "work"), questions, strict=True):
        assert len(one.liked) == 1
        assert one.liked[0] in whole.liked
        assert one.targets is whole.targets


def test_too_few_bookmarks_are_refused_with_the_way_out():
    with pytest.raises(UsageError, match=r"200 bookmarks.*leave out fewer"):
        a_trial(leave_out=100)
    with pytest.raises(UsageError, match=r"withhold is 0\.5"):
        a_trial(withhold=0.5)


# --------------------------------------------------------------------------- judging


def judged(**rankers):
    """Four works, none fresh, two of them targets of one question each."""
    popularity = rows(4, 4, 4, 4, 4)
    works = Works(popularity, rows(9, 8, 7, 6, 5), 9, np.eye(5), np.full(5, 0.2))
    questions = [Question("a", rows(0), rows(1)), Question("b", rows(0), rows(2))]
    return evaluate_related("work", questions, rankers, works, k=1, parents=("attributes",))


def test_rankers_are_judged_on_the_same_questions_and_never_answer_what_was_liked():
    evaluation = judged(
        attributes=lambda _: np.array([9.0, 2, 1, 0, 0]),
        both=lambda question: np.isin(np.arange(5), question.targets + 0.0).astype(float),
    )
    first, second = evaluation.results
    assert first.whole["all"]["recall"].value == 0.5
    assert second.whole["all"]["recall"].value == 1
    assert evaluation.num_targets == {"0": 0, "1-4": 0, "5-19": 0, "20-99": 0, "100+": 2}
    assert [(gain.popularity, gain.among) for gain in evaluation.gains] == [
        ("100+", True),
        ("100+", False),
        ("all", False),
    ]
    assert {gain.ndcg.value for gain in evaluation.gains} == {0.5}
    assert {(gain.over, gain.is_better) for gain in evaluation.gains} == {("attributes", True)}


def test_who_ranks_by_nothing_gets_what_chance_gives():
    num = 400
    works = Works(popularity_of(rows(*[0] * num)), rows(*[0] * num), 9, np.eye(num), np.ones(num))
    questions = [Question(f"u{n}", rows(n), rows((n + 7) % num)) for n in range(num)]
    found = evaluate_related("work", questions, {"none": lambda _: np.zeros(num)}, works, k=40)
    assert found.results[0].among["0"]["recall"].value == pytest.approx(0.1, abs=0.04)


def test_the_report_needs_no_other_file_and_tells_what_json_tells(tmp_path):
    evaluation = judged(attributes=lambda _: np.arange(5.0), both=lambda _: -np.arange(5.0))
    page = write_related_report(tmp_path, [evaluation], title="Related", facts={"library": "<x>"})
    text = page.read_text("utf-8")
    assert "&lt;x&gt;" in text
    assert "http://" not in text
    assert 'data-ranker="both"' in text
    assert (tmp_path / "related.json").read_text("utf-8").count('"popularity": "100+"') == 2
