"""Runs the application in one process or several."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import cycle, islice
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any

import uvicorn

from zokusei.bundle import Bundle
from zokusei.library import Library
from zokusei.serve.app import create_app
from zokusei.serve.settings import Settings

MOST_WAITING = 256  # connections
_PAUSE_S = 1.0  # before a worker that died is replaced, lest one that cannot start take all time


def try_settings(settings: Settings) -> None:
    """Sees to it that what settings name can be opened, before anything is started.

    Raises:
        LibraryError: There is no library.
        BundleError: The bundle is missing or altered.
    """
    Library.open(settings.library)
    Bundle.packaged() if settings.bundle is None else Bundle.load(settings.bundle)


def run(settings: Settings, listening: socket.socket, *, workers: int = 1) -> None:
    """Serves until it is interrupted.

    Args:
        settings: Which library, and what the operator wants.
        listening: Where requests come in.
        workers: Processes that answer; connections are handed to them in turn, where the system
            can (not on Windows). They share the limits of uploads, and one that dies is replaced.
            Metrics are of the one that answers.
    """
    if workers == 1:
        _run_alone(settings, listening)
        return
    of_each = replace(
        settings.uploads,
        num_taggers=max(1, settings.uploads.num_taggers // workers),
        num_waiting=settings.uploads.num_waiting // workers,
    )
    _run_several(replace(settings, uploads=of_each), listening, workers)


def _run_alone(settings: Settings, listening: socket.socket) -> None:
    uvicorn.Server(_config(settings)).run(sockets=[listening])


def _config(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


def _run_several(settings: Settings, listening: socket.socket, workers: int) -> None:
    serve: Callable[[Settings, socket.socket], None] = _run_alone
    inlets = [listening] * workers
    if hasattr(socket, "send_fds"):
        # Both ends stay open here: what was handed to a worker that died waits for the next one.
        pairs = [socket.socketpair() for _ in range(workers)]
        serve, inlets = _run_handed, [inlet for _, inlet in pairs]
        outlets = [outlet for outlet, _ in pairs]
        Thread(target=_hand_out, args=(listening, outlets), name="hand out", daemon=True).start()
    # Spawned, not forked: what reads libraries runs threads.
    context = multiprocessing.get_context("spawn")

    def start(inlet: socket.socket) -> BaseProcess:
        process = context.Process(target=serve, args=(settings, inlet), daemon=True)
        process.start()
        return process

    signal.signal(signal.SIGTERM, _interrupt)
    running = [start(inlet) for inlet in inlets]
    try:
        while True:
            wait([process.sentinel for process in running])
            time.sleep(_PAUSE_S)
            running = [
                process if process.is_alive() else start(inlet)
                for process, inlet in zip(running, inlets, strict=True)
            ]
    except KeyboardInterrupt:
        pass
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.join()


def _hand_out(listening: socket.socket, outlets: Sequence[socket.socket]) -> None:
    """Gives each worker as many connections as the others.

    Linux, which spreads connections over sockets that share a port, does so by chance: of 20
    connections to two workers one gets 13 or more in one case of eight, and answers the later.
    """
    for outlet in outlets:
        outlet.setblocking(False)
    turns = cycle(outlets)
    while True:
        try:
            connection, _ = listening.accept()
        except ConnectionError:  # who asked has left
            continue
        except OSError:  # too many files are open
            time.sleep(_PAUSE_S)
            continue
        with connection:
            for outlet in islice(turns, len(outlets)):
                with suppress(BlockingIOError):  # one that takes nothing is passed over
                    socket.send_fds(outlet, [b"\0"], [connection.fileno()])
                    break


def _run_handed(settings: Settings, inlet: socket.socket) -> None:
    _Handed(_config(settings), inlet).run(sockets=[])


class _Handed(uvicorn.Server):
    """Serves the connections that come through an inlet."""

    def __init__(self, config: uvicorn.Config, inlet: socket.socket) -> None:
        super().__init__(config)
        self._inlet = inlet
        self._taking: set[asyncio.Task[Any]] = set()  # or nobody would hold them

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._inlet.setblocking(False)
        asyncio.get_running_loop().add_reader(self._inlet, self._take)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().remove_reader(self._inlet)
        await super().shutdown(sockets)

    def _take(self) -> None:
        loop = asyncio.get_running_loop()
        came, descriptors, *_ = socket.recv_fds(self._inlet, 1, 1)
        if not came:  # the parent is gone
            loop.remove_reader(self._inlet)
            self.should_exit = True
        for descriptor in descriptors:
            connection = socket.socket(fileno=descriptor)
            connection.setblocking(False)
            task = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)

    def _protocol(self) -> asyncio.Protocol:
        """As uvicorn makes it for what it accepts itself."""
        kind: Any = self.config.http_protocol_class
        made: asyncio.Protocol = kind(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
