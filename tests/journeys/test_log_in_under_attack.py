"""S29 through the production server: attackers guess from everywhere, and whoever belongs here gets in and works."""

from contextlib import suppress

import pytest

from statuspage.login import brake
from tests.crowd import Crowd
from tests.guessing import LOG_IN, guesses
from tests.journeys.browsing import Visitor
from tests.parts import wait_until
from tests.servers import Redis
from tests.web import Web

PASSWORD = "for-this-test-only"
NO_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def redis():
    server = Redis()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["with Redis", "without Redis"])
def web(request, postgres, data_dir, redis):
    """Of its own for each test: what was used up stays so. Behind a proxy that the tests play."""
    server = Web(postgres.url, data_dir)
    server.environ["TRUST_PROXY"] = "1"
    server.environ["REDIS_URL"] = redis.url if request.param == "with Redis" else NO_REDIS
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
    known.cookies.clear("127.0.0.1", "/", "sessionid")
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
    """All processes together; without Redis each of the two."""
    seconds = max(reply.began_at + reply.seconds for reply in replies) - replies[0].began_at
    each = brake.HOUSE.at_once + 1 + seconds / brake.HOUSE.every
    return each if web.environ["REDIS_URL"] != NO_REDIS else 2 * each
