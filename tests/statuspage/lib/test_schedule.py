"""The scheduler as a thread, against a Redis of its own that it stops."""

from datetime import timedelta

import pytest
from celery.beat import Service

from statuspage.celery import app
from statuspage.lib import schedule
from statuspage.lib.schedule import Schedule
from tests.servers import Redis
from tests.web import eventually

SWEEP = {"sweep": {"task": "subscribers.tasks.sweep", "schedule": timedelta(seconds=0.2)}}


@pytest.fixture
def redis(monkeypatch):
    server = Redis()
    server.start()
    monkeypatch.setitem(app.conf, "broker_url", server.url)
    monkeypatch.setitem(app.conf, "beat_schedule", SWEEP)
    yield server
    server.stop()


@pytest.fixture
def begun(redis, tmp_path):
    running = Schedule(tmp_path / "beat-schedule")
    running.begin()
    yield running
    running.end()


def rings(server) -> int:
    from redis import Redis as Client

    with Client.from_url(server.url) as client:
        return client.llen("default")


def test_what_is_due_is_rung_for_again_and_again(begun, redis):
    eventually(lambda: rings(redis) >= 3, 60)


def test_once_ended_it_rings_no_more_and_has_kept_what_it_did(begun, redis, tmp_path):
    eventually(lambda: rings(redis), 60)
    begun.end()
    eventually(lambda: not begun.is_running, 60)
    before = rings(redis)
    assert Service(app, schedule_filename=str(tmp_path / "beat-schedule")).scheduler.schedule["sweep"].total_run_count
    assert rings(redis) == before


def test_a_fault_does_not_end_it(redis, tmp_path, monkeypatch):
    faults = [OSError("no room"), OSError("no room")]

    class Faulty(Service):
        def start(self):
            if faults:
                raise faults.pop()
            super().start()

    monkeypatch.setattr(schedule, "Service", Faulty)
    monkeypatch.setattr(schedule, "AGAIN_AFTER", 0.01)
    running = Schedule(tmp_path / "beat-schedule")
    running.begin()
    eventually(lambda: rings(redis), 60)
    running.end()
    assert not faults
