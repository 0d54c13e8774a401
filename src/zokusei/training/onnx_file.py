"""A network as an ONNX file's content."""

from __future__ import annotations

import logging
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from zokusei.network import Network

# It says that torchvision is not installed, which nothing here needs.
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


def to_onnx(network: Network, *, half: bool) -> bytes:
    """The network as ONNX: ``pictures`` (B, 3, S, S) to the outputs of ``Network``."""
    outputs = ["logits", "embedding", "features", "places"]
    return exported(network, type(network).preprocessing.size_px, outputs, half=half)


def exported(network: nn.Module, size_px: int, outputs: list[str], *, half: bool) -> bytes:
    """A module as ONNX, from ``pictures`` (B, 3, S, S) to named outputs.

    With ``half``, large weights are stored as float16; computing stays float32.
    """
    example = torch.zeros(2, 3, size_px, size_px)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            network.eval(),
            (example,),
            str(path),
            input_names=["pictures"],
            output_names=outputs,
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            external_data=False,
            dynamo=True,
            verbose=False,
        )
        model = onnx.load(path)
    _forget_origin(model)
    if half:
        _store_half(model.graph)
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString()
    return serialised


def _forget_origin(model: onnx.ModelProto) -> None:
    """Takes out where in the code things came from: paths of the machine among them."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        part.doc_string = ""
        del part.metadata_props[:]


def _store_half(graph: onnx.GraphProto) -> None:
    """Stores large float32 weights as float16, cast back when the network is loaded."""
    for weight in list(graph.initializer):
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < 1024:
            continue
        values = numpy_helper.to_array(weight).astype(np.float16)
        graph.initializer.remove(weight)
        graph.initializer.append(numpy_helper.from_array(values, weight.name + "_half"))
        cast = helper.make_node(
            "Cast", [weight.name + "_half"], [weight.name], to=TensorProto.FLOAT
        )
        graph.node.insert(0, cast)
