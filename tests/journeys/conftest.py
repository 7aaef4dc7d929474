"""What several journeys start."""

from pathlib import Path

import pytest

from statuspage.celery import app
from statuspage.lib import doorbell
from tests.http_clients import Request, at_once
from tests.journeys.absent_database import answers, mend
from tests.made_once import made_once
from tests.processes import Stack
from tests.proxy import Proxy
from tests.web import Web, eventually
from tests.with_tables import postgres_with_tables


@pytest.fixture
def rings(monkeypatch):
    """Lets this process ring where a Stack listens."""

    def there(stack: Stack) -> None:
        monkeypatch.setitem(app.conf, "broker_url", stack.redis.url)
        monkeypatch.setattr(doorbell, "_silent_until", 0.0)

    return there


@pytest.fixture
def stack(tmp_path, rings):
    """Redis, relay and gateway of the test's own; this process rings there, workers are started as it asks."""
    with Stack(tmp_path) as stack:
        rings(stack)
        yield stack


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL to kill and freeze, with the demo's incidents in it once `data_dir` was asked for."""
    server = postgres_with_tables(is_durable=True)  # a log-in of a moment ago outlives the kill, as with any real one
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def static_files():
    """What collectstatic leaves: compressing takes seconds of CPU, so it is done once."""

    def collect(directory: Path) -> None:
        Web(f"sqlite:///{directory}/none", directory).manage("collectstatic", "--no-input")

    return made_once("collected", collect) / "static"


@pytest.fixture(scope="session")
def data_dir(postgres, static_files, tmp_path_factory):
    """Of the web process; migrated and seeded."""
    directory = tmp_path_factory.mktemp("data")
    (directory / "static").symlink_to(static_files)
    for command in ("migrate", "seed_demo"):
        Web(postgres.url, directory).manage(command)
    return directory


@pytest.fixture(scope="module")
def proxy(postgres):
    """What stands between the web process and its database."""
    with Proxy(postgres.port) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def web(postgres, proxy, data_dir):
    """The production server; a test that ends it starts it again."""
    server = Web(f"postgres://postgres@127.0.0.1:{proxy.port}/postgres", data_dir)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def hasty(postgres, proxy, data_dir):
    """The production server, which waits two seconds for its database and no longer."""
    url = f"postgres://postgres@127.0.0.1:{proxy.port}/postgres"
    server = Web(url, data_dir, "tests.journeys.hasty_wsgi:application")
    try:
        server.start()
        eventually(lambda: answers(server), 60)
        yield server
    finally:
        server.stop()


@pytest.fixture
def database(postgres, hasty):
    """The PostgreSQL behind it. Whatever was done to it is undone, and the server has come back."""
    yield postgres
    mend(postgres)
    eventually(lambda: all(reply.status == 200 for reply in at_once(hasty.port, [Request("/subscribe/")] * 8)), 60)
