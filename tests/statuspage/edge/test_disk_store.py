import contextlib
import fcntl
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from statuspage.edge import disk_store as shelves
from statuspage.edge.answer import Answer
from statuspage.edge.disk_store import Shelf

WRITER = Path(__file__).with_name("disk_store_writer.py")


def an_answer(body=b"all is well", version=1):
    return Answer("200 OK", [("Content-Type", "text/html")], body, version)


def kept(shelf):
    return {path: (answer.raw, answer.version) for path, answer in shelf.load()}


def versions(shelf):
    return {path: answer.version for path, answer in shelf.load()}


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "published")


@pytest.fixture
def file(shelf):
    """Of the one answer that the shelf holds."""
    shelf.keep("/", an_answer(b"x" * 300))
    (file,) = shelf.directory.glob("*.answer")
    return file


def test_what_was_kept_is_found_again(shelf):
    shelf.keep("/", an_answer())
    shelf.keep("/history.atom", an_answer(b"feed"))
    assert kept(Shelf(shelf.directory)) == {
        "/": (([("Content-Type", "text/html")], b"all is well"), 1),
        "/history.atom": (([("Content-Type", "text/html")], b"feed"), 1),
    }


def test_the_front_page_comes_first_and_then_what_was_used_last(shelf):
    shelf.keep("/", an_answer())
    for number, path in enumerate(["/a", "/b", "/c"]):
        shelf.keep(path, an_answer())
        os.utime(shelf._file(path), (number, number))
    assert list(versions(shelf)) == ["/", "/c", "/b", "/a"]
    shelf.keep("/a", an_answer())
    assert list(versions(shelf)) == ["/", "/a", "/c", "/b"]


def test_an_older_version_never_replaces_a_newer_one(shelf):
    shelf.keep("/", an_answer(b"new", version=2))
    shelf.keep("/", an_answer(b"old", version=1))
    assert kept(shelf)["/"][0][1] == b"new"


# --- Damage (C29) ------------------------------------------------------------------------------------


def test_a_file_cut_at_any_place_is_ignored(shelf, file):
    content = file.read_bytes()
    for length in range(len(content)):
        file.write_bytes(content[:length])
        assert kept(shelf) == {}
    file.write_bytes(content)
    assert versions(shelf) == {"/": 1}


def test_a_file_with_any_bit_flipped_is_ignored(shelf, file):
    content, choice = file.read_bytes(), random.Random(29)
    for position in range(len(content)):
        flipped = bytearray(content)
        flipped[position] ^= 1 << choice.randrange(8)
        file.write_bytes(flipped)
        assert kept(shelf) == {}


def test_a_foreign_or_renamed_file_is_ignored(shelf, file):
    file.rename(shelf.directory / "other.answer")
    (shelf.directory / "foreign.answer").write_bytes(b"\x00\xff" * 100)
    (shelf.directory / "a-directory.answer").mkdir()
    (shelf.directory / "oldest").write_bytes(b"not a number")
    assert kept(shelf) == {}


def test_a_file_of_another_release_s_format_is_ignored_and_replaced(shelf, file):
    file.write_bytes(file.read_bytes().replace(b"statuspage answer 1 ", b"statuspage answer 2 "))
    assert kept(shelf) == {}
    shelf.keep("/", an_answer())
    assert versions(shelf) == {"/": 1}


@pytest.mark.parametrize("target", ["/dev/zero", "/etc/hostname", "nowhere", "another"])
def test_a_link_is_not_followed_and_gives_way_to_an_answer(shelf, file, tmp_path, target):
    another = tmp_path / "another"
    file.rename(another)
    file.symlink_to(another if target == "another" else target)
    before = another.read_bytes()
    assert kept(shelf) == {}
    shelf.keep("/", an_answer(version=2))
    assert versions(shelf) == {"/": 2}
    assert another.read_bytes() == before


def test_nobody_waits_for_a_pipe(shelf, file):
    file.unlink()
    os.mkfifo(file)
    assert kept(shelf) == {}
    shelf.keep("/", an_answer(version=2))
    assert versions(shelf) == {"/": 2}


def test_a_directory_in_the_place_of_a_file_hinders_only_that_path(shelf, file):
    file.unlink()
    file.mkdir()
    shelf.keep("/", an_answer())
    shelf.keep("/history/", an_answer())
    assert versions(shelf) == {"/history/": 1}


@contextlib.contextmanager
def as_plain_user():
    """Permissions do not stop root."""
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)


