"""Related works beside other indices of vectors: time, recall, memory, filters and updates.

    pip install hnswlib usearch lancedb qdrant-edge-py
    python -m bench.related [--num 100000 1000000 10000000] [--work FOLDER] [--save]

Makes works with the distribution of real taggings (``bench.related_works``) and asks each
contender for the ten works most related to each of 300, one after another, on one thread. The
peers get vectors whose inner products are our scores where nothing is weighed; ours are exact,
which is checked against scores of all works, and theirs are judged by them, as are ours where
the index is approximate (from ten million works on): a work counts as found where it scores as
much as the tenth best. Filtered searches allow 1% of the works. How long numpy takes to read the
levels of our scan says how fast the machine's memory is. Then 10,000 works are added and deleted. Our own requests are also asked as a site asks them, of a
library with artists, characters and ratings, with everything that an answer holds.

Each contender runs in a process of its own; its memory is what that grows by. What it did is
kept in the work folder at once, so that a run that was stopped can go on with ``--only``; with
``--save`` in bench/results too. One that is not installed, is not done building after
``--limit`` seconds of processor time (or could not be, going by a smaller number of works), or
takes more than 6 GiB, is said to be so. Above a million works ours is alone. Where other work
runs on the machine only processor time is to be trusted, and that suffers too.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bench.related_peers import BUCKET, PEERS, Peer, buckets
from bench.related_works import SEED, mixed, taggings, works
from bench.serve import described as described_work
from zokusei.bundle import Bundle
from zokusei.index import AttributeIndex, AttributeSpace, build_index
from zokusei.index.growing import Growing
from zokusei.library import Library

RESULT = Path(__file__).parent / "results" / "related.json"
QUESTIONS = 300
CHECKED = 20  # of them, against scores of all works
K = 10
UPDATED = 10_000
LIMIT_BYTES = 6 << 30
MOST_FOR_PEERS = 1_000_000
ALONE = ("zokusei", "zokusei in a library")
_CHUNK = 10_000

Rows = NDArray[np.int64]
Ask = Callable[[int], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--drawn", type=int, default=2000, help="drawings that works are made of")
    parser.add_argument("--work", type=Path, help="where works are made, and found again")
    parser.add_argument("--only", nargs="+", choices=[*ALONE, *PEERS], help="contenders")
    parser.add_argument("--limit", type=float, default=360, help="seconds to build, of a processor")
    parser.add_argument("--save", action="store_true", help=f"write {RESULT.name}")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measured(options.child, options)))
        return
    with tempfile.TemporaryDirectory() as folder:
        options.work = options.work or Path(folder)
        options.work.mkdir(parents=True, exist_ok=True)
        for num in sorted(options.num):
            works(options.work, num, options.drawn)
            chosen = [*ALONE, *PEERS] if num <= MOST_FOR_PEERS else [ALONE[0]]
            for name in chosen:
                if not options.only or name in options.only:
                    measure(name, num, options)


def measure(name: str, num: int, options: argparse.Namespace) -> None:
    """Asks one contender, and keeps what it did beside what the others did before."""
    kept = options.work / "related.json"

    def done() -> dict[str, Any]:
        return json.loads(kept.read_text())["works"] if kept.is_file() else {}

    why_not = skipped(name, num, done(), options.limit)
    began, load_average = datetime.now(UTC), os.getloadavg()[0]
    found = {"skipped": why_not} if why_not else run_child(name, num, options)
    print(num, name, json.dumps(found), flush=True)
    result = described(options) | {"works": done()}
    at = {"at": began.isoformat(timespec="seconds"), "load_average": round(load_average, 1)}
    result["works"].setdefault(str(num), {})[name] = found | at
    kept.write_text(json.dumps(result, indent=1) + "\n")
    if options.save:
        RESULT.write_text(kept.read_text())


def described(options: argparse.Namespace) -> dict[str, Any]:
    packages = ("faiss-cpu", *(peer.package for peer in PEERS.values()))
    return {
        "command": "python -m bench.related",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{processor()}, {len(os.sched_getaffinity(0))} of {os.cpu_count()} cores",
        "python": platform.python_version(),
        "packages": {package: version(package) for package in packages},
        "bundle": Bundle.packaged().fingerprint,
        "made_of": f"{options.drawn} drawings",
        "questions": QUESTIONS,
    }


def processor() -> str:
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def skipped(name: str, num: int, smaller: dict[str, Any], limit_s: float) -> str | None:
    """Why a contender is not asked; None where it is."""
    peer = PEERS.get(name)
    if peer and version(peer.package) is None:
        return f"{peer.package} is not installed"
    if not peer or not peer.grows_evenly:
        return None
    for num_before, found in smaller.items():
        if int(num_before) >= num:
            continue
        build_s = found.get(name, {}).get("build", {}).get("cpu_s", 0)
        expected = build_s * num / int(num_before)
        if expected > limit_s:
            return (
                f"{num_before} works took {build_s:g} s to build, so {num} would take {expected:g} "
                f"s or more; the limit is {limit_s:g} s"
            )
    return None


def run_child(name: str, num: int, options: argparse.Namespace) -> dict[str, Any]:
    """A contender in a process of its own."""
    command = [sys.executable, "-m", "bench.related", "--child", name, "--num", str(num)]
    command += ["--drawn", str(options.drawn), "--work", str(options.work)]
    command += ["--limit", str(options.limit)]
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LANCE_CPU_THREADS", "RAYON_NUM_THREADS"), "1"
    )
    done = subprocess.run(command, capture_output=True, env=os.environ | threads, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"skipped": f"ended with {done.returncode}: {last[:300]}"}
    return json.loads(done.stdout.splitlines()[-1])


class NotDoneError(Exception):
    """A contender went over a limit."""


def measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    num = options.num[0]
    if name == ALONE[0]:
        return measure_ours(options.work, num, options.drawn)
    if name == ALONE[1]:
        return measure_library(options.work, num, options.drawn)
    try:
        return measure_peer(PEERS[name], options.work, num, options)
    except NotDoneError as error:
        return {"skipped": str(error)}


# Ours, in memory.


def measure_ours(folder: Path, num: int, num_drawn: int) -> dict[str, Any]:
    """Times of our index; keeps its answers, by which the peers are judged."""
    began_mb, vocabulary = resident_mb(), Bundle.packaged().vocabulary
    probabilities = Growing.with_room((num, len(vocabulary)), np.uint8)  # as one that is kept has
    for rows, some in chunks(works(folder, num, num_drawn), num):
        probabilities.array[rows] = some
    ids = work_ids(range(num))
    clock = Clock()
    space = AttributeSpace.from_probabilities(probabilities.array, vocabulary)
    index = AttributeIndex(ids, probabilities, space, approximate=False)
    build = clock.seconds()
    memory_mb = resident_mb() - began_mb
    questions = asked_rows(num)
    weighted = index.vectors(questions) * index.space.shares()
    in_bucket = buckets(np.arange(num)) == BUCKET
    others = np.ones(num, np.bool_)

    def ask(place: int, allowed: NDArray[np.bool_]) -> tuple[Rows, NDArray[np.float64]]:
        row = questions[place]
        was, allowed[row] = allowed[row], False
        found = index.search(weighted[place], k=K, allowed=allowed)
        allowed[row] = was
        return found

    def ask_all(allowed: NDArray[np.bool_]) -> tuple[dict[str, float], list[Any]]:
        return timed(lambda place: ask(place, allowed), len(questions))

    def judged(allowed: NDArray[np.bool_], tenth: NDArray[np.float64]) -> dict[str, float]:
        times, found = ask_all(allowed)
        return times | {"recall_at_10": recall_of(found, tenth)}

    searched, answers = ask_all(others)
    filtered, in_filter = ask_all(in_bucket)
    best = [exact_tenth(index, weighted, questions, allowed) for allowed in (others, in_bucket)]
    kept = [np.array([scores[-1] for _, scores in found]) for found in (answers, in_filter)]
    np.savez(answers_path(folder, num), idf=index.space.idf, tenth=kept[0], tenth_filtered=kept[1])
    levels = index.scan.levels.ravel().view(np.uint64)
    result: dict[str, Any] = {"numpy_reads_levels": timed(lambda _: levels.sum(), 30)[0]}
    index.approximate = None
    if not index.exact:
        result["approximate"] = {
            "search": judged(others, kept[0]),
            "filtered": judged(in_bucket, kept[1]),
        }
    return {
        "build": build,
        "memory_mb": round(memory_mb),
        **result,
        "search": searched | {"recall_at_10": recall_of(answers, best[0])},
        "filtered": filtered | {"recall_at_10": recall_of(in_filter, best[1])},
        **updated(index, num, num_drawn, folder),
    }


def exact_tenth(
    index: AttributeIndex,
    weighted: NDArray[np.float64],
    questions: Rows,
    allowed: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """The tenth best score of the first questions, from the scores of all works."""
    best = np.full((CHECKED, K), -1.0)
    for start in range(0, len(index), _CHUNK):
        rows = np.arange(start, min(len(index), start + _CHUNK))
        scores = weighted[:CHECKED] @ index.vectors(rows).T
        scores[:, ~allowed[rows]] = -1
        for place, row in enumerate(questions[:CHECKED].tolist()):
            if start <= row < start + len(rows):
                scores[place, row - start] = -1
        best = np.partition(np.concatenate([best, scores], axis=1), -K, axis=1)[:, -K:]
    return best.min(axis=1)


def recall_of(found: Sequence[tuple[Rows, NDArray[np.float64]]], tenth: Any) -> float:
    hits = [
        (scores >= least - 1e-9).sum() for (_, scores), least in zip(found, tenth, strict=False)
    ]
    return round(float(np.mean(hits)) / K, 4)


def updated(index: AttributeIndex, num: int, num_drawn: int, folder: Path) -> dict[str, Any]:
    """Adds and deletes works in memory, until a search sees it."""
    new = work_ids(range(num, num + UPDATED))
    added = new_works(folder, num_drawn)
    clock = Clock()
    index.put(new, added)
    weighted = index.vectors(index.rows(new[:1])) * index.space.shares()
    seen = index.search(weighted[0], k=K)[0]
    add = clock.seconds() | {"visible": bool(index.row(new[0].as_py()) in seen)}
    clock = Clock()
    index.remove(new)
    seen = index.search(weighted[0], k=K)[0]
    return {"add": add, "delete": clock.seconds() | {"visible": bool((seen < num).all())}}


# Ours, as a site asks it.


def measure_library(folder: Path, num: int, num_drawn: int) -> dict[str, Any]:
    """Times of whole requests to a library, and of what it takes to see its changes."""
    from zokusei.query import parse_query
    from zokusei.query import search as search_index
    from zokusei.recommend import Filters, Recommender, Request

    bundle, library = Bundle.packaged(), made(folder, num, num_drawn)
    clock = Clock()
    build_index(library, bundle)
    build = clock.seconds()
    gc.collect()
    clock = Clock()
    recommender = Recommender(library, bundle)
    opened = clock.seconds()
    ids = [work_id(row) for row in asked_rows(num).tolist()]
    first, second, third = common_words(recommender.index, bundle.thresholds)
    vocabulary = bundle.vocabulary
    filters = Filters(other_characters=True, other_artists=True)

    def request(**what: Any) -> Ask:
        return lambda place: recommender.related(Request(likes=(ids[place],), **what))

    def search(text: str) -> Ask:
        query = parse_query(text, vocabulary)
        return lambda _: search_index(recommender.index, query, bundle.thresholds, k=20)

    without = parse_query(f"-{first}", vocabulary)
    kinds = {
        "related": request(),
        "related, other characters and artists": request(filters=filters),
        "related, a rating of a tenth": request(filters=Filters(ratings=("R-18",))),
        "related, without a common attribute": request(query=without),
        "search, two common attributes": search(f"{first} {second}"),
        "search, one without another": search(f"{first} -{third}"),
        "search, without a common attribute": search(f"-{first}"),
    }
    times = {}
    for kind, ask in kinds.items():
        times[kind] = timed(ask, QUESTIONS if kind.startswith("related") else 30)[0]
    result = {"build": build, "open": opened, "requests": times}
    result |= changed(library, bundle, recommender, new_works(folder, num_drawn), num)
    if num <= 100_000:
        result["related_all"] = all_related(recommender, folder)
    return result | {"resident_mb": round(resident_mb())}


def common_words(index: AttributeIndex, thresholds: NDArray[np.float32]) -> list[str]:
    """Three attributes that are nearest to being had by a third of the works."""
    some = index.probabilities[:_CHUNK] / 255
    had = (some >= thresholds).mean(axis=0)
    return [index.vocabulary.ids[row] for row in np.argsort(np.abs(had - 1 / 3))[:3]]


def changed(
    library: Library, bundle: Bundle, recommender: Any, added: NDArray[np.uint8], num: int
) -> dict[str, Any]:
    """Works are written to the library and deleted; the refresh that sees it is timed."""
    from zokusei.recommend import Request

    rows = range(num, num + UPDATED)
    new = [work_id(row) for row in rows]
    clock = Clock()
    fill(library, bundle, rows, added)
    written = clock.seconds()
    clock = Clock()
    found = recommender.related(Request(likes=(new[0],), fold_duplicates=False, k=K))
    add = clock.seconds() | {"visible": bool(found) and bool(recommender.index.has(new).all())}
    clock = Clock()
    library.delete_works(new)
    deleted = clock.seconds()
    clock = Clock()
    recommender.related(Request(likes=(work_id(0),)))
    gone = not recommender.index.has(new).any()
    return {
        "write_10000": written,
        "add": add,
        "delete_from_library": deleted,
        "delete": clock.seconds() | {"visible": gone},
    }


def all_related(recommender: Any, folder: Path) -> dict[str, Any]:
    """How fast ``related --all`` is, from its first few parts; then it is stopped."""
    from zokusei.recommend import Request
    from zokusei.recommend.all_pairs import write_all_related

    class StopError(Exception):
        pass

    done = [0]

    def stop(num: int, _: int) -> None:
        done[0] = num
        if num >= 2048:
            raise StopError

    with tempfile.TemporaryDirectory(dir=folder) as out:
        clock = Clock()
        with suppress(StopError):
            write_all_related(
                recommender, Request(k=20), Path(out) / "related.parquet", on_progress=stop
            )
        taken = clock.seconds()
    return {
        "works": done[0],
        "works_per_s": round(done[0] / taken["wall_s"]),
        "works_per_cpu_s": round(done[0] / taken["cpu_s"]),
    }


def made(folder: Path, num: int, num_drawn: int) -> Library:
    """A library of so many works; made once and kept."""
    bundle = Bundle.packaged()
    path = folder / f"library-{num}-of-{num_drawn}-{bundle.fingerprint}"
    done = path / "complete"
    if done.exists():
        return Library.open(path)
    library, rows = Library.create(path), np.load(works(folder, num, num_drawn), mmap_mode="r")
    for start in range(0, num, 50_000):
        some = range(start, min(num, start + 50_000))
        fill(library, bundle, some, np.array(rows[some.start : some.stop]))
    library.compact()
    done.touch()
    return library


def fill(library: Library, bundle: Bundle, rows: range, probabilities: NDArray[np.uint8]) -> None:
    """Adds works and their taggings."""
    chance = np.random.default_rng(rows.start)
    library.add_works([described_work(work_id(row), row, chance, num_artists=9973) for row in rows])
    library.add_taggings(
        [work_id(row) for row in rows],
        probabilities,
        np.zeros((len(rows), 8), np.float16),
        bundle=bundle.fingerprint,
        attribute_ids=bundle.vocabulary.ids,
        converged=bundle.converged,
    )


# The peers.


def measure_peer(
    kind: type[Peer], folder: Path, num: int, options: argparse.Namespace
) -> dict[str, Any]:
    with np.load(answers_path(folder, num)) as file:
        answers = {name: file[name] for name in file.files}
    space = AttributeSpace(Bundle.packaged().vocabulary, answers["idf"])
    path = works(folder, num, options.drawn)
    with tempfile.TemporaryDirectory(dir=folder) as files:
        began_mb = resident_mb()
        peer, build_s = built(kind, path, space, Path(files), num, options.limit)
        memory_mb = resident_mb() - began_mb
        stored = np.load(path, mmap_mode="r")
        questions = asked_rows(num)
        asked = vectors_of(space, stored[questions])
        weighted = space.vectors_of_bytes(stored[questions]) * space.shares()

        def search(place: int) -> Rows:
            rows = peer.search(asked[place], K + 1, filtered=False)
            return rows[rows != questions[place]][:K]

        def search_filtered(place: int) -> Rows:
            rows = peer.search(asked[place], K + 1, filtered=True)
            return rows[rows != questions[place]][:K]

        def judged(ask: Ask, tenth: NDArray[np.float64]) -> dict[str, Any]:
            times, found = timed(ask, len(questions))
            hits = [
                (space.scores(weights, stored[np.sort(rows)]) >= least - 1e-6).sum()
                for weights, rows, least in zip(weighted, found, tenth, strict=True)
            ]
            return times | {"recall_at_10": round(float(np.mean(hits)) / K, 4)}

        result: dict[str, Any] = {"build": build_s, "memory_mb": round(memory_mb)}
        for name, ask, tenth in (
            ("search", search, answers["tenth"]),
            ("filtered", search_filtered, answers["tenth_filtered"]),
        ):
            if name == "filtered" and not kind.filters:
                result[name] = {"skipped": "has no filters"}
                continue
            result[name] = {}
            for dial in kind.dials:
                peer.turn(dial)
                result[name][dial] = judged(ask, tenth)
        return result | updated_peer(peer, space, num, new_works(folder, options.drawn))


def built(
    kind: type[Peer], path: Path, space: AttributeSpace, files: Path, num: int, limit_s: float
) -> tuple[Peer, dict[str, float]]:
    """A peer that holds all works, and the seconds that this took it."""
    peer = kind(len(space.idf), num + UPDATED, files / "index")
    wall_s = cpu_s = 0.0
    for rows, probabilities in chunks(path, num):
        vectors = vectors_of(space, probabilities)
        clock = Clock()
        peer.add(rows, vectors)
        taken = clock.seconds()
        wall_s, cpu_s = wall_s + taken["wall_s"], cpu_s + taken["cpu_s"]
        if cpu_s > limit_s:
            raise NotDoneError(f"{rows[-1] + 1} works took {cpu_s:.0f} s to build; stopped there")
        if resident_mb() > LIMIT_BYTES / 1e6:
            raise NotDoneError(f"{rows[-1] + 1} works took {resident_mb():.0f} MB; stopped there")
    clock = Clock()
    peer.finish()
    taken = clock.seconds()
    wall_s, cpu_s = wall_s + taken["wall_s"], cpu_s + taken["cpu_s"]
    return peer, {"wall_s": round(wall_s, 2), "cpu_s": round(cpu_s, 2)}


def updated_peer(
    peer: Peer, space: AttributeSpace, num: int, added: NDArray[np.uint8]
) -> dict[str, Any]:
    """Adds works and deletes them; whether a search sees it, told by 100 of them."""
    rows, vectors = np.arange(num, num + UPDATED), vectors_of(space, added)
    clock = Clock()
    peer.add(rows, vectors)
    peer.search(vectors[0], K, filtered=False)
    add = clock.seconds()
    some = range(0, UPDATED, UPDATED // 100)
    seen = [rows[at] in peer.search(vectors[at], K, filtered=False) for at in some]
    result: dict[str, Any] = {"add": add | {"visible": float(np.mean(seen))}}
    if not type(peer).deletes:
        return result | {"delete": {"skipped": "cannot delete"}}
    clock = Clock()
    peer.delete(rows)
    peer.search(vectors[0], K, filtered=False)
    delete = clock.seconds()
    gone = [(peer.search(vectors[at], K, filtered=False) < num).all() for at in some]
    return result | {"delete": delete | {"visible": float(np.mean(gone))}}


def vectors_of(space: AttributeSpace, probabilities: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Vectors whose inner products are scores where nothing is weighed: float32 (n, A)."""
    vectors = space.vectors_of_bytes(probabilities) * np.sqrt(space.shares())
    return np.ascontiguousarray(vectors, np.float32)


