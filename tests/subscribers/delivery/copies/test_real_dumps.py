"""C24, C25 with real dumps, taken at three moments of a fan-out and restored in place and elsewhere.

On PostgreSQL, and on SQLite by `test_on_sqlite`. READERS says how many there are; `python -m tests.chaos.copies` takes
5,000.
"""

import contextlib
import os
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from subscribers.delivery import drain, fanout
from subscribers.delivery.copies import deciding, fence
from subscribers.delivery.copies.fence import Kind
from subscribers.models import Delivery
from tests.deliveries import announced
from tests.factories import a_component, a_subscriber, an_open_incident
from tests.servers import postgres_bin

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = int(os.environ.get("READERS", "60"))


@pytest.fixture(autouse=True)
def _place(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    fence.forget()


def run(program: str, *arguments, name=None) -> None:
    """One of PostgreSQL's programs against the tests' server."""
    of = connection.settings_dict
    where = ["-h", of["HOST"], "-p", str(of["PORT"]), "-U", of["USER"], "-d", name or of["NAME"]]
    subprocess.run(
        [postgres_bin(Path(tempfile.gettempdir())) / program, *where, *arguments],
        check=True,
        capture_output=True,
    )


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def copy_file(source: str | Path, target: str | Path) -> None:
    """A SQLite database with what its log holds."""
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)


def take_dump(path: Path) -> None:
    if is_sqlite():
        return copy_file(connection.settings_dict["NAME"], path)
    run("pg_dump", "-Fc", "-f", str(path))


def send(limit=None) -> None:
    fence.forget()
    while drain.drain("email", limit) and limit is None:
        pass


def half_listed(announcement) -> None:
    fanout._expand_page(announcement, NUMBER // 2)


def nobody_told(announcement) -> None:
    fanout.expand(announcement)


def a_third_told(announcement) -> None:
    fanout.expand(announcement)
    send(limit=NUMBER // 3)


@pytest.fixture(params=[half_listed, nobody_told, a_third_told])
def dump(request, smtp_sink, tmp_path):
    """A dump of a moment of the fan-out, after which everybody was told."""
    for number in range(NUMBER):
        a_subscriber(f"reader{number}@example.test")
    announcement = an_open_incident(a_component()).announcement
    fanout.Fanout.objects.get_or_create(announcement=announcement)
    fence.the_fence()
    request.param(announcement)
    take_dump(tmp_path / "dump")
    fanout.expand(announcement)
    send()
    assert len(smtp_sink.journal) == NUMBER
    return tmp_path / "dump"


def restore_in_place(dump) -> None:
    connection.close()
    if is_sqlite():
        copy_file(dump, connection.settings_dict["NAME"])
    else:
        run("pg_restore", "--clean", "--if-exists", "--single-transaction", str(dump))
    fence.forget()


@contextlib.contextmanager
def restored_elsewhere(dump):
    """In another database, which this process speaks to meanwhile."""
    original = connection.settings_dict["NAME"]
    name = f"{original}_copy"
    connection.close()
    if is_sqlite():
        copy_file(dump, name)
    else:
        run("psql", "-c", f'CREATE DATABASE "{name}"')
        run("pg_restore", "--single-transaction", str(dump), name=name)
    connection.settings_dict["NAME"] = name
    fence.forget()
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        if is_sqlite():
            Path(name).unlink()
        else:
            run("psql", "-c", f'DROP DATABASE "{name}"')
        fence.forget()


def test_a_dump_restored_in_place_tells_nobody_again_and_what_is_new_goes_at_once(dump, smtp_sink):
    restore_in_place(dump)
    send()
    assert (fence.standing().kind, len(smtp_sink.journal)) == (Kind.OLDER, NUMBER)
    assert deciding.restored(by=None, at=timezone.now()) == []  # all of it was noted here as handed over
    send()
    assert len(smtp_sink.journal) == NUMBER
    announced(severity="P2")
    send()
    assert len(smtp_sink.journal) == 2 * NUMBER


def test_a_dump_restored_elsewhere_tells_nobody_again_and_names_all_that_waits(dump, smtp_sink, settings, tmp_path):
    """On a machine that has handed over nothing itself."""
    settings.DATA_DIR = tmp_path / "another machine"
    settings.DATA_DIR.mkdir()
    with restored_elsewhere(dump):
        send()
        assert (fence.standing().kind, len(smtp_sink.journal)) == (Kind.MOVED, NUMBER)
        held = deciding.restored(by=None, at=timezone.now())
        send()
        assert len(smtp_sink.journal) == NUMBER
        assert sum(waiting for _, waiting in held) == Delivery.objects.waiting().count() >= NUMBER * 2 // 3


def test_a_dump_started_as_a_copy_keeps_everything_here(dump, smtp_sink):
    with restored_elsewhere(dump):
        deciding.this_is_a_copy(by=None, at=timezone.now())
        for announcement in fanout.unfinished():
            fanout.expand(announcement)
        send()
        assert len(smtp_sink.journal) == NUMBER
        assert not Delivery.objects.waiting().exists()
