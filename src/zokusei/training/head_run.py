"""Transfer learning as the convex problem it is: a frozen trunk, and a head at its optimum."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zokusei.bundle import Bundle
from zokusei.errors import BundleError, TrainingError
from zokusei.features import FeatureKind, FeatureStore, compute_features
from zokusei.head import Examples, Features, Progress, choose_l2, window_sums
from zokusei.head.path import L2S
from zokusei.library import LabelMatrix, Library
from zokusei.library.splits import Split, SplitBy
from zokusei.training.assembly import assemble
from zokusei.training.data import targets_and_weights, trainable
from zokusei.training.run import code_version
from zokusei.training.trained import Trained
from zokusei.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """What decides the head.

    Args:
        kernel_size: k of its convolution.
        padding: p of its convolution.
        mirrored: Whether mirror images are learned from too.
        human_weight: Weight of what a person stated; all else has 1.
        min_support: An attribute is learned if so many works have it and so many do not.
        split_by: ``content``, or ``character`` so that no character is in two splits.
        l2s: L2 to choose from, for each attribute, by the validation split.
        tolerance: Of the certificate: the relative gradient norm of every attribute.
        max_passes: Readings of the features at most, for each L2.
    """

    kernel_size: int = 3
    padding: int = 1
    mirrored: bool = False
    human_weight: float = 2.0
    min_support: int = 20
    split_by: SplitBy = "content"
    l2s: tuple[float, ...] = L2S
    tolerance: float = 1e-4
    max_passes: int = 300


class HeadRun:
    """The folder of a solved head: what it is of, its weights and its curve.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @staticmethod
    def is_at(path: Path) -> bool:
        """Whether a folder holds a solved head."""
        return (path / "head.json").is_file()

    def about(self) -> dict[str, Any]:
        """Settings, trunk, library, certificate and version of the code."""
        about: dict[str, Any] = json.loads((self.path / "head.json").read_text("utf-8"))
        return about

    @property
    def vocabulary(self) -> Vocabulary:
        """The A attributes it learned."""
        return Vocabulary.from_file(self.path / "vocabulary.json")

    def head(self) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Weights (A, C, k, k) and intercepts (A,)."""
        with np.load(self.path / "head.npz") as arrays:
            return arrays["weights"], arrays["intercepts"]

    def save(
        self,
        about: dict[str, Any],
        vocabulary: Vocabulary,
        weights: NDArray[np.float32],
        intercepts: NDArray[np.float64],
    ) -> None:
        """Writes the folder; ``head.json`` last, which is what marks it."""
        self.path.mkdir(parents=True, exist_ok=True)
        vocabulary.save(self.path / "vocabulary.json")
        np.savez(self.path / "head.npz", weights=weights, intercepts=intercepts)
        text = json.dumps(about, ensure_ascii=False, indent=1)
        (self.path / "head.json").write_text(text + "\n", "utf-8")


def train_head(
    library: Library,
    trunk: Bundle,
    out: Path,
    settings: HeadSettings,
    *,
    vocabulary: Vocabulary | None = None,
    on_features: Callable[[int, int], None] | None = None,
    on_pass: Callable[[Progress], None] | None = None,
) -> HeadRun:
    """Runs the trunk over the library once, and solves the head to its optimum.

    Args:
        library: Pictures and labels.
        trunk: The bundle whose features are learned from.
        out: The run's folder, new or empty.
        settings: What decides the head.
        vocabulary: Attributes wanted; those with too few examples are left
            out. The package's by default.
        on_features: Called with the works done and those to do.
        on_pass: Called after every reading of the features.

    Raises:
        TrainingError: There is nothing to learn from, or ``out`` is taken.
        BundleError: The trunk is not itself, or its inputs are not what it is used to.
    """
    if out.exists() and any(out.iterdir()):
        raise TrainingError(f"{out} is not empty; choose another folder")
    learned = trainable(
        library,
        vocabulary or Vocabulary.from_package(),
        min_support=settings.min_support,
        split_by=settings.split_by,
    )
    kind = FeatureKind(trunk.fingerprint, settings.kernel_size, settings.padding, settings.mirrored)
    compute_features(library, trunk, kind, on_progress=on_features)
    data = _Data(library, FeatureStore(library, kind), learned, settings)
    path = choose_l2(
        data.training(),
        data.validation(),
        l2s=settings.l2s,
        tolerance=settings.tolerance,
        max_passes=settings.max_passes,
        on_progress=on_pass,
    )
    solution, size = path.solution, settings.kernel_size
    weights = solution.weights.reshape(len(learned), -1, size, size).astype(np.float32)
    run = HeadRun(out)
    about = {
        "settings": asdict(settings),
        "trunk": {"path": str(trunk.path.resolve()), "fingerprint": trunk.fingerprint},
        "library": library.address,
        "converged": solution.converged,
        "evidence": solution.evidence(learned.ids),
        "l2": dict(zip(learned.ids, solution.l2.tolist(), strict=True)),
        "num_passes": path.num_passes,
        "curve": [asdict(point) for point in solution.curve],
        "version": code_version(),
    }
    run.save(about, learned, weights, solution.intercepts)
    return run


def trained_by_head(run: HeadRun, *, trunk: Bundle | None = None) -> Trained:
    """The trunk of a head run with its head put back into the convolution.

    Args:
        run: A solved head.
        trunk: Where its trunk is now; where it was by default.

    Raises:
        BundleError: The trunk is another one than the head was solved for.
    """
    about = run.about()
    trunk = trunk or Bundle.load(about["trunk"]["path"])
    if trunk.fingerprint != about["trunk"]["fingerprint"]:
        raise BundleError(
            f"the head at {run.path} was solved on features of trunk "
            f"{about['trunk']['fingerprint']}, {trunk.path} is {trunk.fingerprint}; give the "
            "right one, or solve the head again"
        )
    weights, intercepts = run.head()
    padding, kernel_size = about["settings"]["padding"], about["settings"]["kernel_size"]

    def reference(inputs: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
        sums = window_sums(trunk.run(inputs, "features"), kernel_size, padding)
        logits: NDArray[np.floating[Any]] = sums @ weights.reshape(len(weights), -1).T + intercepts
        return logits

    network = (trunk.path / "network.onnx").read_bytes()
    return Trained(
        network=assemble(network, weights, intercepts, padding=padding),
        reference=reference,
        vocabulary=run.vocabulary,
        preprocessing=trunk.preprocessing,
        library=about["library"],
        converged=about["converged"],
        evidence=about["evidence"],
        about={
            "arch": f"{trunk.about.get('arch', 'unknown')} trunk, exact head",
            "cut": trunk.about.get("cut", "features"),
            "settings": about["settings"],
            "trunk": trunk.fingerprint,
            "curve": _as_curve(about["curve"]),
            "zokusei": about["version"],
        },
    )


@dataclass(frozen=True, eq=False)
class _Data:
    """The stored features of a library as the solver takes them."""

    library: Library
    store: FeatureStore
    vocabulary: Vocabulary
    settings: HeadSettings

    def _labels(self, split: Split, work_ids: Sequence[str]) -> LabelMatrix:
        splits = self.library.splits(self.settings.split_by)
        labels = self.library.label_matrix(self.vocabulary, work_ids)
        other = np.array([splits.get(work_id) != split for work_id in work_ids], bool)
        labels.states[other] = -1
        return labels

    def _examples(self, split: Split, *, in_memory: bool) -> Examples:
        work_ids = self.store.work_ids()
        targets, weights = targets_and_weights(
            self._labels(split, work_ids), smoothing=0.0, human_weight=self.settings.human_weight
        )
        repeats = self.store.rows_per_work
        targets, weights = targets.repeat(repeats, 0), weights.repeat(repeats, 0)
        if not in_memory:
            return Examples(Features.from_files(self.store.paths()), targets, weights)
        rows = np.flatnonzero(weights.any(axis=1))
        if not len(rows):
            raise TrainingError(
                f"no work of the {split} split of {self.library.address} has a label"
            )
        starts = np.cumsum([0, *(len(shard) for shard in self.store.shards())])
        parts = [
            np.asarray(shard[rows[(rows >= start) & (rows < start + len(shard))] - start])
            for start, shard in zip(starts, self.store.shards(), strict=False)
        ]
        return Examples(Features.from_arrays(parts), targets[rows], weights[rows])

    def training(self) -> Examples:
        """Memory-mapped; works of other splits have weight 0."""
        return self._examples("train", in_memory=False)

    def validation(self) -> Examples:
        """In memory: a tenth of the works."""
        return self._examples("validation", in_memory=True)


def _as_curve(points: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A solver's curve in the terms of a training curve."""
    return [
        {"step": point["num_passes"], "training_loss": point["loss"], "seconds": point["seconds"]}
        for point in points
    ]
