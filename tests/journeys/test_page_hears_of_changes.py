"""Every web process hears of a publish from PostgreSQL, and listens again when it was cut off."""

import psycopg
import pytest

from statuspage.lib import page_changes
from tests.web import WORKERS, Web, all_answers, eventually

_LISTENERS = "FROM pg_stat_activity WHERE query IN (%s, %s) AND pid <> pg_backend_pid()"
_QUERIES = [f"LISTEN {page_changes.CHANNEL}", page_changes.PROOF]


@pytest.fixture
def deaf_web(postgres, data_dir, tmp_path):
    """It shows what it heard of and no more."""
    server = Web(postgres.url, data_dir, "tests.journeys.listening_wsgi:application", tmp_path)
    try:
        server.start()
        eventually(lambda: listeners(postgres) == WORKERS, 60)
        yield server
    finally:
        server.stop()


def asked(postgres, query, values=()):
    with psycopg.connect(postgres.url) as database:
        return database.execute(query, values).fetchall()


def listeners(postgres) -> int:
    return asked(postgres, f"SELECT count(*) {_LISTENERS}", _QUERIES)[0][0]


def say(postgres, name):
    with psycopg.connect(postgres.url) as database:
        database.execute("UPDATE incidents_site SET name = %s, page_version = page_version + 1", [name])
        database.execute(f"NOTIFY {page_changes.CHANNEL}")


def is_seen_by_all(web, name) -> bool:
    return all(name.encode() in reply.body for reply in all_answers(web, ["/"]))


def test_a_publish_is_heard_by_every_web_process_also_after_its_connection_was_killed(deaf_web, postgres):
    say(postgres, "Heard Ltd")
    eventually(lambda: is_seen_by_all(deaf_web, "Heard Ltd"), 60)
    before = {pid for (pid,) in asked(postgres, f"SELECT pid {_LISTENERS}", _QUERIES)}
    assert len(before) == WORKERS, "one connection each"
    assert asked(postgres, f"SELECT pg_terminate_backend(pid) {_LISTENERS}", _QUERIES)
    say(postgres, "Missed Ltd")
    eventually(lambda: is_seen_by_all(deaf_web, "Missed Ltd"), 60)
    eventually(lambda: listeners(postgres) == WORKERS, 60)
    say(postgres, "Again Ltd")
    eventually(lambda: is_seen_by_all(deaf_web, "Again Ltd"), 60)
    after = {pid for (pid,) in asked(postgres, f"SELECT pid {_LISTENERS}", _QUERIES)}
    assert not before & after
