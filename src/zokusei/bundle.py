"""A bundle: everything needed to run one model, in one directory."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zokusei.errors import BundleError, UsageError
from zokusei.evaluation.calibration import Calibration, couplings_of
from zokusei.evaluation.thresholds import CONFIDENCE, PrecisionSteps
from zokusei.heads import FINDER_ABOUT, FINDER_NETWORK, HeadFinder
from zokusei.preprocessing import Preprocessing
from zokusei.runtime import RuntimeName, Session, open_network
from zokusei.second import SECOND_ABOUT, SECOND_NETWORK, SecondNetwork
from zokusei.vocabulary import Vocabulary

BUNDLE_VERSION = 1

# What decides a bundle's output, and so its fingerprint. The card may be
# rewritten when the bundle has been judged again.
NETWORK, _VOCABULARY, _ABOUT = "network.onnx", "vocabulary.json", "bundle.json"
_CONTENT = (NETWORK, _VOCABULARY, _ABOUT)
_FINDER = (FINDER_NETWORK, FINDER_ABOUT)  # not every bundle has one
_SECOND = (SECOND_NETWORK, SECOND_ABOUT)  # few bundles have one
_FINGERPRINT = "fingerprint.txt"
_CARD = "card.md"


@dataclass(frozen=True, eq=False)
class Bundle:
    """A model that can be run.

    Args:
        path: The directory.
        fingerprint: 16 hexadecimal digits of the SHA-256 of the content.
        vocabulary: The A attributes that it estimates.
        preprocessing: How pictures become its input.
        calibration: How its logits become probabilities.
        thresholds: float32 (A,); an attribute at or over its threshold is tagged.
        precision_steps: A steps, the thresholds for wanted precisions; None where they are
            not known.
        converged: Whether its training converged.
        evidence: Why it is said to have converged or not.
        finder: Finds the heads in whole pictures; None where the bundle reads wholes alone.
        second: A second network that is asked too, of some groups; None where there is none.
        about: What else is known of it: architecture, settings, parity.
        runtime: What runs its networks; see ``with_runtime``.
    """

    path: Path
    fingerprint: str
    vocabulary: Vocabulary
    preprocessing: Preprocessing
    calibration: Calibration
    thresholds: NDArray[np.float32]
    precision_steps: tuple[PrecisionSteps, ...] | None
    converged: bool
    evidence: str
    finder: HeadFinder | None
    second: SecondNetwork | None
    about: Mapping[str, Any]
    runtime: RuntimeName = "onnxruntime"

    @classmethod
    def packaged(cls) -> Bundle:
        """The bundle in the package."""
        return cls.load(Path(__file__).parent / "packaged")

    @classmethod
    def load(cls, path: str | Path) -> Bundle:
        """Opens a bundle and checks that nobody altered it.

        Raises:
            BundleError: There is none, it was altered, or it is of another version.
        """
        path = Path(path)
        missing = [name for name in (*_CONTENT, _FINGERPRINT) if not (path / name).is_file()]
        if missing:
            raise BundleError(
                f"there is no bundle at {path} ({missing[0]} is missing); "
                "make one with `zokusei export RUN --out BUNDLE`, or leave --bundle out "
                "to use the one in the package"
            )
        stated = (path / _FINGERPRINT).read_text("utf-8").strip()
        found = _fingerprint(path)
        if found != stated:
            raise BundleError(
                f"the bundle at {path} was altered: its content has fingerprint {found}, "
                f"it was made with {stated}; export or copy it again"
            )
        try:
            about = json.loads((path / _ABOUT).read_text("utf-8"))
            if about["version"] != BUNDLE_VERSION:
                raise BundleError(
                    f"{path} is a bundle of version {about['version']}, this zokusei reads "
                    f"version {BUNDLE_VERSION}; export its run again"
                )
            vocabulary = Vocabulary.from_file(path / _VOCABULARY)
            calibration = Calibration(
                np.array(about["calibration"]["slope"], np.float32),
                np.array(about["calibration"]["intercept"], np.float32),
                couplings_of(vocabulary, about["calibration"].get("coupling", {})),
            )
            return cls(
                path=path,
                fingerprint=found,
                vocabulary=vocabulary,
                preprocessing=Preprocessing.from_json(about["preprocessing"]),
                calibration=calibration,
                thresholds=np.array(about["thresholds"], np.float32),
                precision_steps=_steps_from_json(about.get("precision")),
                converged=about["converged"],
                evidence=about["evidence"],
                finder=HeadFinder.load(path) if (path / FINDER_ABOUT).is_file() else None,
                second=SecondNetwork.load(path) if (path / SECOND_ABOUT).is_file() else None,
                about=about,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BundleError(f"the bundle at {path} cannot be read: {error!r}") from error

    @classmethod
    def save(
        cls,
        path: Path,
        *,
        network: bytes,
        vocabulary: Vocabulary,
        preprocessing: Preprocessing,
        calibration: Calibration,
        thresholds: NDArray[np.float32],
        precision_steps: Sequence[PrecisionSteps] | None = None,
        converged: bool,
        evidence: str,
        about: Mapping[str, Any],
        finder: HeadFinder | None = None,
        second: SecondNetwork | None = None,
    ) -> Bundle:
        """Writes a bundle into a directory that exists, and opens it."""
        described = {
            "version": BUNDLE_VERSION,
            "preprocessing": preprocessing.to_json(),
            "calibration": {
                "slope": [round(float(x), 6) for x in calibration.slope],
                "intercept": [round(float(x), 6) for x in calibration.intercept],
                "coupling": {id_: round(k, 6) for id_, k in calibration.strengths.items()},
            },
            "thresholds": [round(float(x), 6) for x in thresholds],
            **({"precision": _steps_to_json(precision_steps)} if precision_steps else {}),
            "converged": converged,
            "evidence": evidence,
            **about,
        }
        (path / NETWORK).write_bytes(network)
        vocabulary.save(path / _VOCABULARY)
        if finder:
            for name in _FINDER:
                shutil.copyfile(finder.path.parent / name, path / name)
        if second:
            second.save(path)
        text = json.dumps(described, ensure_ascii=False, indent=1)
        (path / _ABOUT).write_text(text + "\n", "utf-8")
        (path / _FINGERPRINT).write_text(_fingerprint(path) + "\n", "utf-8")
        return cls.load(path)

    def thresholds_for(self, precision: float) -> NDArray[np.float32]:
        """The lowest thresholds whose precision is at least so high, with 95% confidence.

        The confidence is that of the bound at each threshold, on the validation split.

        Args:
            precision: In (0, 1).

        Returns:
            float32 (A,); infinity, which tags nothing, where no threshold reaches it.

        Raises:
            UsageError: The precision is outside (0, 1).
            BundleError: The bundle does not say which threshold gives which precision.
        """
        if not 0 < precision < 1:
            raise UsageError(f"precision is {precision}; expected between 0 and 1, such as 0.95")
        if self.precision_steps is None:
            raise BundleError(
                f"the bundle at {self.path} does not say which threshold gives which precision; "
                "export its run again, or tag without a wanted precision"
            )
        return np.array([steps.threshold(precision) for steps in self.precision_steps], np.float32)

    @property
    def card(self) -> str:
        """What it was trained on and how good it is, as Markdown; empty if nobody wrote it."""
        path = self.path / _CARD
        return path.read_text("utf-8") if path.is_file() else ""

    def write_card(self, text: str, figures: Mapping[str, str] | None = None) -> None:
        """Replaces the card and its figures.

        Args:
            text: Markdown.
            figures: SVG by the file name that the card gives it.
        """
        for old in self.path.glob("*.svg"):
            old.unlink()
        for name, svg in (figures or {}).items():
            (self.path / name).write_text(svg, "utf-8")
        (self.path / _CARD).write_text(text, "utf-8")

    def with_runtime(self, runtime: RuntimeName) -> Bundle:
        """The same bundle, run by something else: see ``zokusei.runtime``."""
        finder = replace(self.finder, runtime=runtime) if self.finder else None
        second = replace(self.second, runtime=runtime) if self.second else None
        return replace(self, runtime=runtime, finder=finder, second=second)

    def as_second(self) -> SecondNetwork:
        """Its network as the second of another bundle, speaking of all its groups.

        Raises:
            BundleError: It has a second network itself.
        """
        if self.second:
            raise BundleError(
                f"the bundle at {self.path} has a second network itself; "
                "give one that has a single network"
            )
        return SecondNetwork(
            path=self.path / NETWORK,
            fingerprint=self.fingerprint,
            arch=str(self.about.get("arch", "unknown")),
            preprocessing=self.preprocessing,
            attribute_ids=self.vocabulary.ids,
            groups=tuple(group.id for group in self.vocabulary.groups),
            runtime=self.runtime,
        )

    @cached_property
    def session(self) -> Session:
        """Its own network, opened; the second has a session of its own.

        Raises:
            BundleError: It cannot be run.
        """
        return open_network(self.path / NETWORK, self.runtime)

    def run(self, inputs: NDArray[np.float32], output: str) -> NDArray[np.float32]:
        """One output of the first network for inputs that are normalised already.

        Args:
            inputs: float32 (B, 3, S, S).
            output: ``logits``, ``embedding``, ``features`` or ``places``.
        """
        (found,) = self.session.run([output], inputs)
        return found

    def features(self, canvases: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Runs the trunk; may be called from several threads.

        Args:
            canvases: uint8 (B, S, S, 3), RGB, as the preprocessing makes them.

        Returns:
            float32 (B, C, H, W), the feature map at the layer ``about["cut"]``.
        """
        return self.run(self.preprocessing.normalise(canvases), "features")

    def places(self, canvases: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What each place of a picture adds to the logits; may be called from several threads.

        Args:
            canvases: uint8 (B, S, S, 3), RGB, as the preprocessing makes them.

        Returns:
            float32 (B, A, H', W'), even cells of the canvas, which sum to the first network's
            logits (B, A).

        Raises:
            BundleError: The bundle was made without.
        """
        if "places" not in self.session.outputs:
            raise BundleError(
                f"the bundle at {self.path} does not tell where it looked; export its run again"
            )
        return self.run(self.preprocessing.normalise(canvases), "places")

    def logits(
        self, canvases: NDArray[np.uint8], *, ask_second: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Runs the network, and the second for its groups; may be called from several threads.

        Args:
            canvases: uint8 (B, S, S, 3), RGB, as the preprocessing makes them.
            ask_second: bool (B,), of which the second network is asked; of all by default.

        Returns:
            Uncalibrated logits float32 (B, A), in the second network's groups the mean of both
            where it was asked, and embeddings float32 (B, D), the first's.
        """
        inputs = self.preprocessing.normalise(canvases)
        logits, embeddings = self.session.run(["logits", "embedding"], inputs)
        asked = np.arange(len(canvases)) if ask_second is None else np.flatnonzero(ask_second)
        if self.second and len(asked):
            others = self.second.logits(canvases[asked])
            logits[asked] = self.second.join(logits[asked], others, self.vocabulary)
        return logits, embeddings


def _steps_to_json(steps: Sequence[PrecisionSteps]) -> dict[str, Any]:
    return {
        "confidence": CONFIDENCE,
        "thresholds": [[round(float(x), 6) for x in each.thresholds] for each in steps],
        "bounds": [[round(float(x), 4) for x in each.bounds] for each in steps],
    }


def _steps_from_json(fields: Mapping[str, Any] | None) -> tuple[PrecisionSteps, ...] | None:
    if fields is None:
        return None
    return tuple(
        PrecisionSteps(np.array(thresholds, np.float32), np.array(bounds, np.float64))
        for thresholds, bounds in zip(fields["thresholds"], fields["bounds"], strict=True)
    )


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    optional = [name for name in (*_FINDER, *_SECOND) if (path / name).is_file()]
    for name in (*_CONTENT, *optional):
        digest.update(name.encode())
        try:
            digest.update(hashlib.sha256((path / name).read_bytes()).digest())
        except OSError as error:
            raise BundleError(f"{path / name} cannot be read: {error.strerror}") from error
    return digest.hexdigest()[:16]
