"""What every network of Zokusei has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from zokusei.preprocessing import Preprocessing


class Network(nn.Module, ABC):
    """From normalised pictures to attribute logits and an embedding.

    Args:
        num_attributes: A.
    """

    preprocessing: ClassVar[Preprocessing]
    embedding_size: ClassVar[int]
    cut: ClassVar[str]
    """The layer that ends the trunk."""

    def __init__(self, num_attributes: int) -> None:
        super().__init__()
        self.num_attributes = num_attributes

    @abstractmethod
    def features(self, inputs: Tensor) -> Tensor:
        """The trunk.

        Args:
            inputs: float (B, 3, S, S), as the preprocessing makes them.

        Returns:
            float (B, C, H, W), the last feature map.
        """

    @abstractmethod
    def read(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The head.

        Args:
            features: float (B, C, H, W).

        Returns:
            Logits (B, A) and embeddings (B, D).
        """

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (B, A), embeddings (B, D) and features (B, C, H, W) of inputs (B, 3, S, S)."""
        features = self.features(inputs)
        logits, embedding = self.read(features)
        return logits, embedding, features
