"""What runs on a library now, in whichever process: each job keeps a small file beside it."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from zokusei.library.library import Library

OnProgress = Callable[[int, int], None]

_EVERY_S = 1.0  # between two notes of a job
_FORGOTTEN = timedelta(minutes=10)  # after its last note, whatever became of its process


@dataclass(frozen=True, slots=True)
class Job:
    """Something that runs on a library.

    Args:
        kind: Such as ``importing`` or ``tagging``.
        done: How many works.
        total: Of how many.
        at: When that was so.
    """

    kind: str
    done: int
    total: int
    at: datetime


@contextmanager
def job(library: Library, kind: str, on_progress: OnProgress | None = None) -> Iterator[OnProgress]:
    """Lets others see that something runs on a library, where it is a folder.

    Args:
        library: On which.
        kind: What runs.
        on_progress: Told too.

    Yields:
        What to call with the number done and the number in all.
    """
    folder = _folder(library)
    path = folder / f"{kind}-{socket.gethostname()}-{os.getpid()}.json" if folder else None
    noted = -_EVERY_S

    def note(done: int, total: int) -> None:
        nonlocal noted
        if on_progress:
            on_progress(done, total)
        if path and time.monotonic() - noted >= _EVERY_S:
            noted = time.monotonic()
            _write(path, kind, done, total)

    if path:
        _write(path, kind, 0, 0)
    try:
        yield note
    finally:
        if path:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def running_jobs(library: Library) -> list[Job]:
    """What runs on a library now, by kind; what was killed is left out."""
    folder = _folder(library)
    if folder is None or not folder.is_dir():
        return []
    found = (_read(path) for path in sorted(folder.glob("*.json")))
    return [each for each in found if each is not None]


def _folder(library: Library) -> Path | None:
    return library.folder and library.folder / "jobs"


def _write(path: Path, kind: str, done: int, total: int) -> None:
    told = {"kind": kind, "done": done, "total": total, "at": datetime.now(UTC).isoformat()}
    owner = {"host": socket.gethostname(), "pid": os.getpid()}
    draft = path.with_suffix(".draft")
    with suppress(OSError):  # that others see it is a courtesy: the job goes on without
        path.parent.mkdir(exist_ok=True)
        draft.write_text(json.dumps({**told, **owner}), "utf-8")
        draft.replace(path)


def _read(path: Path) -> Job | None:
    try:
        told = json.loads(path.read_text("utf-8"))
        at = datetime.fromisoformat(told["at"])
        is_running = told["host"] != socket.gethostname() or _is_running(int(told["pid"]))
        if not is_running or datetime.now(UTC) - at > _FORGOTTEN:
            return None
        return Job(str(told["kind"]), int(told["done"]), int(told["total"]), at)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # being written, or removed this moment


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True
