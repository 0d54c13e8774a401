"""Turns a run into a bundle: the network as ONNX, calibrated, with its parity measured."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from zokusei.bundle import Bundle
from zokusei.errors import BundleError, TrainingError
from zokusei.evaluation.calibration import Calibration, choose_thresholds, fit_calibration
from zokusei.library import ABSENT, PRESENT, SPLITS, UNKNOWN, LabelMatrix, Library
from zokusei.network import Network, build_network
from zokusei.training.data import LabelledWorks, labelled_works
from zokusei.training.loop import convergence
from zokusei.training.run import Run
from zokusei.trunk import StatisticsMeter

# The network in the bundle may differ from the one trained by so much in a logit.
MAX_LOGIT_DIFFERENCE = 0.05

# An attribute is calibrated on what people labelled where they found so many
# works with it and without it; else on all that is known.
_HUMAN_SUPPORT = 10

# Pictures run together, and those on which parity and statistics are measured.
_BATCH, _SAMPLE = 32, 512


def export(
    run: Run,
    out: Path,
    *,
    library: Library | None = None,
    half: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
) -> Bundle:
    """Writes the bundle of a run.

    Args:
        run: A run that has been trained, finished or not.
        out: A directory that does not exist yet.
        library: Where the validation split is; the run's own by default.
        half: Whether weights are stored as float16 (computing stays float32).
        on_progress: Called with the validation works done and their number.

    Raises:
        BundleError: ``out`` exists, or the exported network differs from the trained one.
        TrainingError: The run cannot be used.
    """
    if out.exists():
        raise BundleError(f"{out} exists; remove it or choose another --out")
    library = library or Library.open(run.about()["library"])
    network, state = _trained(run)
    vocabulary, settings = run.vocabulary, run.settings
    preprocessing = type(network).preprocessing
    validation = LabelledWorks(library, vocabulary, "validation", preprocessing, settings)
    converged, evidence = convergence(run.curve())
    if not state["finished"]:
        converged, evidence = False, f"training stopped at step {state['step']}"
    facts: dict[str, Any] = {
        "arch": settings.arch,
        "settings": settings.to_json(),
        "curve": run.curve(),
        "zokusei": run.about()["version"],
        "cut": type(network).cut,
        "data": {
            split: library.sources(labelled_works(library, vocabulary, split)[0])
            for split in SPLITS
        },
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as partial:
        path = Path(partial) / "bundle"
        path.mkdir()
        content: dict[str, Any] = {
            "network": to_onnx(network, half=half),
            "vocabulary": vocabulary,
            "preprocessing": preprocessing,
            "converged": converged,
            "evidence": evidence,
        }
        identity = Calibration.identity(len(vocabulary))
        halves = np.full(len(vocabulary), 0.5, np.float32)
        raw = Bundle.save(path, calibration=identity, thresholds=halves, about=facts, **content)
        logits, measured = _validation_logits(raw, network, validation, on_progress)
        truth = judging_labels(validation.labels)
        calibration = fit_calibration(logits, truth)
        thresholds = choose_thresholds(calibration.apply(logits), truth)
        Bundle.save(
            path,
            calibration=calibration,
            thresholds=thresholds,
            about={**facts, **measured},
            **content,
        )
        shutil.move(path, out)
    return Bundle.load(out)


def judging_labels(labels: LabelMatrix) -> NDArray[np.int8]:
    """The truth to calibrate by: what people labelled, where they labelled enough.

    Returns:
        int8 (N, A).
    """
    truth = labels.truth()
    seen = labels.human.any(axis=1)
    enough = (truth[seen] == PRESENT).sum(axis=0) >= _HUMAN_SUPPORT
    enough &= (truth[seen] == ABSENT).sum(axis=0) >= _HUMAN_SUPPORT
    truth[np.ix_(~seen, enough)] = UNKNOWN
    return truth


def to_onnx(network: Network, *, half: bool) -> bytes:
    """The network as ONNX: ``pictures`` (B, 3, S, S) to ``logits``, ``embedding``, ``features``."""
    size_px = type(network).preprocessing.size_px
    example = torch.zeros(2, 3, size_px, size_px)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            network.eval(),
            (example,),
            str(path),
            input_names=["pictures"],
            output_names=["logits", "embedding", "features"],
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            external_data=False,
            dynamo=True,
            verbose=False,
        )
        model = onnx.load(path)
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    if half:
        _store_half(model.graph)
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString()
    return serialised


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


def _trained(run: Run) -> tuple[Network, dict[str, Any]]:
    state = run.load_checkpoint()
    if state is None:
        raise TrainingError(f"the run at {run.path} has no checkpoint yet")
    network = build_network(run.settings.arch, len(run.vocabulary))
    prefix = "module."
    average = {
        name.removeprefix(prefix): value
        for name, value in state["average"].items()
        if name.startswith(prefix)
    }
    network.load_state_dict(average)
    return network.eval(), state


@torch.no_grad()
def _validation_logits(
    bundle: Bundle,
    network: Network,
    validation: LabelledWorks,
    on_progress: Callable[[int, int], None] | None,
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Logits (N, A) by the bundle, and what was measured with them.

    On the first pictures: parity, how far the logits are from the trained
    network's, and what the trunk is used to.
    """
    logits: list[NDArray[np.float32]] = []
    differences, meter = [], StatisticsMeter()
    for batch in validation.in_order(_BATCH):
        found, _ = bundle.logits(batch.canvases)
        if len(logits) * _BATCH < _SAMPLE:
            inputs = bundle.preprocessing.normalise(batch.canvases)
            trained, _, features = network(torch.from_numpy(inputs))
            differences.append(np.abs(trained.numpy() - found))
            meter.add(inputs, features.numpy())
        logits.append(found)
        if on_progress:
            on_progress(min(len(validation), _BATCH * len(logits)), len(validation))
    difference = np.concatenate(differences)
    parity = {
        "pictures": len(difference),
        "max_logit_difference": float(difference.max()),
        "mean_logit_difference": float(difference.mean()),
    }
    if not parity["max_logit_difference"] <= MAX_LOGIT_DIFFERENCE:
        raise BundleError(
            f"the exported network differs from the trained one by "
            f"{parity['max_logit_difference']:.3g} in a logit; at most {MAX_LOGIT_DIFFERENCE} "
            "was expected; export with float32 weights"
        )
    statistics = meter.statistics().to_json()
    return np.concatenate(logits), {"parity": parity, "statistics": statistics}