@pytest.fixture
def anywhere():
    """A directory whose parents everybody may enter, unlike pytest's."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        yield Path(directory)


def test_unreadable_files_and_an_unwritable_directory_change_nothing_and_are_logged_once(anywhere, caplog):
    shelf = Shelf(anywhere / "published")
    shelf.keep("/", an_answer())
    shelf.keep("/secret/", an_answer())
    shelf._file("/secret/").chmod(0)
    shelf.directory.chmod(0o555)
    with as_plain_user():
        for version in range(2, 20):
            shelf.keep("/", an_answer(version=version))
            shelf.withdraw(version)
            shelf.confirm()
        assert versions(shelf) == {"/": 1}
    assert caplog.text.count("cannot keep the published answers") == 1


def test_a_directory_that_cannot_be_made_changes_nothing_for_the_reader(tmp_path):
    (tmp_path / "file").write_text("in the way")
    shelf = Shelf(tmp_path / "file")
    shelf.keep("/", an_answer())
    shelf.confirm()
    assert (kept(shelf), shelf.confirmed_at) == ({}, 0.0)


def test_a_full_disk_leaves_the_last_good_answers_whole(tmp_path):
    """RLIMIT_FSIZE refuses the write in its middle, as a full disk does, and needs no rights."""
    shelf = Shelf(tmp_path)
    shelf.keep("/0", an_answer(b"small"))
    command = f"ulimit -f 20; exec {sys.executable} {WRITER} {tmp_path} 40"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("cannot keep the published answers") == 1
    assert versions(shelf)["/0"] == 1
    assert not list(tmp_path.glob("*.new"))


# --- Many processes ----------------------------------------------------------------------------------


def test_many_writers_leave_one_whole_file_and_it_is_the_newest(shelf, monkeypatch):
    monkeypatch.setattr(shelves, "LOCK_WAIT", 60)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: shelf.keep("/", an_answer(b"%d" % number * 5000, number)), range(100)))
    assert versions(shelf) == {"/": 99}
    assert not list(shelf.directory.glob("*.new"))


def test_a_writer_killed_at_any_moment_leaves_whole_files_and_no_version_goes_back(tmp_path):
    kill_writers(tmp_path, kills=30, seed=random.randrange(10**6))


def kill_writers(directory, kills, seed):
    """SIGKILL `kills` writers at random moments; after each, everything is whole and nothing older than before."""
    print(f"seed {seed}")
    choice, shelf, before = random.Random(seed), Shelf(directory), {}
    command = [sys.executable, WRITER, directory]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as writers:
        try:
            for _ in range(kills):
                writer = int(writers.stdout.readline())
                time.sleep(choice.uniform(0, 0.1))
                os.kill(writer, signal.SIGKILL)
                before = whole_and_no_older(shelf, before)
        finally:
            os.killpg(writers.pid, signal.SIGKILL)
    assert before


def whole_and_no_older(shelf, before):
    """The versions of all that is there; what was there `before` is, and not older. No leftover piles up."""
    assert len(list(shelf.directory.glob("*.new"))) <= 2  # the killed one's, and one that the next is writing
    now = versions(shelf)
    assert all(now[path] >= version for path, version in before.items())
    return now


def test_who_is_frozen_while_writing_holds_nobody_up_for_long(shelf, caplog):
    shelf.keep("/", an_answer())
    with open(shelf.directory / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with caplog.at_level(logging.WARNING):
            shelf.keep("/", an_answer(version=2))
            shelf.keep("/", an_answer(version=2))
        assert versions(shelf) == {"/": 1}
    assert caplog.text.count("cannot keep the published answers") == 1
    shelf.keep("/", an_answer(b"later", version=2))
    assert versions(shelf) == {"/": 2}


def test_what_was_withdrawn_is_gone_and_a_process_that_lags_cannot_bring_it_back(shelf):
    late = Shelf(shelf.directory)
    shelf.keep("/", an_answer(b"with a secret", version=4))
    shelf.keep("/incidents/secret/", an_answer(b"secret", version=4))
    shelf.keep("/", an_answer(b"without", version=5))
    shelf.withdraw(5)
    assert not any(b"secret" in file.read_bytes() for file in shelf.directory.iterdir())
    late.keep("/incidents/secret/", an_answer(b"secret", version=4))
    assert versions(late) == {"/": 5}
    late.withdraw(3)
    assert late.oldest_shown == 5


def test_a_file_written_back_by_force_is_not_shown_once_withdrawn(shelf, file):
    content = file.read_bytes()
    shelf.withdraw(2)
    file.write_bytes(content)
    assert versions(shelf) == {}


def test_others_news_are_told_once_and_only_what_is_newer(shelf):
    other = Shelf(shelf.directory)
    other.keep("/", an_answer(b"new", version=3))
    other.keep("/history/", an_answer(version=2))
    known = {"/": 2, "/history/": 2}
    assert [(path, answer.version) for path, answer in shelf.newer(known)] == [("/", 3)]
    assert list(shelf.newer(known)) == []
    other.keep("/", an_answer(b"newer", version=4))
    assert [answer.version for _, answer in shelf.newer(known)] == [4]


def test_what_is_newer_than_the_database_belongs_to_another_one(shelf):
    shelf.keep("/", an_answer(version=50))
    shelf.keep("/history/", an_answer(version=3))
    shelf.withdraw(2)
    shelf.belong_to(4)
    assert (versions(shelf), shelf.oldest_shown) == ({"/history/": 3}, 2)
    shelf.withdraw(60)
    shelf.belong_to(4)
    shelf.keep("/", an_answer(version=4))
    assert versions(shelf) == {"/": 4}


# --- Bounds ------------------------------------------------------------------------------------------


@pytest.fixture
def choosy(shelf, monkeypatch):
    """A shelf for which months of the history are no lasting addresses, and which keeps ten of them."""
    monkeypatch.setattr(shelves, "MOST_PASSING", 10)
    return Shelf(shelf.directory, is_lasting=lambda path: "/history/2" not in path)


def test_what_is_lasting_never_gives_way_and_of_the_rest_what_nobody_used_for_longest_while_it_runs(choosy):
    lasting = ["/", *(f"/incidents/{number}/" for number in range(50))]
    for number, path in enumerate([*lasting, *(f"/history/2{number:03d}-01/" for number in range(40))]):
        choosy.keep(path, an_answer())
        if path in choosy:
            os.utime(choosy._file(path), (number, number))
        assert len(list(choosy.directory.glob("*.passing"))) <= 10
    found = set(versions(choosy))
    assert set(lasting) <= found
    assert "/history/2039-01/" in found
    assert "/history/2000-01/" not in found


def test_a_shelf_that_was_left_too_full_is_put_in_order_at_the_next_start(choosy, monkeypatch):
    monkeypatch.setattr(shelves, "MOST_PASSING", 100)
    for number in range(30):
        choosy.keep(f"/history/2{number:03d}-01/", an_answer())
    monkeypatch.setattr(shelves, "MOST_PASSING", 10)
    assert len(versions(choosy)) <= 10


def test_what_killed_writers_left_is_taken_away_while_it_runs_too(shelf, monkeypatch):
    shelf.keep("/", an_answer())
    (shelf.directory / "torn.new").write_bytes(b"half")
    shelf.tidy()
    assert list(shelf.directory.glob("*.new"))  # not each time
    monkeypatch.setattr(shelves, "TIDY_EVERY", -1)
    shelf.tidy()
    assert not list(shelf.directory.glob("*.new"))
    assert versions(shelf) == {"/": 1}


def test_one_answer_is_found_by_its_path_and_for_what_was_never_kept_no_disk_is_asked(shelf, file):
    assert shelf.find("/").raw[1] == b"x" * 300
    other = Shelf(shelf.directory)
    assert other.find("/") is None  # it has not looked yet
    list(other.load())
    shelf.directory.rename(shelf.directory.with_name("elsewhere"))
    assert ("/" in other, other.find("/"), "/never/" in other, other.find("/never/")) == (True, None, False, None)


def test_one_answer_is_not_found_once_withdrawn_or_damaged(shelf, file):
    content = file.read_bytes()
    shelf.withdraw(2)
    file.write_bytes(content)
    list(shelf.load())
    assert shelf.find("/") is None
    shelf.keep("/", an_answer(version=3))
    assert shelf.find("/").version == 3
    shelf._file("/").write_bytes(content[:-1])
    assert shelf.find("/") is None


def test_what_others_kept_of_paths_that_are_not_in_memory_is_learnt_of_and_found(shelf):
    other = Shelf(shelf.directory)
    other.keep("/incidents/new/", an_answer(version=3))
    assert list(shelf.newer({"/": 2})) == []
    assert shelf.find("/incidents/new/").version == 3
    other.forget("/incidents/new/")
    assert list(shelf.newer({"/": 2})) == []
    assert "/incidents/new/" not in shelf


def test_a_directory_in_which_nothing_changed_is_not_read_again(shelf, monkeypatch):
    shelf.keep("/", an_answer(version=3))
    os.utime(shelf.directory, (1_000_000_000, 1_000_000_000))
    list(shelf.newer({"/": 2}))
    monkeypatch.setattr(shelf, "_files", lambda: pytest.fail("the directory was read"))
    assert list(shelf.newer({"/": 2})) == []
