"""A run: the folder that holds everything about one training."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from zokusei.errors import TrainingError
from zokusei.training.settings import Settings
from zokusei.vocabulary import Vocabulary


class Run:
    """A training run's folder: settings, vocabulary, curve and checkpoint.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def start(
        cls,
        path: Path,
        settings: Settings,
        vocabulary: Vocabulary,
        library: str,
        *,
        data: str,
        start_from: Mapping[str, Any] | None = None,
        teachers: Sequence[str] = (),
    ) -> Run:
        """Makes the folder, or opens it to go on.

        Args:
            path: The folder.
            settings: Of the run.
            vocabulary: What it learns.
            library: Address of the library it learns from.
            data: Fingerprint of the works and labels it learns from.
            start_from: The origin of the weights it starts from.
            teachers: Fingerprints of the bundles that teach it.

        Raises:
            TrainingError: It holds another run, or something else.
        """
        run = cls(path)
        described = {
            "settings": settings.to_json(),
            "vocabulary": vocabulary.fingerprint,
            "library": library,
            "data": data,
            "start_from": dict(start_from) if start_from else None,
            "teachers": list(teachers),
        }
        if run._about.exists():
            there = {key: run.about().get(key) for key in described}
            if there != described:
                different = [key for key in described if there[key] != described[key]]
                raise TrainingError(
                    f"{path} holds a run with other {' and '.join(different)}; a run goes on only "
                    "with what it was started with: choose another folder"
                )
            return run
        if path.exists() and any(path.iterdir()):
            raise TrainingError(f"{path} is not empty and no run; choose another folder")
        path.mkdir(parents=True, exist_ok=True)
        vocabulary.save(path / "vocabulary.json")
        run._write(run._about, {**described, "version": code_version()})
        return run

    @classmethod
    def open(cls, path: Path) -> Run:
        """Opens a run that has been trained.

        Raises:
            TrainingError: There is none, or it has no checkpoint yet.
        """
        run = cls(path)
        if not run._about.is_file():
            raise TrainingError(
                f"there is no run at {path}; train one with `zokusei train LIB --out {path}`"
            )
        if not run._checkpoint.is_file():
            raise TrainingError(f"the run at {path} has no checkpoint yet; let it finish an epoch")
        return run

    @property
    def _about(self) -> Path:
        return self.path / "run.json"

    @property
    def _checkpoint(self) -> Path:
        return self.path / "checkpoint.pt"

    @property
    def curve_path(self) -> Path:
        """JSON lines: one object an epoch."""
        return self.path / "curve.jsonl"

    def about(self) -> dict[str, Any]:
        """Settings, vocabulary fingerprint, library and version of the code."""
        about: dict[str, Any] = json.loads(self._about.read_text("utf-8"))
        return about

    def origin(self) -> dict[str, Any]:
        """What a bundle says of it: all but where it lay."""
        return {key: value for key, value in self.about().items() if key != "library"}

    @property
    def settings(self) -> Settings:
        """The settings it was started with."""
        return Settings.from_json(self.about()["settings"])

    @property
    def vocabulary(self) -> Vocabulary:
        """The attributes it learns."""
        return Vocabulary.from_file(self.path / "vocabulary.json")

    def save_checkpoint(self, state: dict[str, Any]) -> None:
        """Replaces the checkpoint; a kill leaves the old or the new one."""
        partial = self._checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self._checkpoint)

    def load_checkpoint(self) -> dict[str, Any] | None:
        """The last checkpoint, or None."""
        if not self._checkpoint.is_file():
            return None
        state: dict[str, Any] = torch.load(self._checkpoint, map_location="cpu", weights_only=True)
        return state

    def average_weights(self) -> dict[str, Any]:
        """The moving average of the weights, which is what is evaluated and exported.

        Raises:
            TrainingError: There is no checkpoint yet.
        """
        state = self.load_checkpoint()
        if state is None:
            raise TrainingError(f"the run at {self.path} has no checkpoint yet")
        prefix = "module."
        return {
            name.removeprefix(prefix): value
            for name, value in state["average"].items()
            if name.startswith(prefix)
        }

    def save_curve(self, curve: list[dict[str, Any]]) -> None:
        """Writes the curve."""
        text = "".join(json.dumps(point) + "\n" for point in curve)
        partial = self.curve_path.with_suffix(".partial")
        partial.write_text(text, "utf-8")
        partial.replace(self.curve_path)

    def curve(self) -> list[dict[str, Any]]:
        """One object an epoch: losses, seconds, learning rate."""
        if not self.curve_path.is_file():
            return []
        return [json.loads(line) for line in self.curve_path.read_text("utf-8").splitlines()]

    @staticmethod
    def _write(path: Path, value: dict[str, Any]) -> None:
        path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")


def code_version() -> str:
    """Version of the package, and the commit where it is a checkout."""
    version = metadata.version("zokusei")
    try:
        commit = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return version
    return f"{version}+{commit.stdout.strip()}"
