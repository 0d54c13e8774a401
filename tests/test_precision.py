"""Tags of a wanted precision: what a bundle keeps for it, and what the tagger makes of it."""

import json

import numpy as np
import pytest

from tests.conftest import patch, png
from tests.test_bundle import save_again
from tests.test_cli import fails, zokusei
from zokusei.errors import BundleError, UsageError
from zokusei.evaluation.calibration import Calibration, couplings_of
from zokusei.evaluation.thresholds import PrecisionSteps
from zokusei.tagger import Tagger


def steps(*pairs):
    thresholds, bounds = zip(*pairs, strict=True) if pairs else ((), ())
    return PrecisionSteps(np.array(thresholds, np.float32), np.array(bounds))


@pytest.fixture
def sure(color_bundle, tmp_path):
    """A bundle that knows: red reaches 0.97, the second 0.8, the third nothing."""
    path = tmp_path / "sure"
    path.mkdir()
    known = [steps((0.9, 0.97), (0.4, 0.8)), steps((0.6, 0.8)), steps()]
    return save_again(color_bundle, path, precision_steps=known)


def test_a_bundle_keeps_its_steps(sure):
    assert sure.thresholds_for(0.95).tolist() == pytest.approx([0.9, np.inf, np.inf])
    assert sure.thresholds_for(0.8).tolist() == pytest.approx([0.4, 0.6, np.inf])
    assert sure.thresholds_for(0.99).tolist() == [np.inf] * 3


@pytest.mark.parametrize("precision", [0.0, 1.0, -1.0, 95.0, float("nan")])
def test_a_precision_outside_nought_and_one_is_refused(sure, precision):
    with pytest.raises(UsageError, match="expected between 0 and 1"):
        sure.thresholds_for(precision)


def test_a_bundle_without_steps_says_what_to_do(color_bundle):
    with pytest.raises(BundleError, match="export its run again"):
        Tagger(color_bundle, precision=0.9)


def test_a_tagger_of_a_precision_tags_what_reaches_it(sure):
    ids = sure.vocabulary.ids
    pictures = [patch(ids[0]), patch(ids[1])]
    first, second = Tagger(sure, precision=0.95).tag(pictures)
    assert [a.id for a in first.attributes if a.over_threshold] == [ids[0]]
    assert not any(a.over_threshold for a in second.attributes)
    first, second = Tagger(sure, precision=0.8).tag(pictures)
    assert [a.id for a in second.attributes if a.over_threshold] == [ids[1]]


def test_the_command_line_says_how_many_attributes_reach_a_precision(sure, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(patch(sure.vocabulary.ids[0])))
    done = zokusei("tag", path, "--json", "--precision", "0.95", "--bundle", sure.path)
    assert "1 of 3 attributes reach precision 0.95" in done.stderr
    assert json.loads(done.stdout)["precision"] == 0.95
    assert "precision" not in json.loads(zokusei("tag", path, "--json").stdout)
    line = fails("tag", path, "--precision", "95", "--bundle", sure.path, status=2)
    assert "precision is 95.0" in line


def test_couplings_travel_with_the_bundle_and_old_bundles_have_none(color_bundle, tmp_path):
    assert color_bundle.calibration.strengths == {}
    vocabulary = color_bundle.vocabulary
    calibration = Calibration(
        np.ones(3, np.float32),
        np.zeros(3, np.float32),
        couplings_of(vocabulary, {"hair_color": 0.75}),
    )
    saved = save_again(color_bundle, tmp_path, calibration=calibration)
    assert saved.calibration.strengths == {"hair_color": 0.75}
    logits = np.random.default_rng(0).normal(0, 3, (20, 3))
    np.testing.assert_array_equal(saved.calibration.apply(logits), calibration.apply(logits))

    about = json.loads((color_bundle.path / "bundle.json").read_text())
    del about["calibration"]["coupling"]
    other = tmp_path / "old"
    other.mkdir()
    old = save_again(color_bundle, other, about={"calibration": about["calibration"]})
    assert old.calibration.strengths == {}
