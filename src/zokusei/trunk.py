"""What a trunk is used to: statistics of its inputs and features, and likely causes of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import BundleError

# Pictures differ from those a trunk was trained on, and so do their means; the
# mistakes below move them much further.
_MAX_INPUT_SHIFT = 1.5  # of the recorded standard deviations
_MIN_INPUT_SPREAD = 0.2  # of the recorded standard deviation
# Of a picture's channel means, in their recorded standard deviations, averaged
# over channels. Measured on the packaged trunk (2026-11-23): faces alone 0.1,
# drawings alone 0.7, drawings in grey 0.9; weights at random 2.2, the last
# stage at random 2.5.
_MAX_FEATURE_SHIFT = 1.5


@dataclass(frozen=True, eq=False)
class Statistics:
    """Means and spread of what goes into a trunk and what comes out.

    Args:
        input_mean: float64 (3,), of the normalised pictures, in the network's order.
        input_std: float64 (3,).
        feature_mean: float64 (C,), of the feature maps' means.
        feature_std: float64 (C,), of the same, over pictures.
        num_pictures: Pictures measured.
    """

    input_mean: NDArray[np.float64]
    input_std: NDArray[np.float64]
    feature_mean: NDArray[np.float64]
    feature_std: NDArray[np.float64]
    num_pictures: int

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Statistics:
        """Reads what ``to_json`` wrote."""
        return cls(
            input_mean=np.array(fields["input_mean"], np.float64),
            input_std=np.array(fields["input_std"], np.float64),
            feature_mean=np.array(fields["feature_mean"], np.float64),
            feature_std=np.array(fields["feature_std"], np.float64),
            num_pictures=fields["num_pictures"],
        )

    def to_json(self) -> dict[str, Any]:
        """As they stand in a bundle."""
        return {
            "input_mean": [round(float(x), 5) for x in self.input_mean],
            "input_std": [round(float(x), 5) for x in self.input_std],
            "feature_mean": [round(float(x), 5) for x in self.feature_mean],
            "feature_std": [round(float(x), 5) for x in self.feature_std],
            "num_pictures": self.num_pictures,
        }

    def check(self, found: Statistics) -> None:
        """Compares what a trunk is given now with what it is used to.

        Args:
            found: Measured on other pictures.

        Raises:
            BundleError: They are too far apart; the likely cause is named.
        """
        cause = self._wrong_scale(found) or self._wrong_order(found) or self._wrong_features(found)
        if cause:
            raise BundleError(cause)

    def _wrong_scale(self, found: Statistics) -> str:
        mean, std = found.input_mean.mean(), found.input_std.mean()
        used_mean, used_std = self.input_mean.mean(), self.input_std.mean()
        seen = f"mean {mean:.3g} and spread {std:.3g}"
        used = f"expected about {used_mean:.3g} and {used_std:.3g}"
        if std < _MIN_INPUT_SPREAD * used_std:
            return f"inputs look normalised twice: {seen}, {used}"
        if (
            abs(mean - used_mean) > _MAX_INPUT_SHIFT * used_std
            or std > used_std / _MIN_INPUT_SPREAD
        ):
            return f"inputs look unnormalised: {seen}, {used}"
        return ""

    def _wrong_order(self, found: Statistics) -> str:
        straight = np.abs(found.input_mean - self.input_mean).sum()
        crossed = np.abs(found.input_mean[::-1] - self.input_mean).sum()
        apart = abs(self.input_mean[0] - self.input_mean[2])
        if crossed < straight / 2 and straight > apart / 2:
            return (
                "channels look swapped (RGB for BGR or the other way round): means "
                f"{_listed(found.input_mean)}, expected about {_listed(self.input_mean)}"
            )
        return ""

    def _wrong_features(self, found: Statistics) -> str:
        if found.feature_mean.shape != self.feature_mean.shape:
            return (
                f"these are features of another trunk: {len(found.feature_mean)} channels, "
                f"expected {len(self.feature_mean)}"
            )
        spread = np.maximum(self.feature_std, 1e-3 * self.feature_std.mean() + 1e-12)
        shift = float((np.abs(found.feature_mean - self.feature_mean) / spread).mean())
        if not shift <= _MAX_FEATURE_SHIFT:
            return (
                "the weights look not loaded, or only in part: the channels' means are "
                f"{shift:.1f} standard deviations from the recorded ones, expected at most "
                f"{_MAX_FEATURE_SHIFT}"
            )
        return ""


class StatisticsMeter:
    """Measures statistics batch by batch."""

    def __init__(self) -> None:
        self._num_pictures = 0
        self._sums: dict[str, NDArray[np.float64]] = {}

    def add(self, inputs: NDArray[np.float32], features: NDArray[np.float32]) -> None:
        """Takes a batch in.

        Args:
            inputs: float32 (B, 3, S, S), normalised.
            features: float32 (B, C, H, W).
        """
        self._num_pictures += len(inputs)
        means = {
            "input": inputs.mean((2, 3), dtype=np.float64),
            "square": np.square(inputs, dtype=np.float64).mean((2, 3)),
            "feature": features.mean((2, 3), dtype=np.float64),
        }
        means["feature_square"] = means["feature"] ** 2
        for name, values in means.items():
            self._sums[name] = self._sums.get(name, 0.0) + values.sum(axis=0)

    def statistics(self) -> Statistics:
        """Of all that was taken in, at least one picture."""
        mean, square, feature, feature_square = (
            self._sums[name] / self._num_pictures
            for name in ("input", "square", "feature", "feature_square")
        )
        return Statistics(
            input_mean=mean,
            input_std=np.sqrt(np.maximum(square - mean**2, 0)),
            feature_mean=feature,
            feature_std=np.sqrt(np.maximum(feature_square - feature**2, 0)),
            num_pictures=self._num_pictures,
        )


def _listed(values: NDArray[np.float64]) -> str:
    return "(" + ", ".join(f"{value:.3g}" for value in values) + ")"
