"""The bundle: whole, unaltered, of this version, or refused with the way out."""

import json
import shutil

import numpy as np
import pytest

from zokusei.bundle import Bundle
from zokusei.errors import BundleError


@pytest.fixture
def copy(color_bundle, tmp_path):
    return shutil.copytree(color_bundle.path, tmp_path / "copy")


def test_a_copied_bundle_is_the_same_bundle(color_bundle, copy):
    read = Bundle.load(copy)
    assert read.fingerprint == color_bundle.fingerprint
    assert read.vocabulary == color_bundle.vocabulary
    assert read.preprocessing == color_bundle.preprocessing


@pytest.mark.parametrize("name", ["network.onnx", "vocabulary.json", "bundle.json"])
def test_an_altered_file_is_noticed(copy, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BundleError, match=r"was altered.*export or copy it again"):
        Bundle.load(copy)


@pytest.mark.parametrize("name", ["network.onnx", "bundle.json", "fingerprint.txt"])
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(BundleError, match=f"{name} is missing.*zokusei export"):
        Bundle.load(copy)


def test_a_card_may_be_written_without_altering_the_bundle(copy):
    Bundle.load(copy).write_card("# Card\n")
    assert Bundle.load(copy).card == "# Card\n"


def save_again(bundle, path, **changes):
    fields = {
        "network": (bundle.path / "network.onnx").read_bytes(),
        "vocabulary": bundle.vocabulary,
        "preprocessing": bundle.preprocessing,
        "calibration": bundle.calibration,
        "thresholds": bundle.thresholds,
        "converged": True,
        "evidence": "",
        "about": {},
    }
    return Bundle.save(path, **{**fields, **changes})


def test_a_bundle_of_another_version_is_refused(color_bundle, tmp_path):
    with pytest.raises(BundleError, match="version 99"):
        save_again(color_bundle, tmp_path, about={"version": 99})


def test_a_network_that_is_none_is_an_error_when_it_is_run(color_bundle, tmp_path):
    bundle = save_again(color_bundle, tmp_path, network=b"not a network")
    with pytest.raises(BundleError, match="cannot be run"):
        bundle.logits(np.zeros((1, 16, 16, 3), np.uint8))


def test_what_is_written_is_valid_json(color_bundle):
    about = json.loads((color_bundle.path / "bundle.json").read_text())
    assert about["evidence"] == "solved by hand"
