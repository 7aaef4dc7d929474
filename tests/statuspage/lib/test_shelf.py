import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from statuspage.lib.answer import Answer
from statuspage.lib.shelf import Shelf


def an_answer(body=b"all is well", version=1):
    return Answer("200 OK", [("Content-Type", "text/html")], body, version)


def kept(shelf):
    return {path: (answer.raw, answer.version) for path, answer in shelf.load()}


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "published")


def test_what_was_kept_is_found_again(shelf):
    shelf.keep("/", an_answer())
    shelf.keep("/history.atom", an_answer(b"feed"))
    assert kept(Shelf(shelf.directory)) == {
        "/": (([("Content-Type", "text/html")], b"all is well"), 1),
        "/history.atom": (([("Content-Type", "text/html")], b"feed"), 1),
    }


def test_an_older_version_never_replaces_a_newer_one(shelf):
    shelf.keep("/", an_answer(b"new", version=2))
    shelf.keep("/", an_answer(b"old", version=1))
    assert kept(shelf)["/"][0][1] == b"new"


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_file_is_ignored(shelf, seed):
    shelf.keep("/", an_answer(b"x" * 300))
    (file,) = shelf.directory.glob("*.answer")
    content, choice = bytearray(file.read_bytes()), random.Random(seed)
    if seed % 2:
        content = content[: choice.randrange(len(content))]
    else:
        content[choice.randrange(len(content))] ^= 1 << choice.randrange(8)
    file.write_bytes(content)
    assert kept(shelf) == {}


def test_a_foreign_or_renamed_file_is_ignored(shelf):
    shelf.keep("/", an_answer())
    (file,) = shelf.directory.glob("*.answer")
    file.rename(shelf.directory / "other.answer")
    (shelf.directory / "foreign.answer").write_bytes(b"\x00\xff" * 100)
    (shelf.directory / "a-directory.answer").mkdir()
    assert kept(shelf) == {}


def test_a_directory_that_cannot_be_written_changes_nothing_for_the_reader(tmp_path):
    (tmp_path / "file").write_text("in the way")
    shelf = Shelf(tmp_path / "file")
    shelf.keep("/", an_answer())
    shelf.confirm()
    assert (kept(shelf), shelf.confirmed_at) == ({}, 0.0)


def test_many_writers_leave_one_whole_file(shelf):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: shelf.keep("/", an_answer(b"%d" % number * 5000, number)), range(100)))
    assert len(kept(shelf)) == 1
    assert not list(shelf.directory.glob("*.new"))
