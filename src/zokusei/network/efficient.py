"""The network in the package: EfficientNet-Lite0, which others trained on a million photographs."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from zokusei.network.compact import AttentionHead
from zokusei.network.network import Network
from zokusei.preprocessing import Preprocessing


class _Stage(NamedTuple):
    """So many blocks: side of the depthwise kernel, stride of the first block, expansion, width."""

    num_blocks: int
    kernel: int
    stride: int
    expansion: int
    width: int


# Table 1 of EfficientNet (Tan and Le, 2019); Lite0 has neither squeeze nor excitation.
_STEM = 32
_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)
_WIDTH = 1280
# TensorFlow's, which the weights come from.
_EPSILON = 1e-3


class Efficient(Network):
    """EfficientNet-Lite0 at 160 px, 3.8 million weights, with the head of ``compact``."""

    preprocessing: ClassVar[Preprocessing] = Preprocessing(
        size_px=160, mean=(127.0, 127.0, 127.0), std=(128.0, 128.0, 128.0)
    )
    embedding_size: ClassVar[int] = _WIDTH
    cut: ClassVar[str] = "last"

    def __init__(self, num_attributes: int) -> None:
        super().__init__(num_attributes)
        blocks, width = [], _STEM
        for stage in _STAGES:
            for number in range(stage.num_blocks):
                stride = 1 if number else stage.stride
                blocks.append(
                    _Block(width, stage.width, stage.kernel, stride, expansion=stage.expansion)
                )
                width = stage.width
        self.trunk = nn.Sequential()
        self.trunk.add_module("stem", _Unit(3, _STEM, 3, stride=2))
        self.trunk.add_module("blocks", nn.Sequential(*blocks))
        self.trunk.add_module("last", _Unit(width, _WIDTH, 1))
        # On a processor depthwise convolutions learn twice as fast so (docs/log.md).
        self.trunk.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.head = AttentionHead(_WIDTH, num_attributes, dropout=0.2)

    def features(self, inputs: Tensor) -> Tensor:
        """The last feature map, (B, 1280, 5, 5)."""
        features: Tensor = self.trunk(inputs.contiguous(memory_format=torch.channels_last))
        return features

    def read(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Places (B, A, 5, 5) and embeddings (B, 1280)."""
        places, embedding = self.head(features)
        return places, embedding


class _Unit(nn.Sequential):
    """A convolution padded as TensorFlow pads, normalised, and bent unless it is linear."""

    def __init__(
        self, of: int, to: int, kernel: int, *, stride: int = 1, groups: int = 1, bent: bool = True
    ) -> None:
        super().__init__()
        if kernel > 1:
            self.add_module("pad", _Same(kernel, stride))
        convolution = nn.Conv2d(of, to, kernel, stride, groups=groups, bias=False)
        self.add_module("convolution", convolution)
        self.add_module("normalization", nn.BatchNorm2d(to, eps=_EPSILON, momentum=0.01))
        if bent:
            self.add_module("activation", nn.ReLU6())


class _Same(nn.Module):
    """Pads so that a side of S becomes one of S / stride, rounded up; odd rests go last."""

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, pictures: Tensor) -> Tensor:
        height, width = (self._of(side) for side in pictures.shape[2:])
        return nn.functional.pad(pictures, (*width, *height))

    def _of(self, side: int) -> tuple[int, int]:
        needed = (math.ceil(side / self.stride) - 1) * self.stride + self.kernel
        rest = max(0, needed - side)
        return rest // 2, rest - rest // 2


class _Block(nn.Module):
    """Widened, seen by each channel for itself, narrowed; added to what came in where it fits."""

    def __init__(self, of: int, to: int, kernel: int, stride: int, *, expansion: int) -> None:
        super().__init__()
        wide = of * expansion
        self.adds = stride == 1 and of == to
        self.expand = _Unit(of, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _Unit(wide, wide, kernel, stride=stride, groups=wide)
        self.project = _Unit(wide, to, 1, bent=False)

    def forward(self, features: Tensor) -> Tensor:
        narrowed: Tensor = self.project(self.depthwise(self.expand(features)))
        return features + narrowed if self.adds else narrowed
