"""Versions of tables, told without opening them."""

import os
import shutil
from itertools import pairwise

import lance
import pyarrow as pa
import pytest

from tests.conftest import patch, png
from zokusei.library import Label, Library, versions
from zokusei.library.versions import newest_version


@pytest.mark.parametrize("newest_first", [True, False])
def test_names_tell_the_version_that_lance_tells(tmp_path, newest_first):
    path = tmp_path / "table.lance"
    assert newest_version(path) is None
    rows = pa.table({"n": [1, 2]})
    lance.write_dataset(rows, path, enable_v2_manifest_paths=newest_first)
    for _ in range(12):  # past a power of ten, where names of other lengths begin
        assert newest_version(path) == lance.dataset(path).version
        lance.write_dataset(rows, path, mode="append")
    (path / "_versions" / "latest_version_hint.json").write_text("{}")
    (path / "_versions" / "99.manifest.tmp").touch()
    assert newest_version(path) == 13


def test_names_are_read_again_once_their_directory_changed(tmp_path, monkeypatch):
    path = tmp_path / "table.lance"
    rows = pa.table({"n": [1, 2]})
    lance.write_dataset(rows, path)
    reads, scandir = [], os.scandir
    monkeypatch.setattr(versions.os, "scandir", lambda of: reads.append(of) or scandir(of))
    assert [newest_version(path) for _ in range(3)] == [1, 1, 1]
    assert len(reads) == 3  # it changed just now, and might again within the same tick
    os.utime(path / "_versions", ns=(0, 10**18))
    assert [newest_version(path) for _ in range(3)] == [1, 1, 1]
    assert len(reads) == 4
    lance.write_dataset(rows, path, mode="append")
    assert newest_version(path) == 2
    shutil.rmtree(path)
    assert newest_version(path) is None


def test_every_change_of_a_library_is_another_version(tmp_path):
    library = Library.create(tmp_path / "lib")
    seen = [(library.works_version(), library.labels_version(), library.bookmarks_version())]
    library.add_works([{"work_id": "a", "image": png(patch("red_hair")), "split_key": "a"}])
    library.add_labels([("a", Label("red_hair", "present"))])
    library.add_bookmarks([{"user_id": "me", "work_id": "a"}])
    seen.append((library.works_version(), library.labels_version(), library.bookmarks_version()))
    library.delete_works(["a"])
    seen.append((library.works_version(), library.labels_version(), library.bookmarks_version()))
    for before, after in pairwise(seen):
        assert all(one != other for one, other in zip(before, after, strict=True))
