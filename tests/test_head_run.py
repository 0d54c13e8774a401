"""Transfer learning from library to bundle: certified, put back, and guarded."""

import json

import numpy as np
import pytest

from tests.conftest import COLORS, fill, patch
from tests.test_bundle import save_again
from zokusei.bundle import Bundle
from zokusei.errors import BundleError, TrainingError
from zokusei.library import Library
from zokusei.tagger import Tagger

torch = pytest.importorskip("torch", reason="the train extra is needed to put a head back")

from zokusei.training.export import export  # noqa: E402
from zokusei.training.head_run import (  # noqa: E402
    HeadRun,
    HeadSettings,
    train_head,
    trained_by_head,
)

FAST = HeadSettings(min_support=3, l2s=(0.1, 0.01, 0.001))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return fill(Library.create(tmp_path_factory.mktemp("lib") / "lib"), unlabelled_every=10)


@pytest.fixture(scope="module")
def run(library, color_bundle, tmp_path_factory):
    return train_head(library, color_bundle, tmp_path_factory.mktemp("run") / "run", FAST)


def test_the_head_is_certified_and_says_so(run):
    about = run.about()
    assert about["converged"]
    assert about["evidence"].startswith("converged: relative gradient at most")
    assert set(about["l2"]) == {*COLORS}
    assert about["curve"]


@pytest.mark.parametrize(("kernel_size", "padding"), [(1, 0), (3, 1), (3, 0)])
def test_the_exported_bundle_has_the_logits_of_the_head(
    library, color_bundle, tmp_path, kernel_size, padding
):
    settings = HeadSettings(kernel_size, padding, min_support=3, l2s=(0.01,))
    run = train_head(library, color_bundle, tmp_path / "run", settings)
    bundle = export(trained_by_head(run), tmp_path / "bundle")
    assert bundle.about["parity"]["max_logit_difference"] < 1e-4
    assert bundle.converged
    for attribute in COLORS:
        (tagging,) = Tagger(bundle).tag([patch(attribute, seed=999)])
        assert tagging.attributes[0].id == attribute


def test_mirrored_views_are_more_rows(library, color_bundle, tmp_path):
    settings = HeadSettings(mirrored=True, min_support=3, l2s=(0.01,))
    weights, _ = train_head(library, color_bundle, tmp_path / "run", settings).head()
    np.testing.assert_allclose(weights, weights[:, :, :, ::-1], atol=5e-3)


def test_a_head_that_was_stopped_early_says_so_to_the_last_tagging(library, color_bundle, tmp_path):
    settings = HeadSettings(min_support=3, l2s=(1e-6,), tolerance=1e-10, max_passes=2)
    run = train_head(library, color_bundle, tmp_path / "run", settings)
    assert run.about()["evidence"].startswith("not converged: ")
    bundle = export(trained_by_head(run), tmp_path / "bundle")
    assert not bundle.converged
    assert not Tagger(bundle).tag([patch("red_hair")])[0].converged


def test_a_head_does_not_go_on_another_trunk(run, color_bundle, tmp_path):
    (tmp_path / "other").mkdir()
    other = save_again(color_bundle, tmp_path / "other", about={"name": "another"})
    assert isinstance(other, Bundle)
    with pytest.raises(BundleError, match="was solved on features of trunk"):
        trained_by_head(run, trunk=other)


def test_a_folder_that_is_taken_is_not_written_into(library, color_bundle, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(TrainingError, match="not empty"):
        train_head(library, color_bundle, tmp_path, FAST)


def test_a_run_knows_what_it_is_of(run, library, color_bundle):
    assert HeadRun.is_at(run.path)
    about = json.loads((run.path / "head.json").read_text())
    assert about["trunk"]["fingerprint"] == color_bundle.fingerprint
    assert about["library"] == library.address
    assert set(run.vocabulary.ids) == {*COLORS}
