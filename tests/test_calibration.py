"""Calibration: what it recovers, what it leaves alone, and the thresholds chosen after it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, log_loss

from zokusei.errors import UsageError
from zokusei.evaluation.calibration import (
    MIN_THRESHOLD,
    Calibration,
    choose_thresholds,
    fit_calibration,
    threshold_for_precision,
)


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def drawn(num_works, slope, intercept, seed=0):
    """Logits whose true probability is sigmoid(slope * logit + intercept), and labels."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (num_works, len(slope)))
    truth = rng.random(logits.shape) < sigmoid(logits * slope + intercept)
    return logits, truth.astype(np.int8)


@st.composite
def ranked(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size, steps = draw(st.integers(2, 60)), draw(st.integers(1, 40))
    probabilities = (rng.integers(0, steps + 1, size) / steps).astype(np.float32)
    return probabilities, rng.integers(-1, 2, size).astype(np.int8)


def test_a_fit_recovers_slope_and_intercept_and_lowers_log_loss():
    slope, intercept = np.array([0.5, 1.0, 2.0]), np.array([-1.0, 0.0, 1.5])
    logits, truth = drawn(20_000, slope, intercept)
    fitted = fit_calibration(logits[:10_000], truth[:10_000])
    np.testing.assert_allclose(fitted.slope, slope, atol=0.12)
    np.testing.assert_allclose(fitted.intercept, intercept, atol=0.12)
    held_out, held_truth = logits[10_000:], truth[10_000:]
    for row in (0, 2):
        before = log_loss(held_truth[:, row], sigmoid(held_out[:, row]))
        after = log_loss(held_truth[:, row], fitted.apply(held_out)[:, row])
        assert after < before - 0.01


def test_unknown_labels_and_works_of_weight_nought_change_nothing():
    logits, truth = drawn(500, np.array([0.5]), np.array([1.0]))
    plain = fit_calibration(logits[:300], truth[:300])
    masked = truth.copy()
    masked[300:] = -1
    weights = (np.arange(500) < 300).astype(np.float32)
    for other in (fit_calibration(logits, masked), fit_calibration(logits, truth, weights)):
        np.testing.assert_array_equal(plain.slope, other.slope)
        np.testing.assert_array_equal(plain.intercept, other.intercept)


def test_weighing_a_work_twice_is_seeing_it_twice():
    logits, truth = drawn(200, np.array([0.7]), np.array([-0.5]))
    twice = fit_calibration(np.tile(logits, (2, 1)), np.tile(truth, (2, 1)))
    weighted = fit_calibration(logits, truth, np.full(200, 2.0))
    np.testing.assert_allclose(twice.slope, weighted.slope, rtol=1e-5)
    np.testing.assert_allclose(twice.intercept, weighted.intercept, rtol=1e-4)


def test_an_attribute_with_labels_of_one_kind_keeps_the_identity():
    logits = np.random.default_rng(0).normal(size=(20, 3))
    truth = np.array([[1, 0, -1]] * 20, np.int8)
    fitted = fit_calibration(logits, truth)
    np.testing.assert_array_equal(fitted.slope, [1, 1, 1])
    np.testing.assert_array_equal(fitted.intercept, [0, 0, 0])


def test_few_labels_move_the_identity_less_than_many():
    moved = []
    for num_works in (8, 5000):
        logits, truth = drawn(num_works, np.array([4.0]), np.array([0.0]), seed=2)
        moved.append(abs(fit_calibration(logits, truth).slope[0] - 1))
    assert moved[0] < 1 < moved[1]


@given(st.integers(0, 2**32 - 1), st.integers(2, 40))
def test_calibration_never_reverses_the_ranking(seed, num_works):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 5, (num_works, 1))
    truth = (rng.random((num_works, 1)) < sigmoid(-3 * logits)).astype(np.int8)  # all wrong
    calibrated = fit_calibration(logits, truth).apply(logits)
    order = np.argsort(logits[:, 0])
    assert (np.diff(calibrated[order, 0]) >= 0).all()


def test_extreme_and_separable_logits_give_finite_calibrations():
    logits = np.array([[-80.0], [-60.0], [70.0], [90.0]])
    fitted = fit_calibration(logits, np.array([[0], [0], [1], [1]], np.int8))
    probabilities = fitted.apply(np.array([[-1e4], [0.0], [1e4]]))
    assert np.isfinite(fitted.slope).all()
    assert 0 <= probabilities[0, 0] < 0.01
    assert 0.99 < probabilities[2, 0] <= 1


