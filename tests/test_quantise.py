"""Computing in 8 bits: where it is done, and that little is lost."""

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch", reason="training needs the train extra")

from zokusei.network import build_network  # noqa: E402
from zokusei.runtime import open_network  # noqa: E402
from zokusei.training.onnx_file import to_onnx  # noqa: E402
from zokusei.training.quantise import to_int8  # noqa: E402


def pictures(seed):
    """Smooth pictures, as illustrations are: float32 (8, 3, 96, 96)."""
    coarse = np.random.default_rng(seed).normal(size=(8, 3, 6, 6))
    return np.kron(coarse, np.ones((16, 16))).astype(np.float32)


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    plain = tmp_path_factory.mktemp("plain") / "plain.onnx"
    torch.manual_seed(0)
    plain.write_bytes(to_onnx(build_network("compact", 20), half=True))
    small = plain.with_name("small.onnx")
    small.write_bytes(to_int8(plain.read_bytes(), (pictures(seed) for seed in range(4))))
    return plain, small


def test_only_the_trunk_behind_its_first_convolution_computes_in_8_bits(networks):
    graph = onnx.load(networks[1]).graph
    makers = {name: node for node in graph.node for name in node.output}
    weights = [node.input[1] for node in graph.node if node.op_type == "Conv"]
    in_float = [
        name for name in weights if name not in makers or makers[name].op_type != "DequantizeLinear"
    ]
    assert len(weights) == 20
    assert in_float == [weights[0], *weights[-2:]]  # the first, and two of the head


def test_a_network_in_8_bits_is_smaller_and_ranks_as_before(networks):
    plain, small = networks
    assert small.stat().st_size < 0.75 * plain.stat().st_size
    (expected,), (found,) = (open_network(path).run(["logits"], pictures(9)) for path in networks)
    correlation = np.corrcoef(expected.ravel(), found.ravel())[0, 1]
    assert correlation > 0.99
    assert not np.array_equal(expected, found)
