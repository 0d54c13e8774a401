"""Puts a solved head behind a trunk: one ONNX network again."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.utils import Extractor

from zokusei.errors import BundleError


def assemble(
    trunk: bytes,
    weights: NDArray[np.floating],
    intercepts: NDArray[np.floating],
    *,
    padding: int,
) -> bytes:
    """A trunk with a new head.

    Args:
        trunk: A bundle's network; what is behind its output ``features`` is dropped.
        weights: (A, C, k, k) of the convolution, float32 (or float64, as the trunk's).
        intercepts: (A,).
        padding: p of the convolution.

    Returns:
        A network with the outputs ``logits``, ``embedding`` (the mean of the
        feature map), ``features`` and ``places``.

    Raises:
        BundleError: The trunk has no output ``features``.
    """
    model = onnx.load_from_string(trunk)
    if "features" not in [output.name for output in model.graph.output]:
        raise BundleError("this bundle has no output 'features', so it cannot serve as a trunk")
    model = Extractor(model).extract_model(["pictures"], ["features"])
    graph, kind = model.graph, _float_kind(weights.dtype)
    graph.initializer.extend(
        [
            numpy_helper.from_array(weights, "head.weight"),
            numpy_helper.from_array(intercepts.astype(weights.dtype), "head.bias"),
        ]
    )
    graph.node.extend(
        [
            helper.make_node(
                "Conv",
                ["features", "head.weight", "head.bias"],
                ["head.map"],
                pads=[padding] * 4,
                kernel_shape=list(weights.shape[2:]),
            ),
            helper.make_node("GlobalAveragePool", ["head.map"], ["head.mean"]),
            helper.make_node("Flatten", ["head.mean"], ["logits"]),
            helper.make_node("Shape", ["head.map"], ["head.sides"], start=2),
            helper.make_node("ReduceProd", ["head.sides"], ["head.size"], keepdims=0),
            helper.make_node("Cast", ["head.size"], ["head.count"], to=kind),
            helper.make_node("Div", ["head.map", "head.count"], ["places"]),
            helper.make_node("GlobalAveragePool", ["features"], ["features.mean"]),
            helper.make_node("Flatten", ["features.mean"], ["embedding"]),
        ]
    )
    widths = {"logits": weights.shape[0], "embedding": weights.shape[1]}
    for name, width in widths.items():
        graph.output.append(helper.make_tensor_value_info(name, kind, ["batch", width]))
    graph.output.append(
        helper.make_tensor_value_info("places", kind, ["batch", weights.shape[0], None, None])
    )
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString()
    return serialised


def _float_kind(dtype: np.dtype[np.floating]) -> int:
    return int(TensorProto.DOUBLE if dtype == np.float64 else TensorProto.FLOAT)
