"""The head of transfer learning: one convolution and the mean over its outputs."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class LinearHead(nn.Module):
    """A k x k convolution of stride 1, then the mean over its outputs: linear in the features.

    Args:
        weights: (A, C, k, k).
        intercepts: (A,).
        padding: p.
    """

    def __init__(
        self, weights: NDArray[np.floating], intercepts: NDArray[np.floating], *, padding: int
    ) -> None:
        super().__init__()
        num_attributes, num_channels, kernel_size, _ = weights.shape
        self.conv = nn.Conv2d(num_channels, num_attributes, kernel_size, padding=padding)
        self.conv.weight = nn.Parameter(torch.from_numpy(np.ascontiguousarray(weights)))
        self.conv.bias = nn.Parameter(torch.from_numpy(np.ascontiguousarray(intercepts)))

    def forward(self, features: Tensor) -> Tensor:
        """Logits (B, A) of features (B, C, H, W)."""
        logits: Tensor = self.conv(features).mean((2, 3))
        return logits
