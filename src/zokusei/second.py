"""A bundle's second network: where it speaks of a group, the two are asked together."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zokusei.parts import opening
from zokusei.preprocessing import Preprocessing
from zokusei.runtime import RuntimeName, Session, open_network
from zokusei.vocabulary import Vocabulary

SECOND_NETWORK, SECOND_ABOUT = "second.onnx", "second.json"


@dataclass(frozen=True, eq=False)
class SecondNetwork:
    """A network whose logits are averaged with those of a bundle's own, for some groups.

    Args:
        path: Of its ONNX file, with one input ``pictures``, float32 (B, 3, S, S), and an
            output ``logits``, float32 (B, A).
        fingerprint: Of the bundle that it comes from.
        arch: Its architecture.
        preprocessing: How canvases become its input; S is its own.
        attribute_ids: The A attributes of its logits.
        groups: The groups it speaks of; it knows all their attributes.
        runtime: What runs it.
    """

    path: Path
    fingerprint: str
    arch: str
    preprocessing: Preprocessing
    attribute_ids: tuple[str, ...]
    groups: tuple[str, ...]
    runtime: RuntimeName = "onnxruntime"

    @classmethod
    def load(cls, folder: Path) -> SecondNetwork:
        """Opens the second network in a bundle's folder.

        Raises:
            BundleError: There is none, or it cannot be read.
        """
        with opening("second network", folder, SECOND_ABOUT):
            about = json.loads((folder / SECOND_ABOUT).read_text("utf-8"))
            return cls(
                path=folder / SECOND_NETWORK,
                fingerprint=str(about["fingerprint"]),
                arch=str(about["arch"]),
                preprocessing=Preprocessing.from_json(about["preprocessing"]),
                attribute_ids=tuple(about["attributes"]),
                groups=tuple(about["groups"]),
            )

    def save(self, folder: Path) -> None:
        """Copies it into another bundle's folder."""
        shutil.copyfile(self.path, folder / SECOND_NETWORK)
        about = {
            "fingerprint": self.fingerprint,
            "arch": self.arch,
            "preprocessing": self.preprocessing.to_json(),
            "attributes": self.attribute_ids,
            "groups": self.groups,
        }
        text = json.dumps(about, ensure_ascii=False, indent=1)
        (folder / SECOND_ABOUT).write_text(text + "\n", "utf-8")

    @cached_property
    def _session(self) -> Session:
        return open_network(self.path, self.runtime)

    def logits(self, canvases: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Runs the network; may be called from several threads.

        Args:
            canvases: uint8 (B, T, T, 3), RGB, of any size T; they are brought to its own.

        Returns:
            float32 (B, A), uncalibrated, in the order of its own attributes.

        Raises:
            BundleError: It cannot be run.
        """
        own = np.stack([self.preprocessing.canvas(canvas) for canvas in canvases])
        (found,) = self._session.run(["logits"], self.preprocessing.normalise(own))
        return found

    def join(
        self, first: NDArray[np.float32], own: NDArray[np.float32], vocabulary: Vocabulary
    ) -> NDArray[np.float32]:
        """The mean of two networks' logits in its groups, the first's elsewhere.

        Args:
            first: float32 (B, A'), the first network's.
            own: float32 (B, A), as ``logits`` gives them.
            vocabulary: The A' attributes of the first.

        Returns:
            float32 (B, A').
        """
        columns = {id_: column for column, id_ in enumerate(self.attribute_ids)}
        rows = [row for group_id in self.groups for row in vocabulary.group_rows(group_id)]
        joined = first.copy()
        joined[:, rows] = (first[:, rows] + own[:, [columns[vocabulary.ids[r]] for r in rows]]) / 2
        return joined
