"""The tasks are run as a worker would; what they ring for is read from Redis."""

import json
from base64 import b64decode

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from redis import Redis

from statuspage.celery import queues
from statuspage.lib import doorbell
from subscribers import tasks
from subscribers.delivery import drain, fanout
from subscribers.enums import DeliveryState
from subscribers.models import Delivery, Subscriber
from tests.factories import a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def redis(monkeypatch):
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    with Redis.from_url(settings.REDIS_URL) as client:
        client.delete(*queues())
        yield client
        client.delete(*queues())


def rings(redis, queue) -> list[tuple]:
    found = [json.loads(message) for message in redis.lrange(queue, 0, -1)]
    return [(message["headers"]["task"], json.loads(b64decode(message["body"]))[0]) for message in found]


def test_publishing_rings_for_the_fan_out_after_the_commit(redis):
    with transaction.atomic():
        announcement = an_open_incident().announcement
        assert rings(redis, "expand") == []
    assert rings(redis, "expand") == [("subscribers.tasks.expand", [announcement.pk])]


def test_publishing_writes_no_delivery_and_sends_nothing(mailoutbox):
    a_subscriber()
    an_open_incident()
    assert not Delivery.objects.exists()
    assert mailoutbox == []


@pytest.mark.parametrize("wanted", [{"email"}, {"sms"}, {"email", "sms"}], ids=lambda one: "+".join(sorted(one)))
def test_the_fan_out_rings_for_each_channel_that_somebody_hears_by(redis, wanted):
    for channel in wanted:
        a_subscriber(channel=channel)
    tasks.expand(an_open_incident().announcement.pk)
    for channel in ("email", "sms"):
        rung = [("subscribers.tasks.drain", [channel])] if channel in wanted else []
        assert rings(redis, channel) == rung


def test_a_drain_sends(mailoutbox):
    a_subscriber("a@example.test")
    tasks.expand(an_open_incident().announcement.pk)
    tasks.drain("email")
    assert [mail.to for mail in mailoutbox] == [["a@example.test"]]
    assert Delivery.objects.get().state == DeliveryState.SENT


def test_a_full_slice_calls_for_another_worker(redis, monkeypatch):
    for _ in range(3):
        a_subscriber()
    fanout.expand(an_open_incident().announcement)
    redis.delete("email")
    drain.drain("email", limit=2)
    assert len(rings(redis, "email")) == 1
    drain.drain("email", limit=2)
    assert len(rings(redis, "email")) == 1


def test_a_full_slice_of_which_nothing_goes_out_calls_for_the_next(redis):
    update = an_open_incident()
    for _ in range(3):
        a_subscriber()
    fanout.expand(update.announcement)
    redis.delete("email")
    Subscriber.objects.update(unsubscribed_at=timezone.now())
    assert drain.drain("email", limit=2) == 2
    assert len(rings(redis, "email")) == 1


def test_a_provider_that_is_down_calls_for_nobody(redis, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    for _ in range(3):
        a_subscriber()
    fanout.expand(an_open_incident().announcement)
    redis.delete("email")
    drain.drain("email", limit=2)
    assert rings(redis, "email") == []


def test_the_sweep_finds_what_lost_rings_missed(redis):
    a_subscriber()
    first, second = an_open_incident().announcement, an_open_incident().announcement
    fanout.expand(first)
    redis.delete(*queues())
    tasks.sweep()
    assert rings(redis, "expand") == [("subscribers.tasks.expand", [second.pk])]
    assert rings(redis, "email") == [("subscribers.tasks.drain", ["email"])]
    assert rings(redis, "sms") == []


def test_the_sweep_has_nothing_to_say_when_all_is_done(redis):
    tasks.sweep()
    assert [rings(redis, queue) for queue in queues()] == [[]] * len(queues())
