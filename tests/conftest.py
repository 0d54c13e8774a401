"""Worlds with known answers that several tests share."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from zokusei.bundle import Bundle
from zokusei.evaluation.calibration import Calibration
from zokusei.library import Label
from zokusei.preprocessing import Preprocessing
from zokusei.vocabulary import Vocabulary

# Machines under load are slow at times; speed is measured in bench/, not here.
# CI tries the same examples every time; people's machines try new ones and find new mistakes.
settings.register_profile("steady", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("steady")

COLORS = {
    "red_hair": (230, 20, 20),
    "green_hair": (20, 200, 20),
    "blue_hair": (20, 20, 230),
}


def png(pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(out, "PNG")
    return out.getvalue()


def patch(attribute, seed=0, size_px=40) -> np.ndarray:
    """A noisy square in the colour of an attribute."""
    noise = np.random.default_rng(seed).normal(0, 12, (size_px, size_px, 3))
    return np.clip(np.array(COLORS[attribute]) + noise, 0, 255).astype(np.uint8)


def fill(library, num=120, *, unlabelled_every=0):
    """Patches labelled with their colours; some may have no label at all."""
    works, labels = [], []
    for number in range(num):
        attribute, work_id = list(COLORS)[number % 3], f"w{number:03d}"
        image = png(patch(attribute, seed=number, size_px=24))
        works.append(
            {"work_id": work_id, "image": image, "split_key": work_id, "source": "patches"}
        )
        for other in COLORS:
            if not unlabelled_every or number % unlabelled_every:
                state = "present" if other == attribute else "absent"
                labels.append((work_id, Label(other, state)))
    library.add_works(works)
    library.add_labels(labels)
    return library


def color_network(weights, size_px, seen=(1, 1, 1)) -> bytes:
    """A network whose logits are sums of a picture's mean red, green and blue.

    Args:
        weights: (3, A), of the channels.
        size_px: Side of its input.
        seen: By what each channel is multiplied first.
    """
    weights = np.asarray(weights, np.float32)
    constants = [
        numpy_helper.from_array(weights, "weight"),
        numpy_helper.from_array(np.array(seen, np.float32).reshape(1, 3, 1, 1), "seen"),
    ]
    nodes = [
        helper.make_node("Mul", ["pictures", "seen"], ["features"]),
        helper.make_node("GlobalAveragePool", ["features"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["embedding"]),
        helper.make_node("MatMul", ["embedding", "weight"], ["logits"]),
    ]
    shape = ["batch", 3, size_px, size_px]
    outputs = {
        "logits": ["batch", weights.shape[1]],
        "embedding": ["batch", 3],
        "features": shape,
    }
    graph = helper.make_graph(
        nodes,
        "colors",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, of) for n, of in outputs.items()],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    content: bytes = model.SerializeToString()
    return content


@pytest.fixture(scope="session")
def color_bundle(tmp_path_factory) -> Bundle:
    """A bundle whose three attributes are the mean red, green and blue of a picture."""
    path = tmp_path_factory.mktemp("bundle")
    vocabulary = Vocabulary.from_package().subset(COLORS)
    channels = [list(COLORS).index(attribute_id) for attribute_id in vocabulary.ids]
    return Bundle.save(
        path,
        network=color_network(6 * np.eye(3)[:, channels], 16),
        vocabulary=vocabulary,
        preprocessing=Preprocessing(size_px=16),
        calibration=Calibration.identity(3),
        thresholds=np.full(3, 0.5, np.float32),
        converged=True,
        evidence="solved by hand",
        about={"arch": "colors"},
    )


@pytest.fixture
def labelled_folder(tmp_path) -> Path:
    """A folder of twelve colour patches with a labels file and bookmarks."""
    folder = tmp_path / "source"
    (folder / "images").mkdir(parents=True)
    lines = []
    for number in range(12):
        attribute = list(COLORS)[number % 3]
        file = f"images/{number:02d}.png"
        (folder / file).write_bytes(png(patch(attribute, seed=number)))
        others = [other for other in COLORS if other != attribute]
        lines.append(
            {
                "file": file,
                "work_id": f"w{number:02d}",
                "present": [attribute],
                "absent": others,
                "title": f"Work {number}",
                "artist": "somebody",
                "characters": [f"character {number % 3}"],
            }
        )
    (folder / "labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "bookmarks.csv").write_text(
        "user_id,work_id,at\nu1,w00,2026-01-01T00:00:00Z\nu1,w01,\nu2,elsewhere,\n"
    )
    return folder
