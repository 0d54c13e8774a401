"""Metrics against scikit-learn, fractions worked by hand, and laws."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from zokusei.errors import UsageError
from zokusei.evaluation.bootstrap import Interval, resample_counts, resampled_share
from zokusei.evaluation.metrics import (
    average_precision,
    brier_score,
    check_arrays,
    confusion_matrix,
    contradictions,
    decide,
    ranking,
    roc_auc,
    top_one,
)
from zokusei.evaluation.ranking import weighted_ranking
from zokusei.evaluation.reliability import expected_calibration_error, reliability
from zokusei.evaluation.rivalry import rivalries
from zokusei.vocabulary import Vocabulary

NAN = float("nan")


def column(*values, dtype=np.float32):
    return np.array(values, dtype)[:, None]


def labels(*values):
    return column(*values, dtype=np.int8)


@st.composite
def masked_attribute(draw):
    """Probabilities with many ties and labels with unknowns, of one attribute."""
    size = draw(st.integers(2, 40))
    steps = draw(st.integers(1, 30))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    probabilities = (rng.integers(0, steps + 1, size) / steps).astype(np.float32)
    return probabilities[:, None], rng.integers(-1, 2, size).astype(np.int8)[:, None]


@given(masked_attribute())
def test_ranking_agrees_with_scikit_learn_ties_included(case):
    probabilities, truth = case
    known = truth[:, 0] >= 0
    y, p = truth[known, 0], probabilities[known, 0]
    found = ranking(probabilities, truth)
    if 0 < y.sum() < len(y):
        assert found.average_precision[0] == pytest.approx(reference.average_precision_score(y, p))
        assert found.roc_auc[0] == pytest.approx(reference.roc_auc_score(y, p))
    else:
        assert math.isnan(found.average_precision[0])
        assert math.isnan(found.roc_auc[0])


@given(masked_attribute(), st.integers(0, 2**32 - 1))
def test_weighted_ranking_agrees_with_scikit_learn(case, seed):
    probabilities, truth = case
    weights = np.random.default_rng(seed).integers(0, 4, (len(truth), 3)).astype(np.float64)
    found = weighted_ranking(probabilities[:, 0], truth[:, 0], weights)
    for place, weight in enumerate(weights.T):
        kept = (truth[:, 0] >= 0) & (weight > 0)
        y, p = truth[kept, 0], probabilities[kept, 0]
        if 0 < y.sum() < len(y):
            expected = reference.average_precision_score(y, p, sample_weight=weight[kept])
            assert found.average_precision[place] == pytest.approx(expected)
            expected = reference.roc_auc_score(y, p, sample_weight=weight[kept])
            assert found.roc_auc[place] == pytest.approx(expected)
        else:
            assert math.isnan(found.average_precision[place])


def test_average_precision_worked_by_hand():
    # Present at ranks 1 and 3, and at rank 6 of 6: (1/1 + 2/3 + 3/6) / 3.
    truth = labels(1, 0, 1, 0, 0, 1)
    found = average_precision(column(0.9, 0.8, 0.7, 0.6, 0.5, 0.4), truth)
    assert found[0] == pytest.approx((1 + 2 / 3 + 1 / 2) / 3)


def test_equal_probabilities_score_the_base_rate_and_one_half():
    probabilities, truth = np.full((8, 1), 0.3, np.float32), labels(1, 0, 0, 0, 1, 0, 0, 0)
    assert average_precision(probabilities, truth)[0] == pytest.approx(2 / 8)
    assert roc_auc(probabilities, truth)[0] == pytest.approx(1 / 2)


@given(masked_attribute(), st.floats(0, 1, width=32))
def test_what_is_masked_changes_nothing(case, other):
    probabilities, truth = case
    changed = np.where(truth < 0, np.float32(other), probabilities)
    for metric in (average_precision, roc_auc, brier_score, expected_calibration_error):
        np.testing.assert_array_equal(metric(probabilities, truth), metric(changed, truth))
    for before, after in zip(
        decide(probabilities, truth, 0.5), decide(changed, truth, 0.5), strict=True
    ):
        np.testing.assert_array_equal(before, after)


@given(masked_attribute(), st.integers(0, 2**32 - 1))
def test_the_order_of_the_works_does_not_matter(case, seed):
    probabilities, truth = case
    order = np.random.default_rng(seed).permutation(len(truth))
    for metric in (average_precision, roc_auc, brier_score, expected_calibration_error):
        np.testing.assert_allclose(
            metric(probabilities, truth), metric(probabilities[order], truth[order]), rtol=1e-9
        )


@given(masked_attribute(), st.floats(0, 1), st.floats(0, 1))
def test_raising_a_threshold_never_adds_a_tag_nor_raises_recall(case, one, other):
    low, high = sorted((one, other))
    lower, higher = decide(*case, low), decide(*case, high)
    assert (higher.hits + higher.false_alarms <= lower.hits + lower.false_alarms).all()
    if (case[1] == 1).any():
        assert (higher.recall <= lower.recall).all()


@given(masked_attribute(), st.floats(0, 1))
def test_decisions_agree_with_scikit_learn(case, threshold):
    probabilities, truth = case
    known = truth[:, 0] >= 0
    y, tagged = truth[known, 0], probabilities[known, 0] >= threshold
    found = decide(probabilities, truth, threshold)
    if 0 < y.sum() < len(y):
        assert found.recall[0] == pytest.approx(reference.recall_score(y, tagged))
        assert found.f1[0] == pytest.approx(reference.f1_score(y, tagged, zero_division=0))
    if 0 < y.sum() < len(y) and tagged.any():
        assert found.precision[0] == pytest.approx(reference.precision_score(y, tagged))


def test_without_absent_labels_precision_is_undefined_rather_than_perfect():
    found = decide(column(0.9, 0.2), labels(1, 1), 0.5)
    assert math.isnan(found.precision[0])
    assert math.isnan(found.f1[0])
    assert found.recall[0] == 0.5


def test_weighted_decisions_count_each_work_as_often_as_drawn():
    counts = np.array([[1, 0], [1, 3], [1, 0]], np.float32)
    found = decide(column(0.9, 0.8, 0.1), labels(1, 0, 1), 0.5, counts)
    np.testing.assert_array_equal(found.hits, [[1], [0]])
    np.testing.assert_array_equal(found.false_alarms, [[1], [3]])
    np.testing.assert_array_equal(found.misses, [[1], [0]])


@given(masked_attribute())
def test_brier_score_agrees_with_scikit_learn(case):
    probabilities, truth = case
    known = truth[:, 0] >= 0
    y, p = truth[known, 0], probabilities[known, 0]
    if 0 < y.sum() < len(y):
        expected = reference.brier_score_loss(y, p)
        assert brier_score(probabilities, truth)[0] == pytest.approx(expected, abs=1e-6)


def test_calibration_error_worked_by_hand():
    # Two bins of two: stated 0.2 and seen 0/2, stated 0.7 and seen 1/2.
    curve = reliability(column(0.1, 0.3, 0.6, 0.8), labels(0, 0, 1, 0), num_bins=2)
    assert curve.count == (2, 2)
    assert curve.frequency == (0, 0.5)
    assert curve.probability == pytest.approx((0.2, 0.7))
    assert curve.error == pytest.approx(0.2)


@given(masked_attribute(), st.integers(1, 20))
def test_reliability_bins_hold_every_known_entry_once_and_share_no_probability(case, num_bins):
    probabilities, truth = case
    curve = reliability(probabilities, truth, num_bins=num_bins)
    assert sum(curve.count) == (truth >= 0).sum()
    assert len(curve.count) <= num_bins
    assert list(curve.probability) == sorted(set(curve.probability))


def test_reliability_of_nothing_known_is_empty():
    curve = reliability(column(0.5), labels(-1))
    assert curve.count == ()
    assert math.isnan(curve.error)


# Three colours; the fourth attribute is of another group.
COLOURS = (0, 1, 2)
SEEN = np.array(
    [[0.9, 0.1, 0.2, 1.0], [0.6, 0.3, 0.1, 1.0], [0.2, 0.7, 0.1, 1.0], [0.1, 0.2, 0.8, 1.0]],
    np.float32,
)
TRUTH = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [1, 0, 0, 0], [-1, -1, -1, 1]], np.int8)


def test_any_present_colour_is_right_and_works_without_one_are_left_out():
    found = top_one(SEEN, TRUTH, COLOURS)
    np.testing.assert_array_equal(found.works, [0, 1, 2])
    np.testing.assert_array_equal(found.predicted, [0, 0, 1])
    np.testing.assert_array_equal(found.right, [True, True, False])
    assert found.accuracy == pytest.approx(2 / 3)


def test_of_two_colours_only_the_main_one_is_right_when_it_is_given():
    found = top_one(SEEN, TRUTH, COLOURS, main=np.array([0, 1, -1, -1]))
    np.testing.assert_array_equal(found.works, [0, 1])
    np.testing.assert_array_equal(found.right, [True, False])


def test_top_one_of_no_works_is_undefined():
    assert math.isnan(top_one(SEEN, np.full_like(TRUTH, -1), COLOURS).accuracy)


def test_confusion_counts_works_of_one_colour():
    np.testing.assert_array_equal(
        confusion_matrix(SEEN, TRUTH, COLOURS), [[1, 1, 0], [0, 0, 0], [0, 0, 0]]
    )


def test_resamples_draw_as_many_works_as_there_are_and_repeat_by_seed():
    counts = resample_counts(50, num_resamples=20, seed=3)
    np.testing.assert_array_equal(counts.sum(axis=0), np.full(20, 50))
    np.testing.assert_array_equal(counts, resample_counts(50, num_resamples=20, seed=3))
    assert (counts != resample_counts(50, num_resamples=20, seed=4)).any()


def test_bootstrap_by_weights_is_the_bootstrap_by_repeating_works():
    rng = np.random.default_rng(0)
    p = (rng.integers(0, 12, 30) / 12).astype(np.float32)
    y = rng.integers(-1, 2, 30).astype(np.int8)
    counts = resample_counts(30, num_resamples=40)
    fast = weighted_ranking(p, y, counts)
    for place, count in enumerate(counts.T.astype(int)):
        rows = np.repeat(np.arange(30), count)
        rows = rows[y[rows] >= 0]
        naive = reference.average_precision_score(y[rows], p[rows])
        assert fast.average_precision[place] == pytest.approx(naive, rel=1e-5)
        assert fast.roc_auc[place] == pytest.approx(
            reference.roc_auc_score(y[rows], p[rows]), rel=1e-5
        )


def test_resampled_share_of_works_not_drawn_is_undefined():
    share = resampled_share(np.array([True, False]), np.array([[1, 0], [3, 0]], np.float32))
    assert share[0] == 0.25
    assert math.isnan(share[1])


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_an_interval_holds_its_figure_and_narrows_with_more_works(seed):
    widths = []
    for num_works in (100, 3000):
        rng = np.random.default_rng(seed)
        y = (rng.random(num_works) < 0.3).astype(np.int8)
        p = (1 / (1 + np.exp(-(2 * y - 1 + rng.normal(size=num_works))))).astype(np.float32)
        counts = resample_counts(num_works, num_resamples=100, seed=seed % 1000)
        value = average_precision(p[:, None], y[:, None])[0]
        interval = Interval.from_resamples(value, weighted_ranking(p, y, counts).average_precision)
        assert interval.low <= interval.value <= interval.high
        widths.append(interval.high - interval.low)
    assert widths[1] < widths[0]


def test_an_interval_stays_within_what_a_share_can_be():
    interval = Interval.from_resamples(0.99, np.array([0.4, 0.9, 1.0, 1.0]))
    assert interval.high == 1
    assert Interval.from_resamples(0.5, np.array([NAN, NAN])).value == 0.5
    assert math.isnan(Interval.from_resamples(NAN, np.array([0.5])).low)


@pytest.mark.parametrize(
    ("probabilities", "truth", "part"),
    [
        (column(0.5), labels(0, 1), "do not fit"),
        (column(0.5), labels(2), "a label is 2"),
        (column(-3.2), labels(1), "were logits given"),
        (column(NAN), labels(1), "a probability is nan"),
    ],
)
def test_arrays_that_no_figure_can_be_computed_of_are_refused(probabilities, truth, part):
    with pytest.raises(UsageError, match=part):
        check_arrays(probabilities, truth)


def test_metrics_of_one_kind_of_label_are_undefined_and_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for truth in (labels(1, 1), labels(0, 0), labels(-1, -1)):
            for metric in (average_precision, roc_auc, brier_score, expected_calibration_error):
                assert math.isnan(metric(column(0.2, 0.7), truth)[0])


LENGTHS = Vocabulary.from_package().subset(
    ["short_hair", "medium_hair", "long_hair", "very_long_hair", "twintails"]
)
(LENGTH,) = rivalries(LENGTHS)


def of_lengths(*names, fill=0):
    row = [fill] * len(LENGTHS)
    for name in names:
        row[LENGTHS.row(name)] = 1
    return row


def test_contradictions_worked_by_hand():
    truth = np.array(
        [
            of_lengths("short_hair"),
            of_lengths("long_hair", "very_long_hair"),
            of_lengths("long_hair"),
            of_lengths("short_hair", "long_hair"),
            of_lengths("twintails"),
        ],
        np.int8,
    )
    stated = np.array(
        [
            of_lengths("short_hair", "medium_hair"),
            of_lengths("long_hair", "very_long_hair", "twintails"),
            of_lengths("long_hair", "short_hair"),
            of_lengths("short_hair", "long_hair"),
            of_lengths("short_hair", "long_hair"),
        ],
        np.float32,
    )
    found = contradictions(stated, truth, 0.5, LENGTH)
    # Linked attributes contradict nothing; two labels or none of the group ask for no one answer.
    np.testing.assert_array_equal(found.works, [0, 1, 2])
    np.testing.assert_array_equal(found.contradicted, [True, False, True])
    # Where a label leaves open what was tagged beside, nothing is contradicted.
    truth[2, LENGTHS.row("short_hair")] = -1
    found = contradictions(stated, truth, 0.5, LENGTH)
    np.testing.assert_array_equal(found.contradicted, [True, False, False])


def test_rivals_are_those_of_the_vocabulary_both_ways():
    for group in rivalries(Vocabulary.from_package()):
        np.testing.assert_array_equal(group.pairs, group.pairs.T)
        assert not group.pairs.diagonal().any()
        ids = [Vocabulary.from_package().ids[row] for row in group.rows]
        for id_, excluded in zip(ids, group.pairs, strict=True):
            rivals = {other for other, is_rival in zip(ids, excluded, strict=True) if is_rival}
            assert rivals == Vocabulary.from_package().rivals(id_)


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_raising_thresholds_never_adds_a_contradiction(seed, threshold):
    rng = np.random.default_rng(seed)
    stated = rng.random((20, len(LENGTHS))).astype(np.float32)
    truth = rng.integers(-1, 2, stated.shape).astype(np.int8)
    low = contradictions(stated, truth, threshold, LENGTH).contradicted
    high = contradictions(stated, truth, min(1.0, threshold + 0.1), LENGTH).contradicted
    assert (high <= low).all()
