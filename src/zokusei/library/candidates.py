"""What a source offers: works, and rows that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from zokusei.library.labels import Label


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work as its source offers it.

    Args:
        work_id: Its id in the library.
        image: The picture's bytes, or where it lies.
        fields: Columns of the works table that the source gives a value for.
        labels: What the source says about its attributes.
    """

    work_id: str
    image: bytes | Path
    fields: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row of a source that cannot be used, and why."""

    what: str
    why: str


class Source(Protocol):
    """Something works come from."""

    name: str

    def __len__(self) -> int:
        """How many works it offers."""

    def __iter__(self) -> Iterator[Candidate | Refusal]:
        """Each of them, in a fixed order."""

    def bookmarks(self) -> Iterator[dict[str, Any] | Refusal]:
        """Bookmarks of its works: user_id, work_id, at."""
