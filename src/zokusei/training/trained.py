"""A trained network, whichever way it was trained, ready to become a bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from zokusei.network import build_network
from zokusei.preprocessing import Preprocessing
from zokusei.training.loop import convergence
from zokusei.training.onnx_file import to_onnx
from zokusei.training.run import Run
from zokusei.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Trained:
    """What becomes a bundle.

    Args:
        network: ONNX with the outputs of ``zokusei.network.Network``.
        reference: From normalised pictures float32 (B, 3, S, S) to the logits
            (B, A) that the network had where it was trained.
        vocabulary: The A attributes.
        preprocessing: Of the network.
        library: Address of the library it was trained on.
        converged: Whether training converged.
        evidence: On what grounds.
        about: What else the bundle says of it.
    """

    network: bytes
    reference: Callable[[NDArray[np.float32]], NDArray[np.floating[Any]]]
    vocabulary: Vocabulary
    preprocessing: Preprocessing
    library: str
    converged: bool
    evidence: str
    about: Mapping[str, Any]


def trained_by_run(run: Run, *, half: bool) -> Trained:
    """The network of a run: the moving average of its weights.

    Args:
        run: Finished or not.
        half: Whether weights are stored as float16 (computing stays float32).

    Raises:
        TrainingError: The run has no checkpoint.
    """
    settings = run.settings
    network = build_network(settings.arch, len(run.vocabulary)).eval()
    network.load_state_dict(run.average_weights())
    converged, evidence = convergence(run.curve())
    if len(run.curve()) < settings.epochs:
        done = f"training stopped after {len(run.curve())} of {settings.epochs} epochs"
        converged, evidence = False, done

    @torch.no_grad()
    def reference(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = network(torch.from_numpy(inputs))[0].numpy()
        return logits

    return Trained(
        network=to_onnx(network, half=half),
        reference=reference,
        vocabulary=run.vocabulary,
        preprocessing=type(network).preprocessing,
        library=run.about()["library"],
        converged=converged,
        evidence=evidence,
        about={
            "arch": settings.arch,
            "cut": type(network).cut,
            "settings": settings.to_json(),
            "curve": run.curve(),
            "start_from": run.origin().get("start_from"),
            "teachers": run.origin().get("teachers", []),
            "zokusei": run.about()["version"],
        },
    )
