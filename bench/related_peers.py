"""The peers of ``bench.related``: other indices of vectors, asked in the same way.

Each is as its own documentation sets it up, with its defaults, on one thread. Where it has a
dial between speed and recall it is tried at two places, of which the first is its default or
near it. ``allowed`` tells a peer which works a filtered search may return: a number in 100
of each work is its bucket, and the search is for ``BUCKET``.
"""

# ruff: noqa: ARG002 (all peers are called alike)
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Vectors = NDArray[np.float32]

BUCKET = 7


def buckets(rows: Rows) -> Rows:
    """Of each work a number below 100."""
    return (rows * 2_654_435_761 >> 16) % 100


class Peer:
    """An index of vectors by inner product.

    Args:
        num_columns: A.
        num: Works that it is going to hold, with those added later.
        folder: Empty, to keep files in.
    """

    package: ClassVar[str]
    dials: ClassVar[tuple[Any, ...]]
    filters: ClassVar[bool] = True
    deletes: ClassVar[bool] = True
    grows_evenly: ClassVar[bool] = True  # ten times the works take at least ten times as long

    def __init__(self, num_columns: int, num: int, folder: Path) -> None:
        raise NotImplementedError

    def add(self, rows: Rows, vectors: Vectors) -> None:
        """Takes in works; ``vectors`` is float32 (n, A)."""
        raise NotImplementedError

    def finish(self) -> None:
        """Ends building, before the first search."""

    def turn(self, dial: Any) -> None:
        """Sets what is between speed and recall."""
        raise NotImplementedError

    def search(self, vector: Vectors, k: int, *, filtered: bool) -> Rows:
        """The rows of the k best."""
        raise NotImplementedError

    def delete(self, rows: Rows) -> None:
        """Deletes works."""
        raise NotImplementedError


class FaissHnsw(Peer):
    """Cannot delete."""

    package = "faiss-cpu"
    dials = ("efSearch 64", "efSearch 256")
    deletes = False

    def __init__(self, num_columns: int, num: int, folder: Path) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        self._faiss = faiss
        self._index = faiss.IndexHNSWFlat(num_columns, 32, faiss.METRIC_INNER_PRODUCT)
        allowed = buckets(np.arange(num)) == BUCKET
        self._selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))

    def add(self, rows: Rows, vectors: Vectors) -> None:
        self._index.add(vectors)

    def turn(self, dial: str) -> None:
        ef = int(dial.split()[1])
        self._plain = self._faiss.SearchParametersHNSW(efSearch=ef)
        self._filtered = self._faiss.SearchParametersHNSW(efSearch=ef, sel=self._selector)

    def search(self, vector: Vectors, k: int, *, filtered: bool) -> Rows:
        parameters = self._filtered if filtered else self._plain
        return self._index.search(vector[None], k, params=parameters)[1][0]


class Hnswlib(Peer):
    """Its filter is a Python function that is called for each candidate."""

    package = "hnswlib"
    dials = ("ef 64", "ef 256")

    def __init__(self, num_columns: int, num: int, folder: Path) -> None:
        import hnswlib

        self._index = hnswlib.Index("ip", num_columns)
        self._index.init_index(num)
        self._index.set_num_threads(1)
        self._allowed = (buckets(np.arange(num)) == BUCKET).tolist()

    def add(self, rows: Rows, vectors: Vectors) -> None:
        self._index.add_items(vectors, rows, num_threads=1)

    def turn(self, dial: str) -> None:
        self._index.set_ef(int(dial.split()[1]))

    def search(self, vector: Vectors, k: int, *, filtered: bool) -> Rows:
        chosen: Callable[[int], bool] | None = self._allowed.__getitem__ if filtered else None
        return self._index.knn_query(vector, k, num_threads=1, filter=chosen)[0][0].astype(np.int64)

    def delete(self, rows: Rows) -> None:
        for row in rows.tolist():
            self._index.mark_deleted(row)


class Usearch(Peer):
    """Its Python package has no filters."""

    package = "usearch"
    dials = ("expansion 64", "expansion 256")
    filters = False

    def __init__(self, num_columns: int, num: int, folder: Path) -> None:
        from usearch.index import Index

        self._index = Index(ndim=num_columns, metric="ip", dtype="f32")

    def add(self, rows: Rows, vectors: Vectors) -> None:
        self._index.add(rows.astype(np.uint64), vectors, threads=1)

    def turn(self, dial: str) -> None:
        self._index.expansion_search = int(dial.split()[1])

    def search(self, vector: Vectors, k: int, *, filtered: bool) -> Rows:
        return self._index.search(vector, k, threads=1).keys.astype(np.int64)

    def delete(self, rows: Rows) -> None:
        self._index.remove(rows.astype(np.uint64), threads=1)


