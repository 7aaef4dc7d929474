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

from statuspage.edge import disk_store as disk_stores
from statuspage.edge.answer import Answer
from statuspage.edge.disk_store import DiskStore
from tests import seeds

WRITER = Path(__file__).with_name("disk_store_writer.py")


def an_answer(body=b"all is well", version=1):
    return Answer("200 OK", [("Content-Type", "text/html")], body, version)


def kept(disk_store):
    return {path: (answer.raw, answer.version) for path, answer in disk_store.load()}


def versions(disk_store):
    return {path: answer.version for path, answer in disk_store.load()}


@pytest.fixture
def disk_store(tmp_path):
    return DiskStore(tmp_path / "published")


@pytest.fixture
def file(disk_store):
    """Of the one answer that the disk store holds."""
    disk_store.store("/", an_answer(b"x" * 300))
    (file,) = disk_store.directory.glob("*.answer")
    return file


def test_what_was_kept_is_found_again(disk_store):
    disk_store.store("/", an_answer())
    disk_store.store("/history.atom", an_answer(b"feed"))
    assert kept(DiskStore(disk_store.directory)) == {
        "/": (([("Content-Type", "text/html")], b"all is well"), 1),
        "/history.atom": (([("Content-Type", "text/html")], b"feed"), 1),
    }


def test_the_front_page_comes_first_and_then_what_was_used_last(disk_store):
    disk_store.store("/", an_answer())
    for number, path in enumerate(["/a", "/b", "/c"]):
        disk_store.store(path, an_answer())
        os.utime(disk_store._file(path), (number, number))
    assert list(versions(disk_store)) == ["/", "/c", "/b", "/a"]
    disk_store.store("/a", an_answer())
    assert list(versions(disk_store)) == ["/", "/a", "/c", "/b"]


def test_an_older_version_never_replaces_a_newer_one(disk_store):
    disk_store.store("/", an_answer(b"new", version=2))
    disk_store.store("/", an_answer(b"old", version=1))
    assert kept(disk_store)["/"][0][1] == b"new"


# --- Damage (C29) ------------------------------------------------------------------------------------


def test_a_file_cut_at_any_place_is_ignored(disk_store, file):
    content = file.read_bytes()
    for length in range(len(content)):
        file.write_bytes(content[:length])
        assert kept(disk_store) == {}
    file.write_bytes(content)
    assert versions(disk_store) == {"/": 1}


def test_a_file_with_any_bit_flipped_is_ignored(disk_store, file):
    content, choice = file.read_bytes(), random.Random(29)
    for position in range(len(content)):
        flipped = bytearray(content)
        flipped[position] ^= 1 << choice.randrange(8)
        file.write_bytes(flipped)
        assert kept(disk_store) == {}


def test_a_foreign_or_renamed_file_is_ignored(disk_store, file):
    file.rename(disk_store.directory / "other.answer")
    (disk_store.directory / "foreign.answer").write_bytes(b"\x00\xff" * 100)
    (disk_store.directory / "a-directory.answer").mkdir()
    (disk_store.directory / "oldest").write_bytes(b"not a number")
    assert kept(disk_store) == {}


def test_a_file_of_another_release_s_format_is_ignored_and_replaced(disk_store, file):
    file.write_bytes(file.read_bytes().replace(b"statuspage answer 1 ", b"statuspage answer 2 "))
    assert kept(disk_store) == {}
    disk_store.store("/", an_answer())
    assert versions(disk_store) == {"/": 1}


@pytest.mark.parametrize("target", ["/dev/zero", "/etc/hostname", "nowhere", "another"])
def test_a_link_is_not_followed_and_gives_way_to_an_answer(disk_store, file, tmp_path, target):
    another = tmp_path / "another"
    file.rename(another)
    file.symlink_to(another if target == "another" else target)
    before = another.read_bytes()
    assert kept(disk_store) == {}
    disk_store.store("/", an_answer(version=2))
    assert versions(disk_store) == {"/": 2}
    assert another.read_bytes() == before


def test_nobody_waits_for_a_pipe(disk_store, file):
    file.unlink()
    os.mkfifo(file)
    assert kept(disk_store) == {}
    disk_store.store("/", an_answer(version=2))
    assert versions(disk_store) == {"/": 2}


