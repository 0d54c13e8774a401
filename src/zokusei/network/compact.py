"""A small ResNet whose head looks where it matters."""

from __future__ import annotations

from typing import ClassVar, cast

import torch
from torch import Tensor, nn
from transformers import ResNetConfig, ResNetModel

from zokusei.network.network import Network
from zokusei.preprocessing import Preprocessing

_WIDTHS = [48, 96, 192, 384]
_DEPTHS = [1, 2, 2, 2]


class AttentionHead(nn.Module):
    """A 1x1 convolution to attribute logits, averaged by learned attention.

    Each attribute has its own attention over the H*W places, a softmax of a
    second 1x1 convolution that starts at zero: training starts from global
    average pooling, and a face that fills a tenth of the picture can come to
    decide.

    Args:
        num_channels: C.
        num_attributes: A.
        dropout: Share of the channels of the feature map dropped in training.
    """

    def __init__(self, num_channels: int, num_attributes: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.dropout = nn.Dropout2d(dropout)
        self.classify = nn.Conv2d(num_channels, num_attributes, 1)
        self.attend = nn.Conv2d(num_channels, num_attributes, 1)
        for parameter in self.attend.parameters():
            nn.init.zeros_(parameter)
        # About one attribute in thirty is present.
        nn.init.constant_(cast("nn.Parameter", self.classify.bias), -3.4)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Places (B, A, H, W) and embeddings (B, C) of features (B, C, H, W).

        The embedding is the feature map averaged by the mean attention.
        """
        scores = self.attend(features)
        attention = scores.flatten(2).softmax(-1)
        places = attention.view_as(scores) * self.classify(self.dropout(features))
        embedding = torch.einsum("bcp,bp->bc", features.flatten(2), attention.mean(1))
        return places, embedding


class Compact(Network):
    """A ResNet of basic blocks at 96 px, 6.3 million weights.

    Its stem keeps half the resolution (no max-pooling): at these small inputs
    a stem that keeps a quarter loses eye colour. Basic blocks were chosen by
    speed: see ``bench/networks.py``.
    """

    preprocessing: ClassVar[Preprocessing] = Preprocessing(size_px=96)
    embedding_size: ClassVar[int] = _WIDTHS[-1]
    cut: ClassVar[str] = "stage4"

    def __init__(self, num_attributes: int) -> None:
        super().__init__(num_attributes)
        config = ResNetConfig(
            embedding_size=_WIDTHS[0], hidden_sizes=_WIDTHS, depths=_DEPTHS, layer_type="basic"
        )
        self.trunk = ResNetModel(config)
        self.trunk.embedder.pooler = nn.Identity()
        self.trunk.pooler = nn.Identity()
        self.head = AttentionHead(_WIDTHS[-1], num_attributes)

    def features(self, inputs: Tensor) -> Tensor:
        """The last feature map, (B, 384, 6, 6)."""
        features: Tensor = self.trunk(inputs).last_hidden_state
        return features

    def read(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Places (B, A, 6, 6) and embeddings (B, 384)."""
        places, embedding = self.head(features)
        return places, embedding
