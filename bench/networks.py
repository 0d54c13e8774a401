"""Training and inference speed of candidate trunks for the compact network.

    python -m bench.networks

Untrained weights; the best of several steps each, on all cores. It needs the
``train`` extra. The machine's speed drifts: compare rows of one run.
"""

from __future__ import annotations

import json
import logging
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from transformers import ConvNextV2Config, ConvNextV2Model, ResNetConfig, ResNetModel

RESULT = Path(__file__).parent / "results" / "networks.json"
TRAINING_BATCH, INFERENCE_BATCH = 64, 16


class Pooled(nn.Module):
    """A trunk and the mean of its last feature map."""

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk

    def forward(self, inputs: Tensor) -> Tensor:
        mean: Tensor = self.trunk(inputs).last_hidden_state.mean((2, 3))
        return mean


def resnet(widths: list[int], depths: list[int], *, pool: bool = False) -> nn.Module:
    config = ResNetConfig(
        embedding_size=widths[0], hidden_sizes=widths, depths=depths, layer_type="basic"
    )
    model = ResNetModel(config)
    if not pool:
        model.embedder.pooler = nn.Identity()
    return model


def convnext(widths: list[int], depths: list[int]) -> nn.Module:
    return ConvNextV2Model(ConvNextV2Config(patch_size=4, hidden_sizes=widths, depths=depths))


CANDIDATES: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "resnet 48-96-192-384, 1-1-1-1": (lambda: resnet([48, 96, 192, 384], [1, 1, 1, 1]), 96),
    "resnet 48-96-192-384, 1-2-2-2": (lambda: resnet([48, 96, 192, 384], [1, 2, 2, 2]), 96),
    "resnet 48-96-192-384, 1-2-2-2 at 112": (lambda: resnet([48, 96, 192, 384], [1, 2, 2, 2]), 112),
    "resnet 48-96-192-384, 1-2-3-2 at 112": (lambda: resnet([48, 96, 192, 384], [1, 2, 3, 2]), 112),
    "resnet 64-128-256-384, pooled stem": (
        lambda: resnet([64, 128, 256, 384], [2, 2, 2, 1], pool=True),
        128,
    ),
    "convnext-v2 48-96-192-384, 2-2-4-2": (lambda: convnext([48, 96, 192, 384], [2, 2, 4, 2]), 96),
}


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    rows = []
    for name, (build, size_px) in CANDIDATES.items():
        network = Pooled(build())
        rows.append(
            {
                "network": name,
                "size_px": size_px,
                "million_weights": round(sum(p.numel() for p in network.parameters()) / 1e6, 1),
                "training_per_s": round(training_speed(network, size_px)),
                "inference_per_s": round(inference_speed(network, size_px)),
            }
        )
        print(rows[-1], flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(
        json.dumps({"command": "python -m bench.networks", "rows": rows}, indent=1) + "\n"
    )


def training_speed(network: nn.Module, size_px: int) -> float:
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
    inputs = torch.randn(TRAINING_BATCH, 3, size_px, size_px)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            loss = network(inputs).float().square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return TRAINING_BATCH / best_seconds(step, repeats=5)


def inference_speed(network: nn.Module, size_px: int) -> float:
    inputs = torch.randn(INFERENCE_BATCH, 3, size_px, size_px)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/network.onnx"
        torch.onnx.export(network.eval(), (inputs,), path, dynamo=True, verbose=False)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feed: dict[str, Any] = {session.get_inputs()[0].name: np.asarray(inputs)}
    return INFERENCE_BATCH / best_seconds(lambda: session.run(None, feed), repeats=8)


def best_seconds(work: Callable[[], object], *, repeats: int) -> float:
    work()
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


if __name__ == "__main__":
    main()
