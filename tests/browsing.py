"""A real server process over a drawn library, and a real browser to look at it with."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from zokusei.bundle import Bundle
from zokusei.draw import draw_library
from zokusei.index import build_index
from zokusei.indexing import tag_library
from zokusei.library import Library, import_source
from zokusei.tagger import Tagger

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


def why_not() -> str:
    """Why there can be no browser here; empty where there can."""
    if CHROMIUM is None:
        return "chromium is not installed (Debian: apt-get install chromium)"
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "playwright is not installed (pip install 'zokusei[dev]')"
    return ""


def drawn_library(folder: Path, *, num: int, size_px: int = 256) -> Path:
    """Draws works of made-up characters, and imports, tags and indexes them."""
    draw_library(folder / "drawings", num=num, seed=7, size_px=size_px)
    library = Library.create(folder / "library")
    import_source(library, folder / "drawings")
    bundle = Bundle.packaged()
    tag_library(library, Tagger(bundle))
    build_index(library, bundle)
    return folder / "library"


@contextlib.contextmanager
def served(library: Path, *options: str) -> Iterator[str]:
    """Serves a library with a process of its own; gives its address."""
    program = [sys.executable, "-m", "zokusei", "serve", str(library), "--port", "0", *options]
    process = subprocess.Popen(
        program,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
    )
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://[\w.\[\]:]+", line):
                yield found[0]
                return
        raise AssertionError(f"the server gave no address: {''.join(said)}")
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def chromium():
    """A browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()
