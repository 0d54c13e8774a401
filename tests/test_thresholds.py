"""Thresholds: of best F1, without contradictions in a group, and for a wanted precision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from zokusei.errors import UsageError
from zokusei.evaluation.rivalry import rivalries
from zokusei.evaluation.thresholds import (
    MAX_CONTRADICTIONS,
    MIN_THRESHOLD,
    PRECISIONS,
    PrecisionSteps,
    choose_thresholds,
    precision_steps,
)
from zokusei.vocabulary import Vocabulary


def drawn(num_works, slope, intercept, seed=0):
    """Probabilities that mean what they say, and labels."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (num_works, len(slope)))
    probabilities = 1 / (1 + np.exp(-(logits * slope + intercept)))
    truth = (rng.random(logits.shape) < probabilities).astype(np.int8)
    return probabilities.astype(np.float32), truth


def thresholds_for(probabilities, truth, precision, **options):
    steps = precision_steps(probabilities, truth, **options)
    return [each.threshold(precision) for each in steps]


@st.composite
def ranked(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size, steps = draw(st.integers(2, 60)), draw(st.integers(1, 40))
    probabilities = (rng.integers(0, steps + 1, size) / steps).astype(np.float32)
    return probabilities, rng.integers(-1, 2, size).astype(np.int8)


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


LENGTHS = Vocabulary.from_package().subset(["short_hair", "medium_hair", "long_hair"])


def test_thresholds_of_a_group_leave_few_works_with_two_of_its_attributes():
    # Each work's probabilities are close, so that best F1 alone would tag two lengths of many.
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([3, 3, 3], 2000).astype(np.float32)
    truth = np.zeros(probabilities.shape, np.int8)
    drawn_by = rng.random((2000, 1)) < probabilities.cumsum(axis=1)
    truth[np.arange(2000), drawn_by.argmax(axis=1)] = 1
    (group,) = rivalries(LENGTHS)
    alone = choose_thresholds(probabilities, truth)
    assert group.contradicted(probabilities >= alone).mean() > 0.3
    together = choose_thresholds(probabilities, truth, [group])
    assert 0 < group.contradicted(probabilities >= together).mean() <= MAX_CONTRADICTIONS
    assert (together >= alone).all()
    lower = np.nextafter(together.min(), np.float32(0)) - np.float32(0.01)
    again = np.maximum(alone, lower)
    assert group.contradicted(probabilities >= again).mean() > MAX_CONTRADICTIONS


def test_what_is_sure_is_tagged_whatever_else_is():
    probabilities = np.tile(np.array([[0.9, 0.1, 0.8]], np.float32), (50, 1))
    truth = np.tile(np.array([[1, 0, 0]], np.int8), (50, 1))
    truth[0] = 0, 0, 1
    assert choose_thresholds(probabilities, truth, rivalries(LENGTHS)).max() <= 0.9
    assert choose_thresholds(probabilities, truth, rivalries(LENGTHS))[1] == np.float32(0.6)


def test_a_threshold_for_precision_reaches_it_on_other_works():
    probabilities, truth = drawn(8000, np.array([1.0, 1.0]), np.array([1.0, 0.0]))
    thresholds = thresholds_for(probabilities[:4000], truth[:4000], 0.9)
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
        found = thresholds_for(probabilities, truth, 0.9)[0]
        assert found == (np.float32(0.8) if reached else np.inf)


def test_more_confidence_never_lowers_the_threshold_for_precision():
    probabilities, truth = drawn(1000, np.array([1.0]), np.array([0.0]))
    found = [thresholds_for(probabilities, truth, 0.8, confidence=c)[0] for c in (0.5, 0.99)]
    assert found[0] < found[1]


def test_nothing_known_gives_a_threshold_that_tags_nothing():
    unknown = np.full((3, 1), -1, np.int8)
    assert thresholds_for(np.full((3, 1), 0.9, np.float32), unknown, 0.5) == [np.inf]


def test_a_higher_precision_never_has_a_lower_threshold():
    probabilities, truth = drawn(3000, np.array([2.0]), np.array([0.0]))
    found = [thresholds_for(probabilities, truth, p)[0] for p in np.linspace(0.05, 0.995, 60)]
    assert found == sorted(found)
    assert len(set(found)) > 10
    (steps,) = precision_steps(probabilities, truth)
    assert len(steps.bounds) <= len(PRECISIONS)


def test_saturated_probabilities_give_steps_that_descend():
    probabilities = np.array([[1.0]] * 80 + [[0.9999999]] * 80, np.float32)
    truth = np.array([[1]] * 80 + [[1]] * 70 + [[0]] * 10, np.int8)
    (steps,) = precision_steps(probabilities, truth)
    assert (np.diff(steps.thresholds) < 0).all()
    assert steps.threshold(0.5) <= 1


@pytest.mark.parametrize(
    ("thresholds", "bounds", "part"),
    [([0.5, 0.4], [0.9], "do not fit"), ([0.4, 0.5], [0.9, 0.8], "descend")],
)
def test_steps_that_cannot_be_used_are_refused(thresholds, bounds, part):
    with pytest.raises(UsageError, match=part):
        PrecisionSteps(np.array(thresholds, np.float32), np.array(bounds))
