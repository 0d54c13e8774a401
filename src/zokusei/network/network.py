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
            Places (B, A, H', W'), what each adds to a logit, and embeddings (B, D).
        """

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Runs the network.

        Args:
            inputs: float (B, 3, S, S), as the preprocessing makes them.

        Returns:
            Logits (B, A), embeddings (B, D), features (B, C, H, W), and places
            (B, A, H', W'), which sum to the logits.
        """
        features = self.features(inputs)
        places, embedding = self.read(features)
        return places.sum((2, 3)), embedding, features, places
