"""What runs a network: the same answers from ONNX Runtime and OpenVINO."""

import importlib.util

import numpy as np
import pytest

from tests.conftest import patch
from zokusei.bundle import NETWORK, Bundle
from zokusei.errors import BundleError, UsageError
from zokusei.runtime import check_runtime, open_network
from zokusei.tagger import Tagger

has_openvino = importlib.util.find_spec("openvino") is not None
needs_openvino = pytest.mark.skipif(not has_openvino, reason="openvino (extra `fast`) is missing")

PICTURES = np.random.default_rng(0).normal(size=(5, 3, 96, 96)).astype(np.float32)


def test_a_session_knows_its_outputs_and_size():
    session = open_network(Bundle.packaged().path / NETWORK)
    assert session.runtime == "onnxruntime"
    assert session.size_px == 160
    assert {"logits", "embedding", "features"} <= set(session.outputs)


@needs_openvino
def test_openvino_gives_the_logits_of_onnx_runtime():
    path = Bundle.packaged().path / NETWORK
    plain, other = open_network(path), open_network(path, "openvino")
    assert other.outputs == plain.outputs
    assert other.size_px == plain.size_px
    names = ["logits", "embedding"]
    for found, expected in zip(other.run(names, PICTURES), plain.run(names, PICTURES), strict=True):
        # It may compute in bfloat16, which keeps three digits.
        assert np.abs(found - expected).max() < 0.1


@needs_openvino
def test_what_openvino_gives_a_picture_does_not_depend_on_its_batch():
    session = open_network(Bundle.packaged().path / NETWORK, "openvino")
    (together,) = session.run(["logits"], PICTURES)
    alone = [session.run(["logits"], PICTURES[row : row + 1])[0][0] for row in range(5)]
    assert np.array_equal(together, np.stack(alone))


@needs_openvino
def test_taggings_by_both_runtimes_say_the_same():
    pictures = [patch("red_hair", size_px=80)]
    (plain,), (other,) = (
        Tagger(Bundle.packaged(), runtime=runtime).tag(pictures)
        for runtime in ("onnxruntime", "openvino")
    )
    assert np.abs(plain.probabilities - other.probabilities).max() < 0.03


@pytest.mark.skipif(has_openvino, reason="openvino is installed")
def test_a_runtime_that_is_missing_says_how_to_install_it():
    with pytest.raises(UsageError, match=r"zokusei\[fast\]"):
        open_network(Bundle.packaged().path / NETWORK, "openvino")


def test_without_openvino_or_with_it_a_tagger_finds_a_runtime():
    session = open_network(Bundle.packaged().path / NETWORK, "auto")
    assert session.runtime == "onnxruntime" or has_openvino


def test_runtimes_and_networks_that_are_none_are_refused(tmp_path):
    with pytest.raises(UsageError, match="no runtime 'tensorrt'; expected auto, onnxruntime"):
        check_runtime("tensorrt")
    (tmp_path / "network.onnx").write_bytes(b"nothing")
    with pytest.raises(BundleError, match=r"network\.onnx cannot be run"):
        open_network(tmp_path / "network.onnx", "auto")
