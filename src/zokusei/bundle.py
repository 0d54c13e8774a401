"""A bundle: everything needed to run one model, in one directory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from zokusei.errors import BundleError
from zokusei.evaluation.calibration import Calibration
from zokusei.library.splits import SplitBy, check_split_by
from zokusei.preprocessing import Preprocessing
from zokusei.vocabulary import Vocabulary

BUNDLE_VERSION = 1

# What decides a bundle's output, and so its fingerprint. The card may be
# rewritten when the bundle has been judged again.
_NETWORK, _VOCABULARY, _ABOUT = "network.onnx", "vocabulary.json", "bundle.json"
_CONTENT = (_NETWORK, _VOCABULARY, _ABOUT)
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
        converged: Whether its training converged.
        evidence: Why it is said to have converged or not.
        about: What else is known of it: architecture, settings, parity.
    """

    path: Path
    fingerprint: str
    vocabulary: Vocabulary
    preprocessing: Preprocessing
    calibration: Calibration
    thresholds: NDArray[np.float32]
    converged: bool
    evidence: str
    about: Mapping[str, Any]

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
            calibration = Calibration(
                np.array(about["calibration"]["slope"], np.float32),
                np.array(about["calibration"]["intercept"], np.float32),
            )
            return cls(
                path=path,
                fingerprint=found,
                vocabulary=Vocabulary.from_file(path / _VOCABULARY),
                preprocessing=Preprocessing.from_json(about["preprocessing"]),
                calibration=calibration,
                thresholds=np.array(about["thresholds"], np.float32),
                converged=about["converged"],
                evidence=about["evidence"],
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
        converged: bool,
        evidence: str,
        about: Mapping[str, Any],
    ) -> Bundle:
        """Writes a bundle into a directory that exists, and opens it."""
        described = {
            "version": BUNDLE_VERSION,
            "preprocessing": preprocessing.to_json(),
            "calibration": {
                "slope": [round(float(x), 6) for x in calibration.slope],
                "intercept": [round(float(x), 6) for x in calibration.intercept],
            },
            "thresholds": [round(float(x), 6) for x in thresholds],
            "converged": converged,
            "evidence": evidence,
            **about,
        }
        (path / _NETWORK).write_bytes(network)
        vocabulary.save(path / _VOCABULARY)
        text = json.dumps(described, ensure_ascii=False, indent=1)
        (path / _ABOUT).write_text(text + "\n", "utf-8")
        (path / _FINGERPRINT).write_text(_fingerprint(path) + "\n", "utf-8")
        return cls.load(path)

    @property
    def card(self) -> str:
        """What it was trained on and how good it is, as Markdown; empty if nobody wrote it."""
        path = self.path / _CARD
        return path.read_text("utf-8") if path.is_file() else ""

    def write_card(self, text: str) -> None:
        """Replaces the card."""
        (self.path / _CARD).write_text(text, "utf-8")

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        # The tagger runs one picture's whole path a thread: see tagger.py.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(
                str(self.path / _NETWORK), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime raises many kinds
            raise BundleError(f"the network of {self.path} cannot be run: {error}") from error

    def run(self, inputs: NDArray[np.float32], output: str) -> NDArray[np.float32]:
        """One output of the network for inputs that are normalised already.

        Args:
            inputs: float32 (B, 3, S, S).
            output: ``logits``, ``embedding`` or ``features``.
        """
        (found,) = self._session.run([output], {"pictures": inputs})
        array: NDArray[np.float32] = found
        return array

    def features(self, canvases: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Runs the trunk; may be called from several threads.

        Args:
            canvases: uint8 (B, S, S, 3), RGB, as the preprocessing makes them.

        Returns:
            float32 (B, C, H, W), the feature map at the layer ``about["cut"]``.
        """
        return self.run(self.preprocessing.normalise(canvases), "features")

    def logits(
        self, canvases: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Runs the network; may be called from several threads.

        Args:
            canvases: uint8 (B, S, S, 3), RGB, as the preprocessing makes them.

        Returns:
            Uncalibrated logits float32 (B, A) and embeddings float32 (B, D).
        """
        inputs = {"pictures": self.preprocessing.normalise(canvases)}
        logits, embeddings = self._session.run(["logits", "embedding"], inputs)
        return logits, embeddings


def split_by(about: Mapping[str, Any]) -> SplitBy:
    """How the works that a bundle was trained on were split, by what it says of itself."""
    return check_split_by(about.get("settings", {}).get("split_by", "content"))


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    for name in _CONTENT:
        digest.update(name.encode())
        try:
            digest.update(hashlib.sha256((path / name).read_bytes()).digest())
        except OSError as error:
            raise BundleError(f"{path / name} cannot be read: {error.strerror}") from error
    return digest.hexdigest()[:16]
