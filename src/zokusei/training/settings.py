"""What decides the outcome of a training run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from zokusei.errors import UnknownNameError, UsageError
from zokusei.library.splits import Fold, SplitBy, check_split_by


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the outcome of a run; two runs with equal settings on one library are equal.

    Args:
        arch: ``compact``, ``efficient`` or ``illustration2vec``.
        epochs: Passes over the training split.
        batch_size: Pictures a step.
        learning_rate: Peak of the one-cycle schedule.
        weight_decay: Of AdamW.
        average_decay: Of the moving average of the weights, a step; its
            average is what is evaluated and exported.
        human_weight: Weight in the loss of what a person stated; all else has 1.
            Real pictures have few labels each and drawn ones more than a
            hundred: with a weight of 2 the drawn ones decide (docs/log.md).
        human_repeats: How often a pass shows each work that a person described;
            all others are shown once.
        smoothing: Targets are kept this far from 0 and 1.
        teacher_share: What teachers count against what a person said, in [0, 1].
        min_support: An attribute is trained if so many works have it and so many do not.
        leave_out: Part of what people described that is not learned from, such as
            ``1/4``; what is trained may teach those works honestly.
        split_by: ``content``, or ``character`` so that no character is in two splits.
        precision: ``bfloat16`` (autocast) or ``float32``.
        seed: Of weights, order, dropout and augmentation.
    """

    arch: str = "compact"
    epochs: int = 12
    batch_size: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    average_decay: float = 0.998
    human_weight: float = 6.0
    human_repeats: int = 1
    smoothing: float = 0.01
    teacher_share: float = 0.5
    min_support: int = 20
    leave_out: str | None = None
    split_by: SplitBy = "content"
    precision: str = "bfloat16"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 2 or self.human_repeats < 1:
            raise UsageError(
                f"epochs is {self.epochs}, batch_size {self.batch_size} and human_repeats "
                f"{self.human_repeats}; expected at least 1, 2 and 1"
            )
        check_split_by(self.split_by)
        if self.leave_out is not None:
            Fold.parse(self.leave_out)
        if self.precision not in ("bfloat16", "float32"):
            raise UsageError(f"precision is '{self.precision}'; expected bfloat16 or float32")
        if not 0 <= self.teacher_share <= 1:
            raise UsageError(f"teacher_share is {self.teacher_share}; expected a value in [0, 1]")
        if not 0 <= self.smoothing < 0.5 or not 0 <= self.average_decay < 1:
            raise UsageError(
                f"smoothing is {self.smoothing} and average_decay {self.average_decay}; "
                "expected values in [0, 0.5) and [0, 1)"
            )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Settings:
        """Reads what ``to_json`` wrote.

        Raises:
            UnknownNameError: A key is no setting.
        """
        names = [field.name for field in fields(cls)]
        for name in values:
            if name not in names:
                raise UnknownNameError("setting", name, names)
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """As it stands in the run's folder."""
        return asdict(self)
