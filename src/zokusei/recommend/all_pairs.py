"""The related works of every work of a library, in one parquet file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from zokusei.errors import UsageError
from zokusei.recommend.answer import Related
from zokusei.recommend.recommender import Recommender
from zokusei.recommend.request import Request

# One row for each work and each of its related works.
SCHEMA = pa.schema(
    [
        ("work_id", pa.string()),
        ("rank", pa.int32()),  # 1 is the best
        ("related_id", pa.string()),
        ("score", pa.float64()),
        (
            "because",  # the shares sum to the score
            pa.list_(
                pa.struct(
                    [
                        ("kind", pa.string()),  # attribute or bookmarks
                        ("id", pa.string()),  # of the attribute, or of the liked work
                        ("share", pa.float64()),
                        ("num_people", pa.int32()),  # who bookmarked both; null of attributes
                    ]
                )
            ),
        ),
        ("duplicates", pa.list_(pa.string())),  # nearly the same pictures, folded into this one
    ]
)

_CHUNK = 512  # works a part: about 10,000 rows for 20 related works each


def write_all_related(
    recommender: Recommender,
    request: Request,
    path: Path,
    *,
    chunk: int = _CHUNK,
    on_progress: Callable[[int, int], None] | None = None,
) -> int:
    """Writes the related works of every work, with memory for a few hundred.

    Each chunk of works becomes a part beside the file; when all are there they
    are joined, and the file appears as a whole. A run that was killed goes on
    with the parts that are there, as long as it is asked for the same and the
    library has not changed; else it begins anew.

    Args:
        recommender: Whose works.
        request: What is asked of each work besides itself.
        path: Of the file; it is replaced where it exists.
        chunk: Works a part.
        on_progress: Told how many works are done, and of how many.

    Returns:
        How many works there are.

    Raises:
        UsageError: The file is a folder, or lies in none.
        ZokuseiError: As for ``Recommender.related``.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"cannot write {path}; expected a file's path in a folder that is there")
    recommender.refresh(by=request.by)
    work_ids = recommender.work_ids
    folder = path.with_name(path.name + ".parts")
    _make_room(folder, _plan(recommender, request, work_ids, chunk))
    parts = {
        folder / f"{start:010d}.parquet": work_ids[start : start + chunk]
        for start in range(0, len(work_ids), chunk)
    }
    missing = {part: ids for part, ids in parts.items() if not part.exists()}
    done = len(work_ids) - sum(map(len, missing.values()))
    requests = (
        replace(request, likes=(work_id, *request.likes))
        for ids in missing.values()
        for work_id in ids
    )
    answers = recommender.related_each(requests)
    for part, ids in missing.items():
        _write_part(part, [(work_id, next(answers)) for work_id in ids])
        done += len(ids)
        if on_progress:
            on_progress(done, len(work_ids))
    _join(list(parts), folder / "whole", path)
    shutil.rmtree(folder)
    return len(work_ids)


def _plan(recommender: Recommender, request: Request, work_ids: Sequence[str], chunk: int) -> str:
    """What decides every part; parts of another plan are of no use."""
    pictures = [picture.tolist() for picture in request.pictures]
    asked = asdict(replace(request, pictures=()))
    plan = {"state": recommender.state, "chunk": chunk, "pictures": pictures, **asked}
    digest = hashlib.sha256(json.dumps([plan, list(work_ids)], sort_keys=True).encode())
    return digest.hexdigest()


def _make_room(parts: Path, plan: str) -> None:
    kept = parts / "plan"
    if not kept.is_file() or kept.read_text("utf-8") != plan:
        shutil.rmtree(parts, ignore_errors=True)
        parts.mkdir()
        kept.write_text(plan, "utf-8")


def _write_part(part: Path, answers: Sequence[tuple[str, list[Related]]]) -> None:
    rows = [
        {
            "work_id": work_id,
            "rank": rank,
            "related_id": related.work_id,
            "score": related.score,
            "because": [asdict(reason) for reason in related.because],
            "duplicates": list(related.duplicates),
        }
        for work_id, answer in answers
        for rank, related in enumerate(answer, start=1)
    ]
    unfinished = part.with_suffix(".unfinished")
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.replace(part)


def _join(parts: Sequence[Path], unfinished: Path, path: Path) -> None:
    """Joins the parts, a row group each, into a file that is there whole or not at all."""
    with unfinished.open("wb") as file:
        with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
            for part in parts:
                writer.write_table(pq.read_table(part, schema=SCHEMA))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