def test_the_identity_is_the_sigmoid():
    logits = np.array([[-2.0, 0.0], [3.0, 30.0]], np.float32)
    probabilities = Calibration.identity(2).apply(logits)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, sigmoid(logits), rtol=1e-6)


@pytest.mark.parametrize(
    ("slope", "intercept", "part"),
    [
        ([1.0, 1.0], [0.0], "do not fit"),
        ([np.nan], [0.0], "not finite"),
        ([-1.0], [0.0], "above 0"),
    ],
)
def test_a_calibration_that_cannot_be_used_is_refused(slope, intercept, part):
    with pytest.raises(UsageError, match=part):
        Calibration(np.array(slope, np.float32), np.array(intercept, np.float32))


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(UsageError, match="expected \\(N, 2\\)"):
        Calibration.identity(2).apply(np.zeros((4, 3)))
    with pytest.raises(UsageError, match="do not fit"):
        fit_calibration(np.zeros((4, 3)), np.zeros((4, 2), np.int8))
    with pytest.raises(UsageError, match="diverge"):
        fit_calibration(np.array([[np.inf]]), np.array([[1]], np.int8))


@given(ranked())
def test_no_threshold_of_the_least_or_more_has_better_f1_than_the_one_chosen(case):
    probabilities, truth = case
    known = truth >= 0
    y, p = truth[known], probabilities[known]
    chosen = choose_thresholds(probabilities[:, None], truth[:, None])[0]
    if 0 < y.sum() < len(y):
        cuts = {MIN_THRESHOLD, *p[p >= MIN_THRESHOLD].tolist()}
        scores = [f1_score(y, p >= cut, zero_division=0) for cut in cuts]
        assert chosen >= np.float32(MIN_THRESHOLD)
        assert f1_score(y, p >= chosen, zero_division=0) == pytest.approx(max(scores))
    else:
        assert chosen == 0.5


def test_a_threshold_lies_half_way_between_its_neighbours():
    probabilities = np.array([[0.9], [0.8], [0.4], [0.1]], np.float32)
    truth = np.array([[1], [1], [0], [0]], np.int8)
    assert choose_thresholds(probabilities, truth)[0] == pytest.approx(0.6)


def test_a_threshold_between_adjacent_floats_tags_the_upper_one_only():
    low = np.float32(0.5)
    high = np.nextafter(low, np.float32(1))
    probabilities, truth = np.array([[high], [low]]), np.array([[1], [0]], np.int8)
    np.testing.assert_array_equal(
        probabilities[:, 0] >= choose_thresholds(probabilities, truth)[0], [True, False]
    )


def test_a_threshold_for_precision_reaches_it_on_other_works():
    logits, truth = drawn(8000, np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    probabilities = sigmoid(logits).astype(np.float32)
    thresholds = threshold_for_precision(probabilities[:4000], truth[:4000], 0.9)
    for row in range(2):
        tagged = probabilities[4000:, row] >= thresholds[row]
        assert tagged.sum() > 50
        assert truth[4000:, row][tagged].mean() > 0.9


def test_the_bound_on_precision_worked_by_hand():
    # Of n works all right, Clopper and Pearson's lower bound at 95% is 0.05 ** (1 / n):
    # 28 works reach 0.8985, 29 reach 0.9019.
    for num_works, reached in ((28, False), (29, True)):
        probabilities = np.full((num_works, 1), 0.8, np.float32)
        truth = np.ones((num_works, 1), np.int8)
        found = threshold_for_precision(probabilities, truth, 0.9)[0]
        assert found == (np.float32(0.8) if reached else np.inf)


def test_more_confidence_never_lowers_the_threshold_for_precision():
    logits, truth = drawn(1000, np.array([1.0]), np.array([0.0]))
    probabilities = sigmoid(logits).astype(np.float32)
    found = [threshold_for_precision(probabilities, truth, 0.8, level)[0] for level in (0.5, 0.99)]
    assert found[0] <= found[1]


def test_nothing_known_gives_a_threshold_that_tags_nothing():
    unknown = np.full((3, 1), -1, np.int8)
    assert threshold_for_precision(np.full((3, 1), 0.9, np.float32), unknown, 0.5)[0] == np.inf
