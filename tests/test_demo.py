"""The demo: the main job from end to end, on a few drawings."""

import os
import subprocess
import sys

import pytest

from zokusei.library import Library


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "demo"
    process = subprocess.run(
        [sys.executable, "-m", "zokusei", "demo", str(folder), "--num", "40"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert process.returncode == 0, process.stderr
    return folder, process.stdout


def test_it_says_what_it_sees_what_is_related_and_what_to_try_next(done):
    folder, text = done
    assert "40 drawn works" in text
    assert "What the bundle sees in draw-7-" in text
    assert "because" in text
    assert "zokusei tag YOUR_PICTURES" in text
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


def test_it_can_be_repeated(done):
    again = subprocess.run(
        [sys.executable, "-m", "zokusei", "demo", str(done[0]), "--num", "40"],
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0
    assert "40 drawn works" in again.stdout
