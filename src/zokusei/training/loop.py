"""The training loop: masked binary cross-entropy, one picture's whole path readable."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from zokusei.bundle import Bundle
from zokusei.errors import TrainingError
from zokusei.library import Library
from zokusei.network import Network, architecture, build_network
from zokusei.preprocessing import Preprocessing
from zokusei.training.augmentation import ColorSafe, LoseColor
from zokusei.training.data import Batch, LabelledWorks, trainable
from zokusei.training.run import Run
from zokusei.training.settings import Settings
from zokusei.training.starting import StartingPoint, settle
from zokusei.vocabulary import Vocabulary

# The groups of which a picture in one ink can say nothing.
COLOR_GROUPS = ("hair_color", "eye_color")

# Seconds between checkpoints within an epoch.
_CHECKPOINT_S = 120.0

# Pictures whose statistics a network starts from that comes without.
_SETTLING = 512

# A run has converged when the validation loss moved by less than this share of
# itself over the last fifth of its epochs and ended as near to its least. The
# learning rate falls meanwhile: it says that this schedule is used up, not that
# no other would get further. An exact head is certain: see head/solver.py.
CONVERGED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands.

    Args:
        epoch: The one being trained, from 1.
        epochs: Of the whole run.
        step: Steps done in the whole run.
        steps: Of the whole run.
        loss: Mean of the recent steps.
        validation_loss: After the last full epoch; None in the first.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    validation_loss: float | None


def train(
    library: Library,
    out: Path,
    settings: Settings,
    *,
    vocabulary: Vocabulary | None = None,
    start_from: StartingPoint | None = None,
    teachers: Sequence[Bundle] = (),
    on_progress: Callable[[Progress], None] | None = None,
    stop_after_steps: int | None = None,
) -> Run:
    """Trains a network, or goes on with a run that was interrupted.

    A run that is resumed ends with the same numbers as one that was not:
    order, dropout and augmentation depend on the seed and the step alone.

    Args:
        library: Pictures and labels.
        out: The run's folder.
        settings: What decides the outcome.
        vocabulary: Attributes wanted; those with too few examples are left
            out. The package's by default.
        start_from: Weights of the same architecture that this run starts from;
            attributes that they do not know start anew.
        teachers: Bundles that say what they see in the training works: see
            ``taught_targets``.
        on_progress: Called after every step.
        stop_after_steps: Stops early, as a kill would, with a checkpoint.

    Raises:
        TrainingError: There is nothing to learn from, or the loss is not finite.
    """
    wanted = vocabulary or Vocabulary.from_package()
    learned = trainable(
        library, wanted, min_support=settings.min_support, split_by=settings.split_by
    )
    preprocessing = architecture(settings.arch).preprocessing
    training = LabelledWorks(library, learned, "train", preprocessing, settings, teachers)
    validation = LabelledWorks(library, learned, "validation", preprocessing, settings)
    data = training.fingerprint + validation.fingerprint
    origin = start_from.origin if start_from else None
    run = Run.start(
        out,
        settings,
        learned,
        library.address,
        data=data,
        start_from=origin,
        teachers=[teacher.fingerprint for teacher in teachers],
    )
    trainer = _Trainer(run, training, validation, on_progress)
    if start_from and not trainer.step:
        trainer.start_from(start_from)
    trainer.run_to_end(stop_after_steps)
    return run


class WithoutColor:
    """What is known of pictures that were printed in one ink.

    Args:
        vocabulary: The A attributes.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._colors = [
            row
            for row, attribute in enumerate(vocabulary.attributes)
            if attribute.group in COLOR_GROUPS
        ]
        self._of_any_ink = _rows(vocabulary, "monochrome")
        self._of_black = _rows(vocabulary, "greyscale")

    def __call__(
        self, targets: Tensor, weights: Tensor, printed: Tensor, black: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Targets and weights, float (B, A), of pictures some of which were printed.

        Args:
            targets: float (B, A).
            weights: float (B, A).
            printed: bool (B,).
            black: bool (B,), those printed in black.
        """
        targets, weights = targets.clone(), weights.clone()
        weights[printed.nonzero(), self._colors] = 0
        for rows, true in ((self._of_any_ink, printed), (self._of_black, black)):
            targets[printed.nonzero(), rows] = true[printed].float()[:, None]
            weights[printed.nonzero(), rows] = 1
        return targets, weights


def masked_bce(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Binary cross-entropy over what is known.

    Args:
        logits: float (B, A).
        targets: float (B, A) in [0, 1].
        weights: float (B, A), 0 where nothing is known.

    Returns:
        The weighted mean, 0 where nothing at all is known.
    """
    loss = nn.functional.binary_cross_entropy_with_logits(logits, targets, weights, reduction="sum")
    return loss / weights.sum().clamp(min=1e-6)


def convergence(curve: list[dict[str, Any]]) -> tuple[bool, str]:
    """Whether a finished run has converged, and the evidence in words."""
    losses = [point["validation_loss"] for point in curve]
    if len(losses) < 3:
        return False, f"too few epochs to tell: {len(losses)}"
    window = max(2, len(losses) // 5 + 1)
    last = losses[-window:]
    moved = (max(last) - min(last)) / max(*last, 1e-9)
    above = losses[-1] / max(min(losses), 1e-9) - 1
    return moved < CONVERGED_SHARE and above < CONVERGED_SHARE, (
        f"the validation loss moved by {moved:.2%} over the last {_epochs(window - 1)} and ended "
        f"{above:.2%} above its least (converged is under {CONVERGED_SHARE:.0%} for both)"
    )


class _Trainer:
    def __init__(
        self,
        run: Run,
        training: LabelledWorks,
        validation: LabelledWorks,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        settings, vocabulary = run.settings, run.vocabulary
        self.run, self.settings, self.on_progress = run, settings, on_progress
        self.training, self.validation = training, validation
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(settings.seed)
        self.network: Network = build_network(settings.arch, len(vocabulary)).to(self.device)
        average = get_ema_multi_avg_fn(settings.average_decay)  # type: ignore[no-untyped-call]
        self.average = AveragedModel(self.network, multi_avg_fn=average, use_buffers=True)
        self.preprocessing = type(self.network).preprocessing
        self.steps_per_epoch = self.training.num_batches(settings.batch_size)
        self.steps = settings.epochs * self.steps_per_epoch
        self.optimizer = torch.optim.AdamW(_groups(self.network, settings.weight_decay))
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, settings.learning_rate, total_steps=self.steps + 1, pct_start=0.15
        )
        self.vary, self.lose_color = ColorSafe(self.preprocessing.size_px), LoseColor()
        self.without_color = WithoutColor(vocabulary)
        self.step, self.curve = 0, list[dict[str, Any]]()
        self.recent, self.seconds = 0.0, 0.0
        self._resume()

    def start_from(self, start: StartingPoint) -> None:
        if start.arch != self.settings.arch:
            raise TrainingError(
                f"{start.name} has the architecture '{start.arch}'; "
                f"start '{self.settings.arch}' from one that has the same"
            )
        start.load_into(self.network, self.run.vocabulary)
        if start.is_folded:
            batch = next(self.training.shuffled(self.settings.seed, 0, _SETTLING))
            inputs = torch.from_numpy(self.preprocessing.normalise(batch.canvases))
            settle(self.network, inputs.to(self.device))
        self.average.module.load_state_dict(self.network.state_dict())

    def run_to_end(self, stop_after_steps: int | None) -> None:
        stop_at = self.steps if stop_after_steps is None else self.step + stop_after_steps
        # An epoch has ended when its point is on the curve: one that was cut off
        # after its last step is still validated.
        while len(self.curve) < self.settings.epochs:
            self._train_epoch(len(self.curve), stop_at)
            if self.step < (len(self.curve) + 1) * self.steps_per_epoch:
                return
            self._end_epoch()

    def _train_epoch(self, epoch: int, stop_at: int) -> None:
        start = self.step - epoch * self.steps_per_epoch
        saved_at = time.monotonic()
        for batch in self.training.shuffled(
            self.settings.seed, epoch, self.settings.batch_size, start=start
        ):
            began = time.monotonic()
            self._learn(batch)
            self.seconds += time.monotonic() - began
            if self.step >= stop_at or time.monotonic() - saved_at > _CHECKPOINT_S:
                self._save()
                saved_at = time.monotonic()
            if self.step >= stop_at:
                return

    def _learn(self, batch: Batch) -> None:
        torch.manual_seed(self.settings.seed * 1_000_003 + self.step)
        self.network.train()
        pictures = torch.from_numpy(batch.canvases).to(self.device).permute(0, 3, 1, 2) / 255
        varied, printed, black = self.lose_color(self.vary(pictures))
        inputs = _normalise(varied, self.preprocessing)
        targets, weights = (
            known.to(self.device)
            for known in self.without_color(batch.targets, batch.weights, printed, black)
        )
        with self._autocast():
            logits, *_ = self.network(inputs)
        loss = masked_bce(logits.float(), targets, weights)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"the loss is {loss.item()} at step {self.step}; lower learning_rate "
                f"(now {self.settings.learning_rate}) or use precision float32"
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.network)
        self.step += 1
        self.recent += (loss.item() - self.recent) * max(0.02, 1 / self.step)
        self._report()

    def _end_epoch(self) -> None:
        self.curve.append(
            {
                "epoch": len(self.curve) + 1,
                "step": self.step,
                "training_loss": self.recent,
                "validation_loss": self._validate(),
                "learning_rate": self.schedule.get_last_lr()[0],
                "seconds": round(self.seconds, 1),
            }
        )
        self.run.save_curve(self.curve)
        self._save()

    @torch.no_grad()
    def _validate(self) -> float:
        self.average.eval()
        total, weight = 0.0, 0.0
        for batch in self.validation.in_order(self.settings.batch_size):
            inputs = torch.from_numpy(self.preprocessing.normalise(batch.canvases))
            with self._autocast():
                logits, *_ = self.average(inputs.to(self.device))
            known = float(batch.weights.sum())
            total += known * float(masked_bce(logits.float().cpu(), batch.targets, batch.weights))
            weight += known
        return total / max(weight, 1e-6)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.settings.precision == "bfloat16"
        )

    def _report(self) -> None:
        if self.on_progress:
            done = min(self.settings.epochs, (self.step - 1) // self.steps_per_epoch + 1)
            last = self.curve[-1]["validation_loss"] if self.curve else None
            self.on_progress(
                Progress(done, self.settings.epochs, self.step, self.steps, self.recent, last)
            )

    def _save(self) -> None:
        self.run.save_checkpoint(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "schedule": self.schedule.state_dict(),
                "step": self.step,
                "recent": self.recent,
                "seconds": self.seconds,
                "curve": self.curve,
            }
        )

    def _resume(self) -> None:
        state = self.run.load_checkpoint()
        if state is None:
            return
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.step, self.curve = state["step"], state["curve"]
        self.recent, self.seconds = state["recent"], state["seconds"]


def _epochs(num: int) -> str:
    return "epoch" if num == 1 else f"{num} epochs"


def _rows(vocabulary: Vocabulary, attribute: str) -> list[int]:
    return [vocabulary.ids.index(attribute)] if attribute in vocabulary.ids else []


def _normalise(pictures: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Pictures in [0, 1] as ``Preprocessing.normalise`` would make them."""
    ordered = pictures if preprocessing.channels == "RGB" else pictures.flip(1)
    mean = ordered.new_tensor(preprocessing.mean)[:, None, None]
    std = ordered.new_tensor(preprocessing.std)[:, None, None]
    return (ordered * 255 - mean) / std


def _groups(network: nn.Module, weight_decay: float) -> Iterable[dict[str, Any]]:
    """Weights decay; biases and normalisation do not."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
