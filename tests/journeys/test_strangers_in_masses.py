"""S29, C35, C37 through the production server: strangers come in masses, and whoever belongs here gets in and works."""

from contextlib import suppress

import psycopg
import pytest

from statuspage.accounts import brake
from statuspage.lib import budgets, limits, tokens
from tests.guessing import LOG_IN, guesses
from tests.http_clients import Crowd, Request, at_once
from tests.journeys.browsing import Visitor
from tests.processes import wait_until
from tests.servers import Redis
from tests.web import Web

PASSWORD = "for-this-test-only"
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def redis():
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module", params=["with Redis", "without Redis"])
def web(request, postgres, data_dir, redis):
    """Of its own for this file: what was used up stays so. Behind a proxy that the tests play."""
    server = Web(postgres.url, data_dir)
    server.environ["TRUST_PROXY"] = "1"
    server.environ["REDIS_URL"] = redis.url if request.param == "with Redis" else "redis://127.0.0.1:1/0"
    server.counts = 1 if request.param == "with Redis" else 2  # all processes together, or each of the two
    try:
        server.start()
        yield server
    finally:
        server.stop()


class Person(Visitor):
    """Who does as the page says: waits, and logs in again."""

    refusals = 0

    def gets_in(self, username="lead") -> None:
        """Fails after a minute; the seconds are no part of the test."""

        def is_in():
            with suppress(StopIteration):  # a page without a form: it is not there right now
                self.log_in(username, PASSWORD)
            self.refusals += self.status == 429
            assert self.status in (200, 429, 503)
            return self.status == 200 and LOG_IN not in self.url

        wait_until(is_in, seconds=60)


def test_the_lead_gets_in_with_a_known_browser_and_with_a_new_one(web):
    site = f"http://127.0.0.1:{web.port}/"
    known, new = Person(site), Person(site)
    known.gets_in()
    known.log_out()
    with Crowd(web.port, guesses, readers=12) as attack:
        wait_until(lambda: len(attack.replies) > 200)
        known.gets_in()
        new.gets_in()
        assert "Open an incident" in known.get("/admin/").text
        assert "Open an incident" in new.get("/admin/").text
    assert known.refusals == 0
    assert 429 in {reply.status for reply in attack.replies} <= {200, 429, 503}
    assert 0 < sum(reply.status == 200 for reply in attack.replies) <= most_checked(web, attack.replies)


def most_checked(web, replies) -> float:
    seconds = max(reply.began_at + reply.seconds for reply in replies) - replies[0].began_at
    return web.counts * (brake.HOUSE.at_once + 1 + seconds / brake.HOUSE.every)


def test_guesses_of_links_are_slowed_and_links_that_work_are_not(web, postgres):
    network = (("X-Forwarded-For", "203.0.113.9"),)
    guesses = [Request(f"/subscription/guess{number}/", headers=network) for number in range(30)]
    replies = [reply for _ in range(5) for reply in at_once(web.port, guesses)]
    seconds = max(reply.began_at + reply.seconds for reply in replies) - replies[0].began_at
    misses = sum(reply.status == 404 for reply in replies)
    assert misses <= web.counts * (limits.MISSES.at_once + 1 + seconds / limits.MISSES.every)
    assert {reply.status for reply in replies} <= {404, 429, 503}
    token = tokens.make("subscription", *a_subscriber(postgres))
    one_click = Request(f"/subscription/{token}/unsubscribe/", "POST", (*network, FORM), b"List-Unsubscribe=One-Click")
    wait_until(lambda: at_once(web.port, [one_click])[0].status == 200)


def a_subscriber(postgres) -> tuple[int, int]:
    """Number and link version of somebody in the demo."""
    with psycopg.connect(postgres.url) as database:
        return database.execute("SELECT id, link_version FROM subscribers_subscriber ORDER BY id LIMIT 1").fetchone()


def test_sign_ups_of_a_network_are_counted_by_all_processes_together(web, redis):
    """Another process has taken the last one. Without Redis nobody knows, and each counts by itself."""
    elsewhere = budgets.Shared(lambda: redis.url, budgets.Memory())
    while not elsewhere.take(limits.SIGN_UPS_OF_NETWORK, "192.0.2.0/24"):
        pass
    site = Visitor(f"http://127.0.0.1:{web.port}/")
    site.headers["X-Forwarded-For"] = "192.0.2.7"

    def is_answered():
        """On a busy machine one grows back between the two."""
        while not elsewhere.take(limits.SIGN_UPS_OF_NETWORK, "192.0.2.0/24"):
            pass
        with suppress(StopIteration):
            site.submit("/subscribe/", channel="email", email="ada@example.test", scope="everything")
        return site.status == (429 if web.counts == 1 else 200)

    wait_until(is_answered)
    if web.counts == 1:
        assert 'value="ada@example.test"' in site.text
    else:
        assert site.url.endswith("/subscribe/sent/email/")
