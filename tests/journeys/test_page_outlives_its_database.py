"""The production server over a PostgreSQL of its own, which is killed, frozen and brought back (C26, C28, C29)."""

import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from statuspage.stack import parts
from tests.servers import Postgres, Server

PUBLIC = ["/", "/history/", "/history.rss", "/history.atom", "/api/v2/summary.json", "/api/v2/status.json"]


class Web(Server):
    """The program's own production server, two workers as `make up` starts them."""

    def __init__(self, database_url: str, data_dir):
        super().__init__("web")
        self.environ = os.environ | {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(data_dir),
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            "DEMO_PASSWORD": "for-this-test-only",
        }

    def command(self):
        return [*parts.web(self.port, threads=5).command[:-1], "tests.journeys.impatient_wsgi:application"]

    def popen_options(self):
        return {"env": self.environ}

    def manage(self, *arguments):
        subprocess.run([sys.executable, "manage.py", *arguments], env=self.environ, check=True, capture_output=True)

    def get(self, path="/", seconds=20.0):
        """(status, headers, text); raises only for a connection that fails."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=seconds) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def data_dir(postgres, tmp_path_factory):
    """Migrated, with the demo's incidents in it."""
    directory = tmp_path_factory.mktemp("data")
    web = Web(postgres.url, directory)
    for arguments in (["migrate"], ["collectstatic", "--no-input"], ["seed_demo"]):
        web.manage(*arguments)
    return directory


@pytest.fixture
def web(postgres, data_dir):
    server = Web(postgres.url, data_dir)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def eventually(condition, seconds=20.0):
    """Returns once `condition()` is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


def warm(web):
    """Every worker has every page."""
    for _ in range(8):
        assert {path: web.get(path)[0] for path in PUBLIC} == dict.fromkeys(PUBLIC, 200)


def is_confirmed(web):
    return all("Last-Confirmed" not in web.get()[1] for _ in range(6))


def says_so(web):
    return all("We cannot confirm that this is current" in web.get()[2] for _ in range(6))


@pytest.mark.parametrize(
    ("fault", "mend"),
    [
        (lambda database: database.kill(signal.SIGQUIT), lambda database: database.start()),
        (lambda database: database.signal_all(signal.SIGSTOP), lambda database: database.signal_all(signal.SIGCONT)),
    ],
    ids=["killed", "frozen"],
)
def test_every_public_answer_stays_while_the_database_is_gone_and_says_how_old_it_is(web, postgres, fault, mend):
    eventually(lambda: is_confirmed(web))
    warm(web)
    before = web.get()[2]
    fault(postgres)
    try:
        deadline = time.monotonic() + 6
        while time.monotonic() < deadline:
            assert {path: web.get(path)[0] for path in PUBLIC} == dict.fromkeys(PUBLIC, 200)
        eventually(lambda: says_so(web))
        assert "Last-Confirmed" in web.get("/api/v2/summary.json")[1]
        assert web.get("/incidents/bbbbbbbbbbbb/")[0] in (404, 503)
        assert {web.get()[0] for _ in range(6)} == {200}
    finally:
        mend(postgres)
    eventually(lambda: is_confirmed(web))
    assert headline(web.get()[2]) == headline(before)


def headline(html):
    return html.partition("<h1")[2].partition("</h1>")[0]


def test_a_start_without_the_database_serves_what_was_kept(web, postgres, data_dir):
    warm(web)
    web.kill(signal.SIGTERM)
    postgres.kill(signal.SIGQUIT)
    try:
        web.start()
        assert {path: web.get(path)[0] for path in PUBLIC} == dict.fromkeys(PUBLIC, 200)
    finally:
        postgres.start()
    eventually(lambda: is_confirmed(web))


def test_damaged_files_are_not_served_and_a_start_with_nothing_says_when_to_come_back(web, postgres, data_dir):
    warm(web)
    web.kill(signal.SIGTERM)
    choice = random.Random(29)
    for file in (data_dir / "published").glob("*.answer"):
        content = bytearray(file.read_bytes())
        content[choice.randrange(len(content))] ^= 0xFF
        file.write_bytes(content)
    postgres.kill(signal.SIGQUIT)
    try:
        web.start()
        status, headers, text = web.get("/")
        assert (status, headers["Retry-After"]) == (503, "10")
        assert "We cannot show the status right now" in text
    finally:
        postgres.start()
    eventually(lambda: web.get()[0] == 200)


def test_a_storm_of_queries_and_cookies_is_answered_alike(web):
    eventually(lambda: is_confirmed(web))
    etags = set()
    for number in range(300):
        request = urllib.request.Request(
            f"http://127.0.0.1:{web.port}/?utm={number}", headers={"Cookie": f"sessionid={number}; csrftoken=x"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.headers["Set-Cookie"] is None
            assert answer.headers["Vary"] == "Accept-Encoding"
            etags.add(answer.headers["ETag"])
    assert len(etags) <= 2  # one, or two where the minute turned
