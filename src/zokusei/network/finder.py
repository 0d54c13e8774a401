"""The network that finds heads: small, for it looks at every picture first."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

_WIDTHS = (16, 32, 48, 80, 112)


class Finder(nn.Module):
    """Maps of heads at an eighth of the picture's size, 0.5 million weights.

    Strided convolutions down to 1/32 see whole heads; their findings are added back, level by
    level, to the finer maps (Lin et al. 2017, "Feature Pyramid Networks"). What the four maps
    mean is said in ``zokusei.heads.HeadFinder``.
    """

    size_px: ClassVar[int] = 256
    stride: ClassVar[int] = 8

    def __init__(self) -> None:
        super().__init__()
        stem, half, quarter, eighth, last = _WIDTHS
        self.stem = nn.Sequential(_conv(3, stem, stride=2), _conv(stem, half, stride=2))
        self.to_8 = nn.Sequential(_conv(half, quarter, stride=2), _Residual(quarter))
        self.to_16 = nn.Sequential(_conv(quarter, eighth, stride=2), _Residual(eighth))
        self.to_32 = nn.Sequential(_conv(eighth, last, stride=2), _Residual(last), _Residual(last))
        self.from_32, self.from_16 = nn.Conv2d(last, eighth, 1), nn.Conv2d(eighth, quarter, 1)
        self.mix = nn.Sequential(_conv(quarter, quarter), _conv(quarter, quarter))
        self.read = nn.Conv2d(quarter, 4, 1)
        # One cell in some hundreds is the middle of a head.
        nn.init.constant_(self.read.bias[:1], -4.6)  # type: ignore[index]

    def forward(self, pictures: Tensor) -> Tensor:
        """Maps (B, 4, S/8, S/8) of pictures, float (B, 3, S, S) in [-1, 1]."""
        at_8 = self.to_8(self.stem(pictures))
        at_16 = self.to_16(at_8)
        at_32 = self.to_32(at_16)
        at_16 = at_16 + _twice(self.from_32(at_32))
        at_8 = at_8 + _twice(self.from_16(at_16))
        maps: Tensor = self.read(self.mix(at_8))
        return maps


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(channels, channels), _conv(channels, channels))

    def forward(self, features: Tensor) -> Tensor:
        added: Tensor = features + self.body(features)
        return added


def _conv(channels: int, out_channels: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, out_channels, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


def _twice(features: Tensor) -> Tensor:
    """Every cell four times: (B, C, h, w) to (B, C, 2h, 2w)."""
    height, width = features.shape[2:]
    return nn.functional.interpolate(features, size=(2 * height, 2 * width), mode="nearest")
