"""Makes a bundle of Illustration2Vec's original weights."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from zokusei.bundle import Bundle
from zokusei.draw import draw_picture
from zokusei.errors import BundleError, UsageError
from zokusei.evaluation.calibration import Calibration
from zokusei.network import Illustration2Vec, Network
from zokusei.network.caffe import Blob, read_caffemodel
from zokusei.network.caffe_weights import load_caffe_weights
from zokusei.training.export import MAX_LOGIT_DIFFERENCE
from zokusei.training.onnx_file import to_onnx
from zokusei.training.tag_list import read_tag_list
from zokusei.vocabulary import Vocabulary
from zokusei.vocabulary.foreign import Adoption, adopt

EVIDENCE = "weights imported as published; nothing is known about their convergence"

# From what probability the original's own code calls a tag plausible (i2v/base.py).
_THRESHOLD = 0.25

_NUM_PARITY_PICTURES = 4


def import_caffe(
    path: Path, tags_path: Path, out: Path, *, half: bool = False
) -> tuple[Bundle, Adoption]:
    """Writes a bundle of Illustration2Vec's weights.

    Its logits are not calibrated and its thresholds are the original's. It is
    marked as not converged, because nobody can show that it has.

    Args:
        path: ``illust2vec_tag_ver200.caffemodel``, or another of these layers.
        tags_path: ``tag_list.json``, a name for each output.
        out: A directory that does not exist yet; it appears when it is complete.
        half: Whether weights are stored as float16 (computing stays float32).

    Returns:
        The bundle, and how the outputs came to their attributes.

    Raises:
        BundleError: ``out`` exists, or the exported network differs from the one read.
        UsageError: The weights or the names cannot be read, or do not fit
            the network or each other.
    """
    if out.exists():
        raise BundleError(f"{out} exists; remove it or choose another --out")
    tags = read_tag_list(tags_path)
    adoption = adopt(tags, Vocabulary.from_package())
    with _appearing(out) as partial:
        layers = read_caffemodel(path)
        _check_number(path, layers, tags_path, len(tags))
        with torch.device("meta"):
            network = Illustration2Vec(len(tags))
        load_caffe_weights(network, layers, source=str(path))
        _reorder(network.conv6_4, adoption.outputs)
        about = {
            "arch": "illustration2vec",
            "cut": Illustration2Vec.cut,
            "zokusei": metadata.version("zokusei"),
            "imported": {path.name: _sha256(path), tags_path.name: _sha256(tags_path)},
        }
        _write(partial, network.eval(), adoption.vocabulary, half=half, about=about)
    return Bundle.load(out), adoption


def _check_number(
    path: Path, layers: Mapping[str, tuple[Blob, ...]], tags_path: Path, num_names: int
) -> None:
    last = layers.get("conv6_4")
    if last is None or not last[0].shape:
        return
    num_outputs = last[0].shape[0]
    if num_outputs != num_names:
        raise UsageError(
            f"{path} has {num_outputs} outputs (conv6_4), but {tags_path} names {num_names}; "
            "expected the list that belongs to these weights"
        )


@torch.no_grad()
def _reorder(convolution: nn.Conv2d, outputs: Sequence[int]) -> None:
    """Brings a convolution's outputs into another order."""
    order = list(outputs)
    for name, value in list(convolution.named_parameters()):
        setattr(convolution, name, nn.Parameter(value[order]))


def _write(
    path: Path, network: Network, vocabulary: Vocabulary, *, half: bool, about: Mapping[str, Any]
) -> None:
    content: dict[str, Any] = {
        "network": to_onnx(network, half=half),
        "vocabulary": vocabulary,
        "preprocessing": type(network).preprocessing,
        "calibration": Calibration.identity(len(vocabulary)),
        "thresholds": np.full(len(vocabulary), _THRESHOLD, np.float32),
        "converged": False,
        "evidence": EVIDENCE,
    }
    raw = Bundle.save(path, about=about, **content)
    Bundle.save(path, about={**about, "parity": _parity(raw, network)}, **content)


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """A directory that becomes ``out`` when it is complete."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent) as partial:
            path = Path(partial) / "bundle"
            path.mkdir()
            yield path
            path.rename(out)
    except OSError as error:
        raise BundleError(f"{out} cannot be written: {error.strerror}") from error


@torch.no_grad()
def _parity(bundle: Bundle, network: Network) -> dict[str, float]:
    """How far the bundle's logits are from the network's, on drawings."""
    canvases = _drawings(bundle)
    found, _ = bundle.logits(canvases)
    inputs = torch.from_numpy(bundle.preprocessing.normalise(canvases))
    logits, *_ = network(inputs)
    difference = np.abs(logits.numpy() - found)
    if not difference.max() <= MAX_LOGIT_DIFFERENCE:
        raise BundleError(
            f"the bundle's network differs from the weights read by {difference.max():.3g} in a "
            f"logit; at most {MAX_LOGIT_DIFFERENCE} was expected; import it with float32 weights"
        )
    return {
        "pictures": len(difference),
        "max_logit_difference": float(difference.max()),
        "mean_logit_difference": float(difference.mean()),
    }


def _drawings(bundle: Bundle) -> NDArray[np.uint8]:
    """uint8 (B, S, S, 3), as the tagger would make them of pictures."""
    drawings = (
        draw_picture(seed, size_px=bundle.preprocessing.decode_px)
        for seed in range(_NUM_PARITY_PICTURES)
    )
    return np.stack([bundle.preprocessing.canvas(drawing.pixels) for drawing in drawings])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
