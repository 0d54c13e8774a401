"""Seconds, passes and memory of the exact head on synthetic features, size by size.

    python -m bench.head [--works 250000 --features 9216 --attributes 60]

Without arguments, all the sizes of the table, each in a process of its own, so
that its peak memory is its own; scikit-learn solves the smallest too, one
attribute after another, on the known works of each. Features are drawn shard by
shard to files of float16 in a temporary folder (4.6 GB at the largest), the way
window sums of a trunk come out: channels after a ReLU, correlated by factors of
falling strength, sparse, of very different scales, and each nine times over
with small differences. Labels follow known weights, with base rates from 0.0005
to 0.4; 60% are missing, and for 2% of the present ones another work has the
label.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from zokusei.head import Features, Progress, solve
from zokusei.runner import num_cores

RESULT = Path(__file__).parent / "results" / "head.json"
SIZES = (  # works, features, attributes
    (10_000, 1_024, 20),
    (50_000, 2_304, 15),
    (50_000, 2_304, 60),
    (50_000, 2_304, 160),
    (50_000, 9_216, 60),
    (250_000, 9_216, 60),
)
WITH_PEER = 1  # of the sizes, the first so many
SHARD = 5_000  # works
CELLS = 9  # of a 3x3 kernel
BASE_RATES = 0.0005, 0.4


class World:
    """Where synthetic features and labels come from.

    Args:
        num_features: F; channels are F / 9, rounded up.
        num_attributes: A.
        seed: Of what all works share.
    """

    def __init__(self, num_features: int, num_attributes: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        channels = -(-num_features // CELLS)
        self.num_features = num_features
        strengths = np.arange(1, min(512, channels) + 1, dtype=np.float32) ** -0.7
        loadings = normal(rng, (len(strengths), channels)) * strengths[:, None]
        self.loadings = 0.9 * loadings / np.linalg.norm(loadings, axis=0)
        self.offsets = rng.normal(-0.3, 0.5, channels).astype(np.float32)
        self.scales = np.exp(rng.normal(-1, 1, channels)).astype(np.float32)
        truth = normal(rng, (num_attributes, len(strengths))) * np.sqrt(strengths)
        self.truth = 3 * truth / np.linalg.norm(truth, axis=1, keepdims=True)
        rates = np.geomspace(*BASE_RATES, num_attributes)
        logits = normal(rng, (20_000, len(strengths))) @ self.truth.T
        self.intercepts = intercepts_for(logits, rates)

    def draw(self, num: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Features float16 (num, F), targets and weights float32 (num, A)."""
        rng = np.random.default_rng([seed, 1])
        factors = normal(rng, (num, len(self.loadings)))
        channels = factors @ self.loadings + self.offsets
        channels += 0.44 * normal(rng, channels.shape)
        channels = np.maximum(channels, 0) * self.scales
        features = np.empty((num, channels.shape[1], CELLS), np.float16)
        for cell in range(CELLS):
            features[:, :, cell] = channels * (1 + 0.1 * normal(rng, channels.shape))
        logits = factors @ self.truth.T + self.intercepts
        targets = (rng.random(logits.shape) < sigmoid(logits)).astype(np.float32)
        mistake(targets, rng)
        weights = (rng.random(logits.shape) < 0.4).astype(np.float32)
        return features.reshape(num, -1)[:, : self.num_features], targets, weights


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.standard_normal(shape, dtype=np.float32)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def intercepts_for(logits: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """The intercepts at which the mean probabilities are the rates, by bisection."""
    low, high = np.full(len(rates), -40.0), np.full(len(rates), 40.0)
    for _ in range(50):
        middle = (low + high) / 2
        over = sigmoid(logits + middle).mean(axis=0) > rates
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return low


def mistake(targets: np.ndarray, rng: np.random.Generator) -> None:
    """Gives 2% of the present labels to other works."""
    works, attributes = np.nonzero(targets)
    wrong = rng.random(len(works)) < 0.02
    targets[works[wrong], attributes[wrong]] = 0
    targets[rng.integers(len(targets), size=wrong.sum()), attributes[wrong]] = 1


def draw_to(
    folder: Path, works: int, features: int, attributes: int
) -> tuple[list[Path], np.ndarray, np.ndarray]:
    """Files of features, and all targets and weights."""
    world = World(features, attributes)
    paths, targets, weights = [], [], []
    for number, first in enumerate(range(0, works, SHARD)):
        shard, *labels = world.draw(min(SHARD, works - first), number)
        paths.append(folder / f"{number:03d}.npy")
        np.save(paths[-1], shard)
        targets.append(labels[0])
        weights.append(labels[1])
    return paths, np.concatenate(targets), np.concatenate(weights)


def measure(works: int, features: int, attributes: int, l2: float, *, peer: bool) -> dict[str, Any]:
    """Draws, solves, and tells what it took."""
    with tempfile.TemporaryDirectory() as name:
        paths, targets, weights = draw_to(Path(name), works, features, attributes)
        drawn_mb = memory_mb()
        solution = solve(
            Features.from_files(paths), targets, weights, l2=l2, max_passes=1000, on_progress=tell
        )
        result = {
            "works": works,
            "features": features,
            "attributes": attributes,
            "l2": l2,
            "converged": solution.converged,
            "evidence": solution.evidence(),
            "worst_relative_gradient": float(solution.relative_gradients.max()),
            "passes": solution.num_passes,
            "seconds": {stage: round(value, 2) for stage, value in solution.seconds.items()},
            "peak_memory_mb": round(memory_mb()),
            "memory_before_solving_mb": round(drawn_mb),
            "rarest_positives": int((targets * weights).sum(axis=0).min()),
            "curve": [
                [p.num_passes, round(p.seconds, 2), float(f"{p.worst:.3g}"), round(p.loss, 7)]
                for p in solution.curve
            ],
        }
        if peer:
            result["scikit_learn_seconds"] = peer_seconds(paths, targets, weights, l2)
    return result


def tell(progress: Progress) -> None:
    print(
        f"  pass {progress.num_passes}: {progress.seconds:.1f} s, loss {progress.loss:.6f}, "
        f"worst {progress.worst:.1e}, {progress.num_open} open",
        file=sys.stderr,
        flush=True,
    )


def peer_seconds(
    paths: list[Path], targets: np.ndarray, weights: np.ndarray, l2: float
) -> dict[str, float]:
    """scikit-learn on the same problem in memory, lbfgs to a comparable end and newton-cholesky."""
    from sklearn.linear_model import LogisticRegression

    x = np.concatenate([np.load(path) for path in paths]).astype(np.float32)
    seconds = {}
    for solver in ("lbfgs", "newton-cholesky"):
        began = time.perf_counter()
        for target, weight in zip(targets.T, weights.T, strict=True):
            known = weight > 0
            if len(np.unique(target[known])) == 2:
                LogisticRegression(
                    C=1 / (l2 * known.sum()), solver=solver, tol=1e-6, max_iter=20_000
                ).fit(x[known], target[known])
        seconds[solver] = round(time.perf_counter() - began, 1)
    return seconds


def memory_mb() -> float:
    """Peak resident memory; Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1024)


def in_own_process(size: tuple[int, int, int], l2: float, *, peer: bool) -> dict[str, Any]:
    names = ("works", "features", "attributes")
    flags = [f"--{name}={value}" for name, value in zip(names, size, strict=True)]
    command = [sys.executable, "-m", "bench.head", *flags, f"--l2={l2}", *["--peer"] * peer]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--works", type=int)
    parser.add_argument("--features", type=int, default=9_216)
    parser.add_argument("--attributes", type=int, default=60)
    parser.add_argument("--l2", type=float, default=1e-3)
    parser.add_argument("--peer", action="store_true", help="time scikit-learn too")
    options = parser.parse_args()
    if options.works:
        size = options.works, options.features, options.attributes
        print(json.dumps(measure(*size, options.l2, peer=options.peer)))
        return
    rows = []
    for number, size in enumerate(SIZES):
        rows.append(in_own_process(size, options.l2, peer=number < WITH_PEER))
        print({key: value for key, value in rows[-1].items() if key != "curve"}, flush=True)
        result = {
            "command": "python -m bench.head",
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{num_cores()} cores, {platform.machine()}",
            "sizes": rows,
        }
        RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