def test_a_directory_in_the_place_of_a_file_hinders_only_that_path(disk_store, file):
    file.unlink()
    file.mkdir()
    disk_store.store("/", an_answer())
    disk_store.store("/history/", an_answer())
    assert versions(disk_store) == {"/history/": 1}


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
    disk_store = DiskStore(anywhere / "published")
    disk_store.store("/", an_answer())
    disk_store.store("/secret/", an_answer())
    disk_store._file("/secret/").chmod(0)
    disk_store.directory.chmod(0o555)
    with as_plain_user():
        for version in range(2, 20):
            disk_store.store("/", an_answer(version=version))
            disk_store.invalidate_before(version)
            disk_store.confirm()
        assert versions(disk_store) == {"/": 1}
    assert caplog.text.count("cannot keep the published answers") == 1


def test_a_directory_that_cannot_be_made_changes_nothing_for_the_reader(tmp_path):
    (tmp_path / "file").write_text("in the way")
    disk_store = DiskStore(tmp_path / "file")
    disk_store.store("/", an_answer())
    disk_store.confirm()
    assert (kept(disk_store), disk_store.confirmed_at) == ({}, 0.0)


def test_a_full_disk_leaves_the_last_good_answers_whole(tmp_path):
    """RLIMIT_FSIZE refuses the write in its middle, as a full disk does, and needs no rights."""
    disk_store = DiskStore(tmp_path)
    disk_store.store("/0", an_answer(b"small"))
    command = f"ulimit -f 20; exec {sys.executable} {WRITER} {tmp_path} 40"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("cannot keep the published answers") == 1
    assert versions(disk_store)["/0"] == 1
    assert not list(tmp_path.glob("*.new"))


# --- Many processes ----------------------------------------------------------------------------------


def test_many_writers_leave_one_whole_file_and_it_is_the_newest(disk_store, monkeypatch):
    monkeypatch.setattr(disk_stores, "LOCK_WAIT", 60)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: disk_store.store("/", an_answer(b"%d" % number * 5000, number)), range(100)))
    assert versions(disk_store) == {"/": 99}
    assert not list(disk_store.directory.glob("*.new"))


def test_a_writer_killed_at_any_moment_leaves_whole_files_and_no_version_goes_back(tmp_path):
    kill_writers(tmp_path, kills=30, seed=seeds.seed(26))


def kill_writers(directory, kills, seed):
    """SIGKILL `kills` writers at random moments; after each, everything is whole and nothing older than before."""
    print(f"seed {seed}")
    choice, disk_store, before = random.Random(seed), DiskStore(directory), {}
    command = [sys.executable, WRITER, directory]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as writers:
        try:
            for _ in range(kills):
                writer = int(writers.stdout.readline())
                time.sleep(choice.uniform(0, 0.1))
                os.kill(writer, signal.SIGKILL)
                before = whole_and_no_older(disk_store, before)
        finally:
            os.killpg(writers.pid, signal.SIGKILL)
    assert before


def whole_and_no_older(disk_store, before):
    """The versions of all that is there; what was there `before` is, and not older. No leftover piles up."""
    assert len(list(disk_store.directory.glob("*.new"))) <= 2  # the killed one's, and one that the next is writing
    now = versions(disk_store)
    assert all(now[path] >= version for path, version in before.items())
    return now


