"""A network in whole numbers of 8 bits: a third of the time, half the size."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

# Of the values of a layer, so many per cent are within its range.
_PERCENTILE = 99.99


class _Batches(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, batches: Iterable[NDArray[np.float32]]) -> None:
        self._batches = iter(batches)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"pictures": batch}


def to_int8(
    network: bytes, batches: Iterable[NDArray[np.float32]], *, until: str = "features"
) -> bytes:
    """A network that computes in 8 bits up to a value, quantised statically (ONNX QDQ).

    Weights have a scale a channel, activations one range a layer: that of all but the rarest
    values that they take on the batches. The first convolution, which sees the colours, and all
    behind that value, in a ``Network`` the head, stay in float. Of mean average precision on
    3,365 validation works this loses 0.0028; ranges of least and greatest value lose 0.0052, and
    0.0058 with every layer in 8 bits (2026-11-26, bundle 9d93f206dee14b73).

    Args:
        network: ONNX with the input ``pictures``.
        batches: Normalised pictures, float32 (B, 3, S, S), like those it will see.
        until: The value's name in the graph: an output's, or that of one on the way.
    """
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)  # it advises to run what has just been run
    try:
        with redirect_stdout(None), tempfile.TemporaryDirectory() as folder:
            plain, prepared, small = (Path(folder) / f"{name}.onnx" for name in "abc")
            plain.write_bytes(network)
            quant_pre_process(str(plain), str(prepared))
            in_float = _kept_in_float(onnx.load(prepared).graph, until)
            quantize_static(
                str(prepared),
                str(small),
                _Batches(batches),
                quant_format=QuantFormat.QDQ,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
                nodes_to_exclude=in_float,
                calibrate_method=CalibrationMethod.Percentile,
                extra_options={"CalibPercentile": _PERCENTILE},
            )
            return small.read_bytes()
    finally:
        logger.setLevel(level)


def _kept_in_float(graph: onnx.GraphProto, until: str) -> list[str]:
    """The first convolution, and all nodes that the value ``until`` does not need."""
    makers = {name: node for node in graph.node for name in node.output}
    needed: dict[str, onnx.NodeProto] = {}
    waiting = [until]
    while waiting:
        node = makers.get(waiting.pop())
        if node is not None and node.name not in needed:
            needed[node.name] = node
            waiting.extend(node.input)
    first = next(node.name for node in graph.node if node.op_type == "Conv")
    return [first, *(node.name for node in graph.node if node.name not in needed)]
