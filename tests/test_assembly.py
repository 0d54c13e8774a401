"""The solved head, put back into the network, gives the same logits as alone."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from zokusei.errors import BundleError
from zokusei.head.windows import window_sums

torch = pytest.importorskip("torch", reason="assembling needs the train extra")

from zokusei.network.linear_head import LinearHead  # noqa: E402
from zokusei.training.assembly import assemble  # noqa: E402

CHANNELS, ATTRIBUTES = 5, 4
CASES = [(1, 0), (3, 1), (3, 0), (1, 1), (5, 2)]


def trunk(dtype):
    """Pictures to features by a fixed 1x1 convolution, with an old head behind it."""
    kind = TensorProto.DOUBLE if dtype == np.float64 else TensorProto.FLOAT
    weight = np.random.default_rng(3).normal(size=(CHANNELS, 3, 1, 1)).astype(dtype)
    nodes = [
        helper.make_node("Conv", ["pictures", "weight"], ["features"]),
        helper.make_node("GlobalAveragePool", ["features"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "trunk",
        [helper.make_tensor_value_info("pictures", kind, ["batch", 3, "h", "w"])],
        [
            helper.make_tensor_value_info("logits", kind, ["batch", CHANNELS]),
            helper.make_tensor_value_info("features", kind, ["batch", CHANNELS, "h", "w"]),
        ],
        [numpy_helper.from_array(weight, "weight")],
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()


def run(model, pictures):
    """By ONNX Runtime, or for float64, which it lacks convolutions of, by ONNX's reference."""
    names = ["logits", "features", "embedding", "places"]
    if pictures.dtype == np.float64:
        return ReferenceEvaluator(onnx.load_from_string(model)).run(names, {"pictures": pictures})
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(names, {"pictures": pictures})


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-10)])
@pytest.mark.parametrize(("kernel_size", "padding"), CASES)
@pytest.mark.parametrize("size", [(7, 7), (6, 9), (5, 5)])
def test_torch_onnx_and_the_head_alone_agree(kernel_size, padding, size, dtype, tolerance):
    random = np.random.default_rng(kernel_size)
    weights = random.normal(size=(ATTRIBUTES, CHANNELS, kernel_size, kernel_size)).astype(dtype)
    intercepts = random.normal(size=ATTRIBUTES).astype(dtype)
    pictures = random.normal(size=(6, 3, *size)).astype(dtype)
    model = assemble(trunk(dtype), weights, intercepts, padding=padding)
    logits, features, embedding, places = run(model, pictures)
    sums = window_sums(features.astype(np.float64), kernel_size, padding)
    alone = sums @ weights.reshape(ATTRIBUTES, -1).astype(np.float64).T + intercepts
    head = LinearHead(weights, intercepts, padding=padding)
    with torch.no_grad():
        in_torch = head(torch.from_numpy(features)).numpy()
    assert np.abs(logits - alone).max() < tolerance
    assert np.abs(in_torch - alone).max() < tolerance
    np.testing.assert_allclose(embedding, features.mean((2, 3)), atol=1e-6)
    assert np.abs(places.sum((2, 3)) - logits).max() < tolerance


def test_the_old_head_is_gone():
    weights = np.zeros((2, CHANNELS, 1, 1), np.float32)
    model = onnx.load_from_string(assemble(trunk(np.float32), weights, np.zeros(2), padding=0))
    outputs = [output.name for output in model.graph.output]
    assert sorted(outputs) == ["embedding", "features", "logits", "places"]
    assert "pooled" not in {name for node in model.graph.node for name in node.output}


def test_a_network_without_features_is_no_trunk():
    model = onnx.load_from_string(trunk(np.float32))
    del model.graph.output[1]
    with pytest.raises(BundleError, match="cannot serve as a trunk"):
        assemble(
            model.SerializeToString(),
            np.zeros((2, CHANNELS, 1, 1), np.float32),
            np.zeros(2),
            padding=0,
        )
