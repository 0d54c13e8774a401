"""Calibration: what it recovers, what it leaves alone, and how groups are coupled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad
from sklearn.metrics import log_loss

from zokusei.errors import UsageError
from zokusei.evaluation.calibration import (
    Calibration,
    _Group,
    couplings_of,
    fit_calibration,
)
from zokusei.evaluation.rivalry import rivalries
from zokusei.vocabulary import Vocabulary

HAIR = Vocabulary.from_package().subset(
    ["black_hair", "brown_hair", "light_brown_hair", "red_hair", "blue_hair", "twintails"]
)
MAIN = [HAIR.row(id_) for id_ in HAIR.main_ids("hair_color")]


def sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def drawn(num_works, slope, intercept, seed=0):
    """Logits whose true probability is sigmoid(slope * logit + intercept), and labels."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (num_works, len(slope)))
    truth = rng.random(logits.shape) < sigmoid(logits * slope + intercept)
    return logits, truth.astype(np.int8)


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


def coupled(strength, slope=None, intercept=None):
    ones = np.ones(len(HAIR), np.float32)
    return Calibration(
        ones if slope is None else slope,
        0 * ones if intercept is None else intercept,
        couplings_of(HAIR, {"hair_color": strength}),
    )


numbers = st.lists(st.floats(-200, 200, width=32), min_size=len(HAIR), max_size=len(HAIR))
strengths = st.floats(0, 1)


@given(numbers, strengths)
def test_coupled_probabilities_are_probabilities_and_no_higher_than_alone(logits, strength):
    logits = np.array([logits], np.float32)
    found = coupled(strength).apply(logits)
    assert ((found >= 0) & (found <= 1)).all()
    assert (found <= Calibration.identity(len(HAIR)).apply(logits)).all()


@given(numbers)
def test_a_coupling_of_nought_changes_nothing(logits):
    logits = np.array([logits], np.float32)
    alone = Calibration.identity(len(HAIR)).apply(logits)
    np.testing.assert_array_equal(coupled(0.0).apply(logits), alone)


@given(numbers)
def test_colours_that_exclude_each_other_wholly_add_up_to_at_most_one(logits):
    found = coupled(1.0).apply(np.array([logits], np.float32))
    assert found[0, MAIN].sum() <= 1 + 1e-6


@given(numbers, strengths, st.integers(0, len(HAIR) - 1), st.floats(0.125, 50, width=32))
def test_a_higher_logit_raises_its_own_attribute_and_no_rival(logits, strength, row, more):
    before = np.array([logits], np.float32)
    after = before.copy()
    after[0, row] += more
    was, now = coupled(strength).apply(before)[0], coupled(strength).apply(after)[0]
    rivals = [HAIR.row(id_) for id_ in HAIR.rivals(HAIR.ids[row])]
    others = [r for r in range(len(HAIR)) if r != row and r not in rivals]
    assert now[row] >= was[row]
    assert (now[rivals] <= was[rivals] * (1 + 1e-6)).all()
    np.testing.assert_allclose(now[others], was[others], rtol=1e-6)
    if 1e-4 < was[row] < 0.99:
        assert now[row] > was[row]


def test_coupled_odds_worked_by_hand():
    # Odds of black 2, brown 1, light brown 3, red 1/2: brown counts once, and does not
    # compete with light brown.
    odds = dict.fromkeys(HAIR.ids, 0.0) | {
        "black_hair": 2.0, "brown_hair": 1.0, "light_brown_hair": 3.0, "red_hair": 0.5,
    }  # fmt: skip
    logits = np.log([[max(odds[id_], 1e-30) for id_ in HAIR.ids]])
    found = dict(zip(HAIR.ids, coupled(0.5).apply(logits)[0], strict=True))
    assert found["black_hair"] == pytest.approx(2 / (1 + 2 + 0.5 * (1 + 0.5)))
    assert found["brown_hair"] == pytest.approx(1 / (1 + 1 + 0.5 * (2 + 0.5)))
    assert found["light_brown_hair"] == pytest.approx(3 / (1 + 3 + 0.5 * (2 + 0.5)))


def colours(num_works, share_of_two, seed=0):
    """Works of one colour, some of two, whose logits say each colour by itself."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((num_works, len(HAIR)), np.int8)
    first, second = (rng.choice(MAIN, num_works) for _ in range(2))
    truth[np.arange(num_works), first] = 1
    two = rng.random(num_works) < share_of_two
    truth[two, second[two]] = 1
    return rng.normal(2.0 * truth - 1, 1.0), truth


def test_the_fitted_coupling_is_strong_where_works_have_one_colour_and_weak_where_many_have_two():
    found = {}
    for share in (0.0, 0.9):
        logits, truth = colours(3000, share)
        half = fit_calibration(logits[:1500], truth[:1500], groups=rivalries(HAIR))
        alone = fit_calibration(logits[:1500], truth[:1500])
        found[share] = half.strengths["hair_color"]
        losses = [log_loss(truth[1500:, 0], c.apply(logits[1500:])[:, 0]) for c in (alone, half)]
        assert losses[1] < losses[0] + 0.001
        if share == 0:
            assert losses[1] < losses[0] - 0.01
    assert found[0.0] > 0.8
    assert found[0.9] < 0.2


def test_two_colours_stay_possible_under_a_fitted_coupling():
    logits, truth = colours(3000, 0.1)
    fitted = fit_calibration(logits, truth, groups=rivalries(HAIR))
    assert fitted.strengths["hair_color"] > 0.3
    both = np.full((1, len(HAIR)), -4.0)
    both[0, MAIN[:2]] = 8.0
    found = fitted.apply(both)[0, MAIN[:2]]
    assert found.min() > 0.3
    assert found.sum() > 1.1


def test_unknown_groups_and_attributes_with_labels_of_one_kind_are_left_alone():
    logits, truth = colours(400, 0.0)
    truth[:, HAIR.row("light_brown_hair")] = -1
    truth[:, HAIR.row("twintails")] = 1
    fitted = fit_calibration(logits, truth, groups=rivalries(HAIR))
    for id_ in ("light_brown_hair", "twintails"):
        assert (fitted.slope[HAIR.row(id_)], fitted.intercept[HAIR.row(id_)]) == (1, 0)
    nothing = fit_calibration(logits, np.full_like(truth, -1), groups=rivalries(HAIR))
    assert nothing.strengths == {"hair_color": 0.0}


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_the_loss(seed):
    rng = np.random.default_rng(seed)
    (rivalry,) = rivalries(HAIR)
    size = len(rivalry.rows)
    group = _Group(
        rng.normal(size=(30, size)),
        rng.random((30, size)),
        rng.random((30, size)),
        (rivalry.pairs & rivalry.main).astype(float),
    )
    theta = np.concatenate((rng.random(size) + 0.5, rng.normal(size=size), rng.random(1)))
    loss, gradient = (lambda t: group.loss(t)[0]), (lambda t: group.loss(t)[1])
    assert check_grad(loss, gradient, theta) < 1e-4


def test_couplings_that_cannot_be_used_are_refused():
    with pytest.raises(UsageError, match=r"is 1\.5; expected"):
        couplings_of(HAIR, {"hair_color": 1.5})
    with pytest.raises(UsageError, match="'hair_style' has a coupling; expected one of the groups"):
        couplings_of(HAIR, {"hair_style": 0.5})
    with pytest.raises(UsageError, match="expected rows of 2 attributes"):
        Calibration(
            np.ones(2, np.float32), np.zeros(2, np.float32), couplings_of(HAIR, {"hair_color": 1})
        )
