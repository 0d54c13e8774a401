"""Where a bundle looked: maps of what speaks for an attribute."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.conftest import COLORS, png
from tests.test_cli import zokusei
from zokusei.bundle import Bundle
from zokusei.errors import BundleError, UnknownNameError
from zokusei.evaluation.calibration import Calibration
from zokusei.preprocessing import Preprocessing
from zokusei.vocabulary import Vocabulary
from zokusei.where import look, overlay


@pytest.fixture(scope="module")
def looking_bundle(tmp_path_factory):
    """A bundle whose reasons for red, green and blue hair is how red, green, blue a cell is."""
    vocabulary = Vocabulary.from_package().subset(COLORS)
    channels = [list(COLORS).index(attribute_id) for attribute_id in vocabulary.ids]
    kernel = np.eye(3, dtype=np.float32)[channels][:, :, None, None] / 16
    nodes = [
        helper.make_node(
            "AveragePool", ["pictures"], ["features"], kernel_shape=[4, 4], strides=[4, 4]
        ),
        helper.make_node("Conv", ["features", "kernel"], ["places"]),
        helper.make_node("ReduceSum", ["places", "axes"], ["logits"], keepdims=0),
        helper.make_node("ReduceMean", ["features"], ["embedding"], axes=[2, 3], keepdims=0),
    ]
    outputs = {"logits": [3], "embedding": [3], "features": [3, 4, 4], "places": [3, 4, 4]}
    graph = helper.make_graph(
        nodes,
        "looking",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["batch", 3, 16, 16])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])
            for name, shape in outputs.items()
        ],
        [
            numpy_helper.from_array(kernel, "kernel"),
            numpy_helper.from_array(np.array([2, 3]), "axes"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return Bundle.save(
        tmp_path_factory.mktemp("bundle"),
        network=model.SerializeToString(),
        vocabulary=vocabulary,
        preprocessing=Preprocessing(size_px=16),
        calibration=Calibration.identity(3),
        thresholds=np.full(3, 0.5, np.float32),
        converged=True,
        evidence="solved by hand",
        about={"arch": "looking"},
    )


def half_red(height, width):
    """Black, with a red right half."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, width // 2 :, 0] = 255
    return pixels


@pytest.mark.parametrize("size", [(64, 64), (64, 128), (128, 64)])
def test_a_map_is_hot_where_the_attribute_is(looking_bundle, size):
    (where,) = look(looking_bundle, half_red(*size), ["red_hair"])
    assert where.attribute_id == "red_hair"
    assert where.heat.shape == size
    left, right = where.heat[:, : size[1] // 4], where.heat[:, -(size[1] // 4) :]
    assert where.heat.max() == pytest.approx(1)
    assert right.mean() > 0.8
    assert left.mean() < 0.25  # cells of white padding reach over its edge


def test_a_map_is_cold_everywhere_where_nothing_speaks_for_the_attribute(looking_bundle):
    (where,) = look(looking_bundle, np.zeros((32, 32, 3), np.uint8), ["blue_hair"])
    assert not where.heat.any()


def test_maps_are_of_known_attributes_and_of_bundles_that_tell(looking_bundle, color_bundle):
    with pytest.raises(UnknownNameError, match="'rde_hair'; the nearest are red_hair"):
        look(looking_bundle, half_red(32, 32), ["rde_hair"])
    with pytest.raises(BundleError, match="does not tell where it looked; export"):
        look(color_bundle, half_red(32, 32), ["red_hair"])


def test_an_overlay_hides_only_what_is_hot():
    pixels = np.full((8, 8, 3), 200, np.uint8)
    heat = np.zeros((8, 8), np.float32)
    heat[:, 4:] = 1
    over = overlay(pixels, heat)
    assert (over[:, 0] == 200).all()
    assert (over[:, -1, 2] < 100).all()


def test_the_command_writes_a_picture_for_each_attribute(looking_bundle, tmp_path):
    picture = tmp_path / "half.png"
    picture.write_bytes(png(half_red(32, 32)))
    asked = ["--where", "赤髪", "--where", "blue hair", "--maps", str(tmp_path / "maps")]
    for _ in range(2):
        done = zokusei("tag", str(picture), "--bundle", str(looking_bundle.path), *asked)
        assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == [
        *("half.blue_hair-2.png", "half.blue_hair.png"),
        *("half.red_hair-2.png", "half.red_hair.png"),
    ]
