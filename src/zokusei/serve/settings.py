"""What a server is told when it starts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from zokusei.errors import UsageError
from zokusei.runner import num_cores
from zokusei.serve.thumbnails import MOST_ON_DISK

Language = Literal["en", "ja"]

_MIN_TOKEN = 16  # characters: more than can be guessed over a network


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """What uploads are refused by, before anything is decoded.

    Args:
        max_bytes: The largest picture, in bytes.
        max_px: The largest picture, width times height.
        num_taggers: Pictures tagged at the same time.
        num_waiting: Pictures that may wait besides; the next is answered 429.
        timeout_s: How long a picture may take to arrive, in seconds.
    """

    max_bytes: int = 30_000_000
    max_px: int = 50_000_000
    num_taggers: int = field(default_factory=num_cores)
    num_waiting: int = 16
    timeout_s: float = 60.0

    def problems(self) -> list[str]:
        """What is wrong with these values."""
        named = {
            "max_bytes": self.max_bytes,
            "max_px": self.max_px,
            "num_taggers": self.num_taggers,
            "timeout_s": self.timeout_s,
        }
        wrong = [
            f"{name} is {value}, expected over 0" for name, value in named.items() if value <= 0
        ]
        if self.num_waiting < 0:
            wrong.append(f"num_waiting is {self.num_waiting}, expected 0 or more")
        return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a server is told when it starts.

    Args:
        library: Its directory or address.
        bundle: Where the bundle lies; the one in the package by default.
        host: What to listen on. Anything but this machine alone needs a token.
        port: 0 takes any that is free.
        token: What a request must show; nothing where it is None.
        hosts: Names besides its own that requests may call the server by.
        language: Of the pages, where a browser asks for neither.
        show_r18: Whether works rated R-18 are shown.
        person: Who labels and bookmarks where a request does not say.
        uploads: What uploads are refused by.
        most_thumbnail_bytes: Of thumbnails that are kept on disk; the ones whose use is longest
            ago go first.

    Raises:
        UsageError: Values cannot be used; all that is wrong with them is told together.
    """

    library: str
    bundle: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    hosts: tuple[str, ...] = ()
    language: Language = "en"
    show_r18: bool = False
    person: str = "somebody"
    uploads: UploadLimits = UploadLimits()
    most_thumbnail_bytes: int = MOST_ON_DISK

    def __post_init__(self) -> None:
        problems = self.uploads.problems()
        if not self.is_local and self.token is None:
            problems.append(
                f"the host '{self.host}' can be reached from other machines; give --token too, or "
                "leave --host out"
            )
        if self.token is not None and len(self.token) < _MIN_TOKEN:
            problems.append(
                f"the token has {len(self.token)} characters, expected {_MIN_TOKEN} or more"
            )
        if self.most_thumbnail_bytes < 0:
            problems.append(
                f"thumbnails may take {self.most_thumbnail_bytes} bytes, expected 0 or more"
            )
        if not 0 <= self.port <= 65_535:
            problems.append(f"the port is {self.port}, expected 0 to 65535")
        if problems:
            raise UsageError("; ".join(problems))

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False