def test_who_is_frozen_while_writing_holds_nobody_up_for_long(disk_store, caplog):
    disk_store.store("/", an_answer())
    with open(disk_store.directory / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with caplog.at_level(logging.WARNING):
            disk_store.store("/", an_answer(version=2))
            disk_store.store("/", an_answer(version=2))
        assert versions(disk_store) == {"/": 1}
    assert caplog.text.count("cannot keep the published answers") == 1
    disk_store.store("/", an_answer(b"later", version=2))
    assert versions(disk_store) == {"/": 2}


def test_what_was_withdrawn_is_gone_and_a_process_that_lags_cannot_bring_it_back(disk_store):
    late = DiskStore(disk_store.directory)
    disk_store.store("/", an_answer(b"with a secret", version=4))
    disk_store.store("/incidents/secret/", an_answer(b"secret", version=4))
    disk_store.store("/", an_answer(b"without", version=5))
    disk_store.invalidate_before(5)
    assert not any(b"secret" in file.read_bytes() for file in disk_store.directory.iterdir())
    late.store("/incidents/secret/", an_answer(b"secret", version=4))
    assert versions(late) == {"/": 5}
    late.invalidate_before(3)
    assert late.oldest_shown == 5


def test_a_file_written_back_by_force_is_not_shown_once_withdrawn(disk_store, file):
    content = file.read_bytes()
    disk_store.invalidate_before(2)
    file.write_bytes(content)
    assert versions(disk_store) == {}


def test_others_news_are_told_once_and_only_what_is_newer(disk_store):
    other = DiskStore(disk_store.directory)
    other.store("/", an_answer(b"new", version=3))
    other.store("/history/", an_answer(version=2))
    known = {"/": 2, "/history/": 2}
    assert [(path, answer.version) for path, answer in disk_store.newer(known)] == [("/", 3)]
    assert list(disk_store.newer(known)) == []
    other.store("/", an_answer(b"newer", version=4))
    assert [answer.version for _, answer in disk_store.newer(known)] == [4]


def test_what_is_newer_than_the_database_belongs_to_another_one(disk_store):
    disk_store.store("/", an_answer(version=50))
    disk_store.store("/history/", an_answer(version=3))
    disk_store.invalidate_before(2)
    disk_store.drop_newer_than(4)
    assert (versions(disk_store), disk_store.oldest_shown) == ({"/history/": 3}, 2)
    disk_store.invalidate_before(60)
    disk_store.drop_newer_than(4)
    disk_store.store("/", an_answer(version=4))
    assert versions(disk_store) == {"/": 4}


# --- Bounds ------------------------------------------------------------------------------------------


@pytest.fixture
def choosy(disk_store, monkeypatch):
    """A disk store for which months of the history are no lasting addresses, and which keeps ten of them."""
    monkeypatch.setattr(disk_stores, "MOST_PASSING", 10)
    return DiskStore(disk_store.directory, is_lasting=lambda path: "/history/2" not in path)


def test_what_is_lasting_never_gives_way_and_of_the_rest_what_nobody_used_for_longest_while_it_runs(choosy):
    lasting = ["/", *(f"/incidents/{number}/" for number in range(50))]
    for number, path in enumerate([*lasting, *(f"/history/2{number:03d}-01/" for number in range(40))]):
        choosy.store(path, an_answer())
        if path in choosy:
            os.utime(choosy._file(path), (number, number))
        assert len(list(choosy.directory.glob("*.passing"))) <= 10
    found = set(versions(choosy))
    assert set(lasting) <= found
    assert "/history/2039-01/" in found
    assert "/history/2000-01/" not in found


def test_a_shelf_that_was_left_too_full_is_put_in_order_at_the_next_start(choosy, monkeypatch):
    monkeypatch.setattr(disk_stores, "MOST_PASSING", 100)
    for number in range(30):
        choosy.store(f"/history/2{number:03d}-01/", an_answer())
    monkeypatch.setattr(disk_stores, "MOST_PASSING", 10)
    assert len(versions(choosy)) <= 10


def test_what_killed_writers_left_is_taken_away_while_it_runs_too(disk_store, monkeypatch):
    disk_store.store("/", an_answer())
    (disk_store.directory / "torn.new").write_bytes(b"half")
    disk_store.tidy()
    assert list(disk_store.directory.glob("*.new"))  # not each time
    monkeypatch.setattr(disk_stores, "TIDY_EVERY", -1)
    disk_store.tidy()
    assert not list(disk_store.directory.glob("*.new"))
    assert versions(disk_store) == {"/": 1}


def test_one_answer_is_found_by_its_path_and_for_what_was_never_kept_no_disk_is_asked(disk_store, file):
    assert disk_store.find("/").raw[1] == b"x" * 300
    other = DiskStore(disk_store.directory)
    assert other.find("/") is None  # it has not looked yet
    list(other.load())
    disk_store.directory.rename(disk_store.directory.with_name("elsewhere"))
    assert ("/" in other, other.find("/"), "/never/" in other, other.find("/never/")) == (True, None, False, None)


def test_one_answer_is_not_found_once_withdrawn_or_damaged(disk_store, file):
    content = file.read_bytes()
    disk_store.invalidate_before(2)
    file.write_bytes(content)
    list(disk_store.load())
    assert disk_store.find("/") is None
    disk_store.store("/", an_answer(version=3))
    assert disk_store.find("/").version == 3
    disk_store._file("/").write_bytes(content[:-1])
    assert disk_store.find("/") is None


def test_what_others_kept_of_paths_that_are_not_in_memory_is_learnt_of_and_found(disk_store):
    other = DiskStore(disk_store.directory)
    other.store("/incidents/new/", an_answer(version=3))
    assert list(disk_store.newer({"/": 2})) == []
    assert disk_store.find("/incidents/new/").version == 3
    other.forget("/incidents/new/")
    assert list(disk_store.newer({"/": 2})) == []
    assert "/incidents/new/" not in disk_store


def test_a_directory_in_which_nothing_changed_is_not_read_again(disk_store, monkeypatch):
    disk_store.store("/", an_answer(version=3))
    os.utime(disk_store.directory, (1_000_000_000, 1_000_000_000))
    list(disk_store.newer({"/": 2}))
    monkeypatch.setattr(disk_store, "_files", lambda: pytest.fail("the directory was read"))
    assert list(disk_store.newer({"/": 2})) == []
