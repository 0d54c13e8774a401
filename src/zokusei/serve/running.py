"""Runs the application in one process or several."""

from __future__ import annotations

import multiprocessing
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import uvicorn

from zokusei.bundle import Bundle
from zokusei.library import Library
from zokusei.serve.app import create_app
from zokusei.serve.settings import Settings

_PAUSE_S = 1.0  # before a worker that died is replaced, lest one that cannot start take all time


def try_settings(settings: Settings) -> None:
    """Sees to it that what settings name can be opened, before anything is started.

    Raises:
        LibraryError: There is no library.
        BundleError: The bundle is missing or altered.
    """
    Library.open(settings.library)
    Bundle.packaged() if settings.bundle is None else Bundle.load(settings.bundle)


def run(settings: Settings, listening: Sequence[socket.socket]) -> None:
    """Serves until it is interrupted.

    Args:
        settings: Which library, and what the operator wants.
        listening: Where requests come in, of each worker. Workers are processes; they share the
            limits of uploads, and one that dies is replaced. Metrics are of the one that answers.
    """
    workers = len(listening)
    if workers == 1:
        _run_one(settings, listening[0])
        return
    of_each = replace(
        settings.uploads,
        num_taggers=max(1, settings.uploads.num_taggers // workers),
        num_waiting=settings.uploads.num_waiting // workers,
    )
    _run_several(replace(settings, uploads=of_each), listening)


def _run_one(settings: Settings, listening: socket.socket) -> None:
    config = uvicorn.Config(
        create_app(settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _run_several(settings: Settings, listening: Sequence[socket.socket]) -> None:
    # Spawned, not forked: what reads libraries runs threads.
    context = multiprocessing.get_context("spawn")

    def start(place: socket.socket) -> BaseProcess:
        process = context.Process(target=_run_one, args=(settings, place), daemon=True)
        process.start()
        return process

    signal.signal(signal.SIGTERM, _interrupt)
    running = [start(place) for place in listening]
    try:
        while True:
            wait([process.sentinel for process in running])
            time.sleep(_PAUSE_S)
            running = [
                process if process.is_alive() else start(place)
                for process, place in zip(running, listening, strict=True)
            ]
    except KeyboardInterrupt:
        pass
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.join()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
