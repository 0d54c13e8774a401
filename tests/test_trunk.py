"""The guards of a trunk: each of the mistakes that cost days is named at once."""

import numpy as np
import pytest

from zokusei.errors import BundleError
from zokusei.preprocessing import Preprocessing
from zokusei.trunk import Statistics, StatisticsMeter

BGR = Preprocessing(8, "stretch", "BGR", (164.8, 167.5, 181.1), (1.0, 1.0, 1.0))
RGB = Preprocessing(8, mean=(140.0, 128.0, 120.0), std=(64.0, 64.0, 64.0))
FILTERS = np.random.default_rng(1).normal(size=(24, 3))


def pictures(seed):
    """Warm pictures, as illustrations of people are: more red than blue."""
    noise = np.random.default_rng(seed).normal(0, 60, (40, 8, 8, 3))
    return np.clip(np.array([215.0, 180.0, 150.0]) + noise, 0, 255).astype(np.uint8)


def measured(preprocessing, seed=0, filters=FILTERS, change=lambda inputs: inputs):
    inputs = change(preprocessing.normalise(pictures(seed))).astype(np.float32)
    features = np.maximum(0, np.einsum("oc,bchw->bohw", filters, inputs)).astype(np.float32)
    meter = StatisticsMeter()
    meter.add(inputs[:15], features[:15])
    meter.add(inputs[15:], features[15:])
    return meter.statistics()


@pytest.mark.parametrize("preprocessing", [BGR, RGB])
def test_other_pictures_of_the_kind_pass(preprocessing):
    measured(preprocessing).check(measured(preprocessing, seed=5))


@pytest.mark.parametrize(
    ("preprocessing", "change", "cause"),
    [
        (RGB, lambda x: x * 64 + 128, "unnormalised: mean 1"),
        (RGB, lambda x: (x - 128) / 64, "normalised twice"),
        (BGR, lambda x: x + 170, "unnormalised"),
        (BGR, lambda x: (x - 170) / 255, "normalised twice"),
        (BGR, lambda x: x[:, ::-1], "swapped"),
        (RGB, lambda x: x[:, ::-1], "swapped"),
    ],
)
def test_wrong_inputs_are_named(preprocessing, change, cause):
    with pytest.raises(BundleError, match=cause):
        measured(preprocessing).check(measured(preprocessing, seed=5, change=change))


def test_random_weights_are_named():
    random = np.random.default_rng(9).normal(size=(24, 3))
    with pytest.raises(BundleError, match="weights look not loaded"):
        measured(RGB).check(measured(RGB, filters=random))


def test_features_of_another_size_are_of_another_trunk():
    with pytest.raises(BundleError, match="7 channels, expected 24"):
        measured(RGB).check(measured(RGB, filters=FILTERS[:7]))


def test_statistics_survive_the_bundle():
    statistics = measured(BGR)
    read = Statistics.from_json(statistics.to_json())
    np.testing.assert_allclose(read.feature_mean, statistics.feature_mean, atol=1e-5)
    assert read.num_pictures == 40


def test_statistics_are_those_of_all_pictures_together():
    inputs = RGB.normalise(pictures(0))
    statistics = measured(RGB)
    np.testing.assert_allclose(statistics.input_mean, inputs.mean((0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(statistics.input_std, inputs.std((0, 2, 3)), rtol=1e-5)
