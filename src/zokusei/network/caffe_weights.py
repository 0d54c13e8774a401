"""Puts the weights of a Caffe file into a network, by layer name, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import nn

from zokusei.errors import UsageError
from zokusei.network.caffe import Blob


def load_caffe_weights(
    network: nn.Module, layers: Mapping[str, tuple[Blob, ...]], *, source: str
) -> None:
    """Replaces the weights of every convolution of a network.

    Arrays are taken over without a copy, so the network may be on torch's
    ``meta`` device.

    Args:
        network: Its convolutions go by the last part of their names.
        layers: As ``read_caffemodel`` reads them.
        source: What to call the file in messages.

    Raises:
        UsageError: Layers are missing, left over or misshapen, or hold
            numbers that are not finite; all of them are listed.
    """
    convolutions = {
        name: module for name, module in network.named_modules() if isinstance(module, nn.Conv2d)
    }
    by_layer = {name.rpartition(".")[2]: name for name in convolutions}
    expected = {layer: _shapes(convolutions[name]) for layer, name in by_layer.items()}
    differences = list(_differences(expected, layers))
    if differences:
        raise UsageError(
            f"{source} does not fit this network ({len(expected)} convolutions with weights and "
            f"biases, {next(iter(expected))} to {list(expected)[-1]}): {'; '.join(differences)}"
        )
    state = {
        f"{name}.{parameter}": torch.from_numpy(blob.values.reshape(shape))
        for layer, name in by_layer.items()
        for (parameter, shape), blob in zip(expected[layer].items(), layers[layer], strict=True)
    }
    network.load_state_dict(state, assign=True)


def _shapes(convolution: nn.Conv2d) -> dict[str, tuple[int, ...]]:
    """Parameter to shape, in the order of Caffe's blobs."""
    return {name: tuple(value.shape) for name, value in convolution.named_parameters()}


def _differences(
    expected: Mapping[str, Mapping[str, tuple[int, ...]]], layers: Mapping[str, tuple[Blob, ...]]
) -> Iterator[str]:
    missing = [layer for layer in expected if layer not in layers]
    if missing:
        yield f"missing {', '.join(missing)}"
    left = [
        f"{layer} ({', '.join(map(str, blobs))})"
        for layer, blobs in layers.items()
        if layer not in expected
    ]
    if left:
        yield f"left over {', '.join(left)}"
    for layer, shapes in expected.items():
        if layer in layers:
            yield from _layer_differences(layer, shapes, layers[layer])


def _layer_differences(
    layer: str, shapes: Mapping[str, tuple[int, ...]], blobs: tuple[Blob, ...]
) -> Iterator[str]:
    if len(blobs) != len(shapes):
        yield f"{layer} has {len(blobs)} blobs, expected {len(shapes)}"
        return
    for (parameter, shape), blob in zip(shapes.items(), blobs, strict=True):
        if not blob.fits(shape):
            sides = "x".join(map(str, shape))
            yield f"misshapen {layer}.{parameter}: {blob}, expected {sides}"
        elif not np.isfinite(blob.values).all():
            number = np.count_nonzero(~np.isfinite(blob.values))
            yield f"{layer}.{parameter} holds {number} numbers that are not finite"
