"""Small worlds that tests of the server share."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys

from fastapi.testclient import TestClient

from tests.conftest import fill
from zokusei.indexing import tag_library
from zokusei.library import Library
from zokusei.serve.app import create_app
from zokusei.serve.settings import Settings
from zokusei.tagger import Tagger

RED = "w000"  # the first of fill(): red, green, blue and so on


def colors(folder, bundle, num=30) -> Library:
    """A library of tagged patches: every third is red, green, blue."""
    library = fill(Library.create(folder), num)
    tag_library(library, Tagger(bundle))
    return library


def client_of(library, bundle, **settings) -> TestClient:
    """A client of a server over a library, in this process."""
    told = Settings(library=library.address, bundle=bundle.path, **settings)
    return TestClient(create_app(told), base_url="http://127.0.0.1", raise_server_exceptions=False)


@contextlib.contextmanager
def process_over(library, *options):
    """A server process over a library; gives its address."""
    command = [sys.executable, "-m", "zokusei", "serve", library.address, "--port", "0", *options]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            line = process.stdout.readline()
            yield re.search(r"http://\S+", line)[0].rstrip("/")
        finally:
            process.terminate()


def error_of(answer) -> dict:
    """What an answer says went wrong; the shape is one for all."""
    body = answer.json()
    assert set(body) == {"error"}
    assert {"kind", "message"} <= set(body["error"]) <= {"kind", "message", "nearest"}
    assert body["error"]["message"]
    return body["error"]
