"""Against a Redis of its own, which it stops and freezes. The seconds are the settings' and not measured here."""

import signal

import pytest

from statuspage.celery import app
from statuspage.lib import doorbell
from subscribers import tasks
from tests.servers import Redis


@pytest.fixture
def redis(monkeypatch):
    server = Redis()
    server.start()
    monkeypatch.setitem(app.conf, "broker_url", server.url)
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    yield server
    server.stop()


def queued(server, queue) -> int:
    from redis import Redis as Client

    with Client.from_url(server.url) as client:
        return client.llen(queue)


def test_a_ring_is_heard(redis):
    assert doorbell.ring(tasks.drain, "email")
    assert doorbell.ring(tasks.drain, "sms")
    assert doorbell.ring(tasks.expand, 1)
    assert doorbell.ring(tasks.sweep)
    assert [queued(redis, name) for name in ("email", "sms", "expand", "default")] == [1, 1, 1, 1]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("connected", [True, False])
def test_without_redis_nobody_hears_and_nothing_is_raised(redis, number, connected):
    if connected:
        doorbell.ring(tasks.sweep)
    redis.kill(number)
    assert not doorbell.ring(tasks.sweep)


def test_after_a_failure_it_keeps_silent_for_a_while_and_then_rings_again(redis, monkeypatch):
    redis.kill()
    assert not doorbell.ring(tasks.sweep)
    redis.start()
    assert not doorbell.ring(tasks.sweep)
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    assert doorbell.ring(tasks.sweep)


def test_the_seconds_that_a_frozen_redis_may_take_stay_under_one():
    connect_and_first_command = 2 * doorbell.TIMEOUT
    waiting_for_a_free_connection = doorbell.TIMEOUT
    assert connect_and_first_command + waiting_for_a_free_connection < 1
