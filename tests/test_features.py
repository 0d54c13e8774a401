"""The feature pass: right numbers, resumable, and stopped by a trunk that is not itself."""

import json

import numpy as np
import pytest

from tests.conftest import COLORS, patch, png
from tests.test_bundle import save_again
from zokusei.errors import BundleError
from zokusei.features import FeatureKind, FeatureStore, compute_features
from zokusei.head.windows import window_sums
from zokusei.library import Library
from zokusei.preprocessing import Preprocessing
from zokusei.trunk import StatisticsMeter


def pictures(num):
    return {f"w{n:03d}": patch(list(COLORS)[n % 3], seed=n) for n in range(num)}


@pytest.fixture
def library(tmp_path):
    made = Library.create(tmp_path / "lib")
    add(made, pictures(20))
    return made


def add(library, works):
    library.add_works([{"work_id": i, "image": png(p), "split_key": i} for i, p in works.items()])


def test_each_work_has_the_window_sums_of_its_feature_map(library, color_bundle):
    kind = FeatureKind(color_bundle.fingerprint)
    report = compute_features(library, color_bundle, kind)
    assert (report.computed, report.already, report.failed) == (20, 0, [])
    store = FeatureStore(library, kind)
    assert store.work_ids() == library.work_ids()
    (features,) = store.shards()
    assert features.dtype == np.float16
    assert features.shape == (20, 3 * 9)
    canvases = np.stack([color_bundle.preprocessing.canvas(p) for p in pictures(20).values()])
    expected = window_sums(color_bundle.features(canvases), 3, 1)
    np.testing.assert_allclose(features, expected, atol=2e-3)


def test_mirrored_views_follow_their_works(library, color_bundle):
    kind = FeatureKind(color_bundle.fingerprint, mirrored=True)
    compute_features(library, color_bundle, kind)
    (features,) = FeatureStore(library, kind).shards()
    assert features.shape == (40, 27)
    sums = features.reshape(20, 2, 3, 3, 3)
    np.testing.assert_allclose(sums[:, 0], sums[:, 1, :, :, ::-1], atol=2e-3)


def test_only_works_without_features_are_run(library, color_bundle):
    kind = FeatureKind(color_bundle.fingerprint)
    compute_features(library, color_bundle, kind)
    add(library, {"new": patch("red_hair")})
    report = compute_features(library, color_bundle, kind)
    assert (report.computed, report.already) == (1, 20)
    store = FeatureStore(library, kind)
    assert store.work_ids()[-1] == "new"
    assert [len(shard) for shard in store.shards()] == [20, 1]


def test_a_file_without_its_list_was_cut_off_and_is_made_again(library, color_bundle):
    kind = FeatureKind(color_bundle.fingerprint)
    compute_features(library, color_bundle, kind)
    (listed,) = FeatureStore(library, kind)._folder.glob("*.json")
    listed.unlink()
    assert compute_features(library, color_bundle, kind).computed == 20
    assert FeatureStore(library, kind).work_ids() == library.work_ids()


def test_a_picture_that_cannot_be_read_is_reported_and_the_rest_goes_on(library, color_bundle):
    library.add_works([{"work_id": "bad", "image": b"no picture", "split_key": "bad"}])
    report = compute_features(library, color_bundle, FeatureKind(color_bundle.fingerprint))
    assert report.computed == 20
    assert [work_id for work_id, _ in report.failed] == ["bad"]


@pytest.fixture
def trunk(color_bundle, tmp_path):
    """A bundle that knows what it is used to, to be saved with a mistake."""
    canvases = np.stack([color_bundle.preprocessing.canvas(p) for p in pictures(60).values()])
    meter = StatisticsMeter()
    meter.add(color_bundle.preprocessing.normalise(canvases), color_bundle.features(canvases))
    statistics = json.loads(json.dumps(meter.statistics().to_json()))

    def save(**changes):
        folder = tmp_path / "trunk"
        folder.mkdir()
        return save_again(color_bundle, folder, about={"statistics": statistics}, **changes)

    return save


def test_a_trunk_that_is_itself_passes(library, trunk):
    bundle = trunk()
    assert compute_features(library, bundle, FeatureKind(bundle.fingerprint)).computed == 20


@pytest.mark.parametrize(
    ("preprocessing", "cause"),
    [
        (Preprocessing(16, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)), "look unnormalised"),
        (Preprocessing(16, std=(4096.0, 4096.0, 4096.0)), "normalised twice"),
    ],
)
def test_a_wrong_preprocessing_stops_the_pass_with_its_cause(library, trunk, preprocessing, cause):
    bundle = trunk(preprocessing=preprocessing)
    kind = FeatureKind(bundle.fingerprint)
    with pytest.raises(BundleError, match=cause):
        compute_features(library, bundle, kind)
    assert FeatureStore(library, kind).work_ids() == []
