"""The demo: the main job from end to end, on a few drawings."""

import contextlib
import json
import os
import pty
import subprocess
import sys
import time
import urllib.request

import pytest

from zokusei.library import Library

PROGRAM = [sys.executable, "-m", "zokusei"]


def demo(folder, *options, num=40, **variables):
    return subprocess.run(
        [*PROGRAM, "demo", str(folder), "--num", str(num), "--no-serve", *options],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "200", **variables},
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "demo"
    process = demo(folder)
    assert process.returncode == 0, process.stderr
    return folder, process.stdout


def test_it_says_what_it_sees_what_is_related_and_what_to_try_next(done):
    folder, text = done
    assert "40 drawn works" in text
    assert "What the bundle sees in draw-7-" in text
    assert "because" in text
    assert f"{' '.join(PROGRAM)} tag YOUR_PICTURES" in text
    assert (folder / "related.html").as_uri() in text


def test_its_page_needs_nothing_else(done):
    page = (done[0] / "related.html").read_text()
    assert "data:image/" in page
    assert "http://" not in page
    assert "https://" not in page


def test_its_library_is_an_ordinary_one(done):
    library = Library.open(done[0] / "library")
    assert library.num_works == 40
    assert library.bookmarks().num_rows > 0
    assert all(library.works(["artist"])["artist"].to_pylist())


@pytest.fixture
def browser(tmp_path):
    """A browser that notes what it is asked to open, and the variables that make it the user's."""
    seen, program = tmp_path / "seen", tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {seen}.part && mv {seen}.part {seen}\n')
    program.chmod(0o755)
    return seen, {"BROWSER": f"{program} %s &", "DISPLAY": ":0"}


def test_it_can_be_repeated_and_opens_no_page_where_nobody_watches(done, browser):
    seen, variables = browser
    again = demo(done[0], "--open", **variables)
    assert again.returncode == 0
    assert "40 drawn works" in again.stdout
    assert not seen.exists()


def in_terminal(command, variables):
    """Runs a command whose standard output is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, stdout=theirs, stderr=subprocess.DEVNULL, env={**os.environ, **variables}
    ) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):  # how a terminal says that its other end is gone
            while os.read(ours, 4096):
                pass
        os.close(ours)
        return process.wait()


def test_its_page_is_opened_in_the_browser_of_a_terminal(done, browser):
    seen, variables = browser
    assert (
        in_terminal([*PROGRAM, "demo", str(done[0]), "--num", "40", "--no-serve"], variables) == 0
    )
    assert wait_for(seen) == (done[0] / "related.html").resolve().as_uri()


def test_no_page_is_opened_where_none_is_asked_for(done, browser):
    seen, variables = browser
    command = [*PROGRAM, "demo", str(done[0]), "--num", "40", "--no-serve", "--no-open"]
    assert in_terminal(command, variables) == 0
    assert not seen.exists()


def test_it_ends_with_serving_the_library(done):
    command = [*PROGRAM, "demo", str(done[0]), "--num", "40", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            line = next(line for line in process.stdout if line.startswith("serving "))
            address = line.split(" at ")[1].split()[0]
            with urllib.request.urlopen(f"{address}api/v1/library") as answer:  # noqa: S310
                assert json.load(answer)["num_works"] == 40
        finally:
            process.terminate()


def wait_for(path):
    for _ in range(200):
        if path.exists():
            return path.read_text().strip()
        time.sleep(0.05)
    return None


def test_a_demo_of_another_number_is_not_taken_for_this_one(done):
    other = demo(done[0], num=50)
    assert other.returncode == 2
    (line,) = other.stderr.splitlines()
    assert "a demo of 40 works, not of 50" in line
    assert "--num 40" in line
    assert Library.open(done[0] / "library").num_works == 40
