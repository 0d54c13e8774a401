"""The sums that turn "convolution, then global average" into a linear function."""

from __future__ import annotations

from typing import Any

import numpy as np


def window_sums(feature_map: Any, kernel_size: int, padding: int) -> Any:
    """What each cell of a stride-1 convolution's kernel sees, averaged over the outputs.

    With ``s = window_sums(x, k, p)``, the mean over the outputs of a convolution of x with the
    weight W (A, C, k, k) and bias b is ``s @ W.reshape(A, -1).T + b``. Over H' outputs down the
    map, row i of the kernel sees the rows i-p .. i-p+H'-1, columns likewise, and zeros where
    these lie outside the map.

    >>> ones = np.ones((1, 1, 7, 7))
    >>> (window_sums(ones, 3, 1).reshape(3, 3) * 49).round().tolist()
    [[36.0, 42.0, 36.0], [42.0, 49.0, 42.0], [36.0, 42.0, 36.0]]

    Args:
        feature_map: float (B, C, H, W), a numpy array or a torch tensor. Convert float16 to
            float32 first, or the sums lose digits.
        kernel_size: k, at least 1.
        padding: p, zeros on each side, at least 0.

    Returns:
        float (B, C*k*k), of the kind and dtype of the map.

    Raises:
        ValueError: The convolution has no outputs: H + 2p < k or W + 2p < k.
    """
    batch, channels, height, width = feature_map.shape
    down = height + 2 * padding - kernel_size + 1
    across = width + 2 * padding - kernel_size + 1
    if kernel_size < 1 or padding < 0 or min(down, across) < 1:
        raise ValueError(
            f"a {kernel_size}x{kernel_size} convolution with padding {padding} has no output on "
            f"a map of {height}x{width}"
        )
    # A tensor's own zeros, without importing torch.
    shape = (batch, channels, kernel_size, kernel_size)
    sums = (
        np.zeros(shape, feature_map.dtype)
        if isinstance(feature_map, np.ndarray)
        else feature_map.new_zeros(shape)
    )
    for i in range(kernel_size):
        strip = feature_map[:, :, _seen(i - padding, down)].sum(2)
        for j in range(kernel_size):
            sums[:, :, i, j] = strip[:, :, _seen(j - padding, across)].sum(2)
    return sums.reshape(batch, -1) / (down * across)


def _seen(first: int, count: int) -> slice:
    """The lines first .. first+count-1, without those before the map."""
    return slice(max(first, 0), max(first + count, 0))