def chunks(path: Path, num: int) -> Iterator[tuple[Rows, NDArray[np.uint8]]]:
    """The works by the ten thousand, read without keeping the file in memory."""
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, _ = np.lib.format.read_array_header_1_0(file)
        for start in range(0, num, _CHUNK):
            rows = np.arange(start, min(num, start + _CHUNK))
            some = np.frombuffer(file.read(len(rows) * shape[1]), np.uint8)
            yield rows, some.reshape(len(rows), shape[1])


# What all share.


class Clock:
    """Wall and processor time since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def seconds(self) -> dict[str, Any]:
        return {
            "wall_s": round(time.perf_counter() - self._wall, 3),
            "cpu_s": round(time.process_time() - self._cpu, 3),
        }


def timed(ask: Ask, count: int) -> tuple[dict[str, float], list[Any]]:
    """Milliseconds of each question, and what was answered."""
    for place in range(min(count, 5)):
        ask(place)
    wall, cpu, answers = [], [], []
    for place in range(count):
        began, began_cpu = time.perf_counter(), time.process_time()
        answers.append(ask(place))
        cpu.append(1000 * (time.process_time() - began_cpu))
        wall.append(1000 * (time.perf_counter() - began))
    times = {
        f"p{q}_{name}ms": round(float(np.percentile(taken, q)), 2)
        for name, taken in (("", wall), ("cpu_", cpu))
        for q in (50, 99)
    }
    return times, answers


def asked_rows(num: int) -> Rows:
    return np.random.default_rng(SEED + 1).choice(num, QUESTIONS, replace=False)


def new_works(folder: Path, num_drawn: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(SEED + 2)
    return mixed(taggings(folder, num_drawn), UPDATED, Bundle.packaged().vocabulary, rng)


def work_id(row: int) -> str:
    return f"work/{row:08d}"


def work_ids(rows: range) -> pa.Array:
    return pa.array((work_id(row) for row in rows), pa.string())


def answers_path(folder: Path, num: int) -> Path:
    return folder / f"answers-{num}.npz"


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) * 1024 / 1e6


if __name__ == "__main__":
    main()
