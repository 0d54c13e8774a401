"""Illustration2Vec: a VGG-11 made fully convolutional, with global average pooling.

Saito and Matsui, "Illustration2Vec: a semantic vector representation of
illustrations", SIGGRAPH Asia 2015 Technical Briefs. Layer names are those of
the original Caffe network.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor, nn

from zokusei.network.network import Network
from zokusei.preprocessing import Preprocessing

# Output channels of each block's convolutions; a 2x2 max-pooling follows each of the first five.
_BLOCKS = ((64,), (128,), (256, 256), (512, 512), (512, 512), (1024, 1024, 1024))


class Illustration2Vec(Network):
    """The network of the original, with A outputs instead of 1,539.

    Args:
        num_attributes: A.
        blocks: Output channels of each block's convolutions. Others than the
            original's give a network with the same layers that is no Illustration2Vec.
    """

    preprocessing: ClassVar[Preprocessing] = Preprocessing(
        size_px=224,
        resize="stretch",
        channels="BGR",
        mean=(164.76139251, 167.47864617, 181.13838569),
        std=(1.0, 1.0, 1.0),
    )
    embedding_size: ClassVar[int] = _BLOCKS[-1][-1]
    cut: ClassVar[str] = "relu6_3"

    def __init__(self, num_attributes: int, *, blocks: Sequence[Sequence[int]] = _BLOCKS) -> None:
        super().__init__(num_attributes)
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        num_channels = 3
        for block, widths in enumerate(blocks, start=1):
            for place, width in enumerate(widths, start=1):
                layers[f"conv{block}_{place}"] = nn.Conv2d(num_channels, width, 3, padding=1)
                layers[f"relu{block}_{place}"] = nn.ReLU()
                num_channels = width
            if block < len(blocks):
                # Caffe rounds up where a side is odd.
                layers[f"pool{block}"] = nn.MaxPool2d(2, ceil_mode=True)
        self.trunk = nn.Sequential(layers)
        self.drop6_3 = nn.Dropout(0.5)
        self.conv6_4 = nn.Conv2d(num_channels, num_attributes, 3, padding=1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]
        nn.init.normal_(self.conv6_4.weight, std=0.01)

    def features(self, inputs: Tensor) -> Tensor:
        """The output of relu6_3, (B, 1024, 7, 7) at 224 px."""
        features: Tensor = self.trunk(inputs)
        return features

    def read(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Places (B, A, 7, 7), and the mean of the feature map (B, 1024) as embedding."""
        logits = self.conv6_4(self.drop6_3(features))
        return logits / (logits.shape[2] * logits.shape[3]), features.mean((2, 3))
