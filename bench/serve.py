"""How long a server takes over a synthetic library, at 20 requests at a time, and its memory.

    python -m bench.serve [--num 100000] [--seconds 10]

Fills a library with works that show some attributes of each group by chance, all
with the same tiny picture, and people's bookmarks of them. Then serves it with a
process of its own and asks it, 20 requests at a time over as many connections,
for the first page, a work's page (both as people and as programs get them),
related works and searches; every request is for something else. The client is
on the same machine and takes its share of it. Beside what a request took stands
the processor time that the server spent on it, which other programs disturb less.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
from PIL import Image

from zokusei.bundle import Bundle
from zokusei.index import build_index
from zokusei.library import Library
from zokusei.runner import num_cores

RESULT = Path(__file__).parent / "results" / "serve.json"
AT_ONCE = 20
GOALS_MS = {"first page": 100, "work": 100, "related": 50, "search": 50}
_BATCH = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num", type=int, default=100_000, help="works")
    parser.add_argument("--seconds", type=float, default=10, help="of each kind of request")
    parser.add_argument("--workers", type=int, default=2, help="processes of the server")
    parser.add_argument("--keep", type=Path, help="where the library is made, and found again")
    parser.add_argument("--save", action="store_true", help=f"write {RESULT.name}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = made(options.keep or Path(folder) / "library", options.num)
        result = measure(library, options.seconds, options.workers)
    print(json.dumps(result, indent=1))
    if options.save:
        RESULT.write_text(json.dumps(result, indent=1) + "\n")


def made(path: Path, num: int) -> Library:
    """A library of so many works; one that is there already is taken as it is."""
    if (path / "works.lance").exists():
        return Library.open(path)
    library, bundle, chance = Library.create(path), Bundle.packaged(), np.random.default_rng(7)
    for start in range(0, num, _BATCH):
        rows = range(start, min(num, start + _BATCH))
        ids = [f"work/{row:07d}" for row in rows]
        library.add_works([described(id_, row, chance) for id_, row in zip(ids, rows, strict=True)])
        library.add_taggings(
            ids,
            tagged(bundle, len(ids), chance),
            np.zeros((len(ids), 8), np.float16),
            bundle=bundle.fingerprint,
            attribute_ids=bundle.vocabulary.ids,
            converged=bundle.converged,
        )
    people = chance.integers(0, max(10, num // 20), 3 * num)
    liked = (num * chance.random(3 * num) ** 2).astype(np.int64)
    library.add_bookmarks(
        [
            {"user_id": f"user{person}", "work_id": f"work/{work:07d}"}
            for person, work in zip(people.tolist(), liked.tolist(), strict=True)
        ]
    )
    build_index(library, bundle)
    return library


@cache
def tiny_picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (16, 20), (200, 180, 220)).save(out, "PNG")
    return out.getvalue()


def described(
    work_id: str, row: int, chance: np.random.Generator, *, num_artists: int = 997
) -> dict[str, object]:
    """A work as a library takes it; bench.related describes its works so, too."""
    return {
        "work_id": work_id,
        "image": tiny_picture(),
        "sha256": f"{row:064x}",
        "perceptual_hash": chance.bytes(32),
        "width_px": 16,
        "height_px": 20,
        "title": f"Work {row}",
        "artist": f"artist {row % num_artists}",
        "characters": [f"character {row % 4001}"],
        "series": [f"series {row % 211}"],
        "tags": ["synthetic"],
        "rating": "general" if row % 10 else "R-18",
        "created_at": datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=row),
    }


def tagged(bundle: Bundle, num: int, chance: np.random.Generator) -> np.ndarray:
    """uint8 (num, A): of each group one attribute or two that are likely, and traces of others."""
    vocabulary = bundle.vocabulary
    probabilities = chance.beta(0.2, 6, (num, len(vocabulary)))
    for group in vocabulary.groups:
        rows = np.array(vocabulary.group_rows(group.id))
        frequent = 1 / np.arange(1, len(rows) + 1)
        for _ in range(1 if group.exclusion == "one" else 2):
            shown = chance.choice(rows, num, p=frequent / frequent.sum())
            likely = np.where(chance.random(num) < 0.7, chance.beta(6, 1.5, num), 0)
            places = np.arange(num), shown
            probabilities[places] = np.maximum(probabilities[places], likely)
    return np.rint(probabilities * 255).astype(np.uint8)


def measure(library: Library, seconds: float, workers: int) -> dict[str, object]:
    ids, words = library.work_ids(), Bundle.packaged().vocabulary.ids
    shown = [id_ for id_ in ids if int(id_.rpartition("/")[2]) % 10]
    chance = random.Random(3)

    def of_work(address: str) -> Callable[[], str]:
        return lambda: address.format(quote(chance.choice(shown)))

    def searched() -> str:
        asked = chance.sample(words, chance.randint(1, 3))
        return f"/api/v1/search?q={quote(' '.join(asked))}&limit=24"

    kinds = {
        "first page": lambda: f"/?fresh={chance.random()}",
        "first page (API)": lambda: "/api/v1/works",
        "work": of_work("/works/{}"),
        "work (API)": of_work("/api/v1/works/{}"),
        "related": of_work("/api/v1/related/{}?k=24"),
        "related, both": of_work("/api/v1/related/{}?k=24&by=both"),
        "search": searched,
    }
    with serving(library, workers) as (address, pid, start_s):
        asked = urlsplit(address)
        found = {}
        for kind, address_of in kinds.items():
            load(asked, address_of, max(1.0, seconds / 3))
            before_s = cpu_s(pid)
            found[kind] = summary(load(asked, address_of, seconds))
            spent_ms = 1000 * (cpu_s(pid) - before_s)
            found[kind]["cpu_ms"] = round(spent_ms / found[kind]["num"], 2)
            goal = GOALS_MS.get(kind)
            found[kind]["within_goal"] = None if goal is None else found[kind]["p95_ms"] <= goal
        memory = memory_mb(asked)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {num_cores()} cores",
        "load_average": os.getloadavg()[0],
        "num_works": len(ids),
        "at_once": AT_ONCE,
        "workers": workers,
        "start_s": round(start_s, 1),
        "memory_mb_a_worker": memory,
        "requests": found,
    }


@contextmanager
def serving(library: Library, workers: int) -> Iterator[tuple[str, int, float]]:
    """A server; its address, its process, and how long it took to answer."""
    options = ["--port", "0", "--workers", str(workers)]
    command = [sys.executable, "-m", "zokusei", "serve", library.address, *options]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            address = told_address(process)
            load(urlsplit(address), lambda: "/api/v1/works", 0)
            yield address, process.pid, time.perf_counter() - began
        finally:
            process.terminate()


def told_address(process: subprocess.Popen[str]) -> str:
    said = []
    for line in process.stdout or ():
        said.append(line)
        if found := re.search(r"http://[\w.\[\]:]+", line):
            return found[0]
    raise SystemExit(f"the server gave no address: {''.join(said)}")


def cpu_s(pid: int) -> float:
    """Processor time that a process and its workers have spent so far; Linux only."""
    pids = [pid, *(int(child) for child in children(pid))]
    ticks = 0
    for each in pids:
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def load(asked, address_of: Callable[[], str], seconds: float) -> list[float]:
    """Seconds that each request took; one at least on every connection."""

    async def one(until: float) -> list[float]:
        reader, writer = await asyncio.open_connection(asked.hostname, asked.port)
        taken = []
        while not taken or time.perf_counter() < until:
            began = time.perf_counter()
            writer.write(f"GET {address_of()} HTTP/1.1\r\nHost: {asked.netloc}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = re.search(r"content-length: (\d+)", head.lower())
            body = await reader.readexactly(int(length[1]) if length else 0)
            if " 200 " not in head[:20]:
                raise SystemExit(f"the server answered {head.splitlines()[0]}: {body[:300]!r}")
            taken.append(time.perf_counter() - began)
        writer.close()
        return taken

    async def all_at_once() -> list[float]:
        until = time.perf_counter() + seconds
        return [
            s
            for taken in await asyncio.gather(*(one(until) for _ in range(AT_ONCE)))
            for s in taken
        ]

    return asyncio.run(all_at_once())


def summary(taken: list[float]) -> dict[str, object]:
    ms = 1000 * np.array(taken)
    return {
        "num": len(ms),
        **{f"p{q}_ms": round(float(np.percentile(ms, q)), 1) for q in (50, 95, 99)},
        "a_second": round(AT_ONCE / float(ms.mean()) * 1000, 1),
    }


def memory_mb(asked) -> int:
    import urllib.request

    with urllib.request.urlopen(f"http://{asked.netloc}/api/v1/metrics") as answer:
        text = answer.read().decode()
    return round(float(re.findall(r"^zokusei_memory_bytes (\S+)", text, re.M)[0]) / 1e6)


if __name__ == "__main__":
    main()
