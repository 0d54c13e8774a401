"""What runs networks: ONNX Runtime, or OpenVINO where it is installed and faster."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from zokusei.errors import BundleError, UsageError

Inputs = NDArray[np.float32]
Outputs = list[NDArray[np.float32]]

RuntimeName = Literal["auto", "onnxruntime", "openvino"]

# OpenVINO is taken where it needs at most this share of ONNX Runtime's time: it computes in
# bfloat16 where the processor can, and so differs by some hundredths of a logit.
_WORTH_IT = 0.8

# Pictures and repetitions by which the two are compared.
_BATCH, _ROUNDS = 4, 3


class Session(Protocol):
    """A network that can be run, from several threads at once."""

    runtime: RuntimeName
    outputs: tuple[str, ...]
    size_px: int

    def run(self, outputs: Sequence[str], pictures: Inputs) -> Outputs:
        """Some outputs, by name, of the input ``pictures``, float32 (B, 3, S, S).

        What a picture gets does not depend on the others in its batch.
        """


class _OnnxRuntime:
    runtime: RuntimeName = "onnxruntime"

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        # The tagger runs one picture's whole path a thread: see runner.py.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self.outputs = tuple(output.name for output in self._session.get_outputs())
        self.size_px = int(self._session.get_inputs()[0].shape[-1])

    def run(self, outputs: Sequence[str], pictures: Inputs) -> Outputs:
        found: Outputs = self._session.run(list(outputs), {"pictures": pictures})
        return found


class _OpenVino:
    runtime: RuntimeName = "openvino"

    def __init__(self, path: Path) -> None:
        import openvino

        core = openvino.Core()
        threads = os.cpu_count() or 1
        # As many streams as threads: each runs one batch on one core.
        self._model = core.compile_model(
            core.read_model(str(path)),
            "CPU",
            {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": threads},
        )
        self.outputs = tuple(output.any_name for output in self._model.outputs)
        self.size_px = int(self._model.input().partial_shape[3].get_length())

    def run(self, outputs: Sequence[str], pictures: Inputs) -> Outputs:
        request = self._model.create_infer_request()
        request.infer({"pictures": pictures})
        return [np.array(request.get_tensor(name).data) for name in outputs]


def open_network(path: Path, runtime: RuntimeName = "onnxruntime") -> Session:
    """Opens a network.

    Args:
        path: Of its ONNX file, with one input ``pictures``, float32 (B, 3, S, S).
        runtime: What runs it. ``auto`` takes OpenVINO where it is installed and a short trial
            shows it to be clearly faster.

    Raises:
        BundleError: It cannot be run.
        UsageError: OpenVINO is asked for by name and not installed.
    """
    if runtime == "openvino" and not find_spec("openvino"):
        raise UsageError("openvino is not installed; `pip install 'zokusei[fast]'` brings it")
    opened: Session
    try:
        opened = _OpenVino(path) if runtime == "openvino" else _OnnxRuntime(path)
    except Exception as error:  # both raise many kinds
        raise BundleError(f"{path} cannot be run: {error}") from error
    if runtime != "auto" or not find_spec("openvino"):
        return opened
    try:
        other = _OpenVino(path)
        worth_it = _seconds(other) <= _WORTH_IT * _seconds(opened)
    except Exception:  # a network that OpenVINO cannot run is none of its own
        return opened
    return other if worth_it else opened


def _seconds(session: Session) -> float:
    """The shortest time that a few pictures took."""
    pictures = np.zeros((_BATCH, 3, session.size_px, session.size_px), np.float32)
    session.run(session.outputs[:1], pictures)  # the first run prepares the others
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        session.run(session.outputs[:1], pictures)
        taken.append(time.perf_counter() - began)
    return min(taken)


def check_runtime(name: str) -> RuntimeName:
    """The runtime of this name.

    Raises:
        UsageError: There is none.
    """
    for known in get_args(RuntimeName):
        if known == name:
            return known  # type: ignore[no-any-return]
    raise UsageError(f"there is no runtime '{name}'; expected {', '.join(get_args(RuntimeName))}")
