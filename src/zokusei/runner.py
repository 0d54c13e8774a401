"""Takes any number of pictures through a network, with memory for a few."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from zokusei.errors import ImageError
from zokusei.images import Picture

Name = TypeVar("Name")
Prepared = TypeVar("Prepared")
Result = TypeVar("Result")

# Pictures that one thread decodes and runs together.
_CHUNK = 8


def run_each(
    images: Iterable[tuple[Name, Picture]],
    prepare: Callable[[Picture], Prepared],
    run: Callable[[list[Prepared]], Sequence[Result | ImageError]],
    *,
    num_threads: int | None = None,
) -> Iterator[tuple[Name, Result | ImageError]]:
    """Runs a network on pictures in their order.

    Each thread takes a few pictures through their whole path (decode, resize,
    network): no core waits for another, and what a picture gets does not
    depend on its neighbours.

    Args:
        images: Pairs of a name and a picture (encoded bytes, a path, or
            decoded uint8 (H, W, 3) RGB); read as needed.
        prepare: Decodes a picture, to what is kept of it.
        run: From a few prepared pictures to as many results or errors; called
            from several threads at once.
        num_threads: One for each core by default.

    Yields:
        Pairs of the name and its result, or the error that it met.
    """
    threads = num_threads or num_cores()

    def run_chunk(chunk: list[tuple[Name, Picture]]) -> list[tuple[Name, Result | ImageError]]:
        prepared, errors = [], dict[int, ImageError]()
        for place, (_, image) in enumerate(chunk):
            try:
                prepared.append(prepare(image))
            except ImageError as error:
                errors[place] = error
        results = iter(run(prepared) if prepared else ())
        return [
            (name, errors[place] if place in errors else next(results))
            for place, (name, _) in enumerate(chunk)
        ]

    offered = iter(images)
    chunks = iter(lambda: list(islice(offered, _CHUNK)), [])
    with ThreadPoolExecutor(threads, thread_name_prefix="pictures") as pool:
        waiting: deque[Future[list[tuple[Name, Result | ImageError]]]] = deque(
            pool.submit(run_chunk, chunk) for chunk in islice(chunks, 2 * threads)
        )
        while waiting:
            finished = waiting.popleft().result()
            waiting.extend(pool.submit(run_chunk, chunk) for chunk in islice(chunks, 1))
            yield from finished


def num_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
