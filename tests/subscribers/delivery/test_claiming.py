"""What is taken first, and what is passed over without being walked over."""

import json

import pytest
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Now
from django.utils import timezone

from incidents.enums import Severity
from incidents.models import Announcement
from subscribers.delivery import drain, fanout, ledger, pauses
from subscribers.enums import Channel
from subscribers.models import Delivery, Subscriber
from subscribers.people import subscribing
from tests.factories import a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
MANY = 3_000


@pytest.fixture
def readers():
    Subscriber.objects.bulk_create(
        Subscriber(channel="email", address=f"many{number}@example.test", confirmed_at=timezone.now())
        for number in range(MANY)
    )


def announced(severity=Severity.P2) -> Announcement:
    announcement = an_open_incident(severity=severity).announcement
    fanout.expand(announcement)
    return announcement


def asked_to_confirm() -> None:
    choice = {"everything": True, "components": (), "every_update": True}
    subscribing.request_subscription(channel="email", address="new@example.test", at=timezone.now(), **choice)


def claimed(limit=100) -> list[int | None]:
    """Of which announcements, in turn."""
    return [row.announcement_id for row in ledger.claim(Channel.EMAIL, limit).fresh]


def pause(**scope):
    return pauses.pause(reason="The relay sends twice.", by=None, at=timezone.now(), **scope)


def test_the_most_urgent_is_taken_first_and_confirmations_before_all():
    for _ in range(2):
        a_subscriber()
    low, high, other = announced(Severity.P4), announced(Severity.P1), announced(Severity.P1)
    asked_to_confirm()
    assert claimed() == [None, *[high.pk] * 2, *[other.pk] * 2, *[low.pk] * 2]


def test_a_claim_ends_in_the_middle_of_a_line():
    for _ in range(3):
        a_subscriber()
    high, low = announced(Severity.P1), announced(Severity.P4)
    assert claimed(4) == [high.pk] * 3 + [low.pk]
    assert claimed(4) == [low.pk] * 2


def test_whatever_its_priority_is_a_confirmation_finds_its_line():
    a_subscriber()
    announcement = announced(Severity.P1)
    asked_to_confirm()
    Delivery.objects.filter(announcement=None).update(priority=5)
    assert claimed() == [announcement.pk, None]


def test_a_line_of_which_some_waits_for_later_gives_what_is_due():
    for _ in range(2):
        a_subscriber()
    announcement = announced()
    put_off = announcement.deliveries.order_by("pk").first()
    Delivery.objects.filter(pk=put_off.pk).update(visible_at=Now() + Value(ledger.LEASE))
    assert claimed() == [announcement.pk]
    assert claimed() == []


@pytest.mark.parametrize("scope", [{"channel": "email"}, {}])
def test_a_stopped_channel_has_nothing_due(scope):
    a_subscriber()
    announced()
    made = pause(**scope)
    assert (drain.due_channels(), claimed()) == ([], [])
    pauses.release(pause=made, by=None, at=timezone.now())
    assert drain.due_channels() == ["email"]


def most_rows_touched(rows) -> int:
    """By any part of the plan, on PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subscribers_delivery")
    return _most(json.loads(rows.explain(analyze=True, format="json"))[0]["Plan"])


def _most(plan: dict) -> int:
    touched = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return max([touched * plan["Actual Loops"], *map(_most, plan.get("Plans", ()))])


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_what_is_held_back_or_leased_is_not_walked_over(readers):
    held, leased, free = announced(Severity.P1), announced(Severity.P2), announced(Severity.P3)
    pause(announcement=held)
    leased.deliveries.update(visible_at=Now() + Value(ledger.LEASE), state="sending", attempts=F("attempts") + 1)
    heads = pauses.due_heads(Channel.EMAIL)
    assert most_rows_touched(heads) < 20
    assert [head.announcement for head in heads] == [free]
    line = Delivery.objects.due().line("email", 3, free.pk).order_by("visible_at")
    assert most_rows_touched(line[:10]) < 50
    assert claimed(10) == [free.pk] * 10