class LanceDb(Peer):
    """IVF-PQ, its default; the second dial reads more lists and scores 50 k works anew.

    Vectors get zeros up to a multiple of 16: where 8 divides no width, LanceDB makes one code
    of a whole vector, and a hundredth of what it finds is right.
    """

    package = "lancedb"
    dials = ("nprobes 20", "nprobes 50, refine 50")
    grows_evenly = False

    def __init__(self, num_columns: int, num: int, folder: Path) -> None:
        os.environ["LANCE_CPU_THREADS"] = "1"
        import lancedb
        import pyarrow as pa

        self._pa, self._width = pa, -(-num_columns // 16) * 16
        schema = pa.schema(
            [
                ("row", pa.int64()),
                ("bucket", pa.int64()),
                ("vector", pa.list_(pa.float32(), self._width)),
            ]
        )
        self._table = lancedb.connect(folder).create_table("works", schema=schema)
        self._waiting: list[Any] = []
        self._built = False

    def add(self, rows: Rows, vectors: Vectors) -> None:
        flat = self._pa.array(self._padded(vectors).ravel(), self._pa.float32())
        lists = self._pa.FixedSizeListArray.from_arrays(flat, self._width)
        columns = {"row": rows, "bucket": buckets(rows), "vector": lists}
        self._waiting.append(self._pa.table(columns))
        if self._built or len(self._waiting) == 10:
            self._write()

    def finish(self) -> None:
        if self._waiting:
            self._write()
        self._table.create_index(metric="dot", index_type="IVF_PQ")
        self._table.create_scalar_index("bucket", index_type="BITMAP")
        self._built = True

    def turn(self, dial: str) -> None:
        self._probes = int(dial.replace(",", "").split()[1])
        self._refine = int(dial.split()[-1]) if "refine" in dial else None

    def search(self, vector: Vectors, k: int, *, filtered: bool) -> Rows:
        query = (
            self._table.search(self._padded(vector[None])[0]).select(["row", "_distance"]).limit(k)
        )
        query = query.nprobes(self._probes)
        if self._refine:
            query = query.refine_factor(self._refine)
        if filtered:
            query = query.where(f"bucket = {BUCKET}", prefilter=True)
        return query.to_arrow()["row"].to_numpy()

    def delete(self, rows: Rows) -> None:
        self._table.delete(f"row >= {rows.min()} and row <= {rows.max()}")

    def _padded(self, vectors: Vectors) -> Vectors:
        return np.pad(vectors, ((0, 0), (0, self._width - vectors.shape[1])))

    def _write(self) -> None:
        self._table.add(self._pa.concat_tables(self._waiting))
        self._waiting.clear()


class QdrantEdge(Peer):
    """Qdrant inside the process; HNSW with an index of the filter's field."""

    package = "qdrant-edge-py"
    dials = ("hnsw_ef 64", "hnsw_ef 256")

    def __init__(self, num_columns: int, num: int, folder: Path) -> None:
        import qdrant_edge as edge

        self._edge = edge
        config = edge.EdgeConfig(
            vectors=edge.EdgeVectorParams(size=num_columns, distance=edge.Distance.Dot),
            hnsw_config=edge.HnswIndexConfig(16, 100, 10_000, max_indexing_threads=1),
            optimizers=edge.EdgeOptimizersConfig(default_segment_number=1),
            max_search_threads=1,
        )
        self._shard = edge.EdgeShard.create(str(folder), config)
        self._shard.update(
            edge.UpdateOperation.create_field_index("bucket", edge.PayloadSchemaType.Integer)
        )
        match = edge.FieldCondition("bucket", match=edge.MatchValue(BUCKET))
        self._filter = edge.Filter(must=[match])

    def add(self, rows: Rows, vectors: Vectors) -> None:
        points = [
            self._edge.Point(row, vector, {"bucket": bucket})
            for row, vector, bucket in zip(
                rows.tolist(), vectors.tolist(), buckets(rows).tolist(), strict=True
            )
        ]
        for start in range(0, len(points), 1000):
            some = points[start : start + 1000]
            self._shard.update(self._edge.UpdateOperation.upsert_points(some))

    def finish(self) -> None:
        while self._shard.optimize():
            pass

    def turn(self, dial: str) -> None:
        self._parameters = self._edge.SearchParams(hnsw_ef=int(dial.split()[1]))

    def search(self, vector: Vectors, k: int, *, filtered: bool) -> Rows:
        request = self._edge.SearchRequest(
            self._edge.Query.Nearest(vector.tolist()),
            k,
            filter=self._filter if filtered else None,
            params=self._parameters,
        )
        return np.array([point.id for point in self._shard.search(request)], np.int64)

    def delete(self, rows: Rows) -> None:
        self._shard.update(self._edge.UpdateOperation.delete_points(rows.tolist()))


PEERS: dict[str, type[Peer]] = {
    "faiss HNSW": FaissHnsw,
    "hnswlib": Hnswlib,
    "usearch": Usearch,
    "LanceDB": LanceDb,
    "Qdrant Edge": QdrantEdge,
}
