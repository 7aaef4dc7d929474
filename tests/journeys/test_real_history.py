"""A real page's whole past, and a live incident on top of it: 399 incidents, 1,000 readers, every part real."""

import random

import feedparser
import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from incidents.models import Incident
from subscribers.enums import DeliveryState
from subscribers.models import Delivery, Subscriber
from tests.invariants import violations
from tests.journeys.publishing import publish
from tests.processes import wait_until
from tests.shared_data import HISTORY, needed

pytestmark = pytest.mark.django_db(transaction=True)
READERS = 1_000


@pytest.fixture
def history():
    call_command("import_history", needed(HISTORY), "--create-components", verbosity=0)
    assert not Delivery.objects.exists()


@pytest.fixture
def readers():
    now = timezone.now()
    Subscriber.objects.bulk_create(
        Subscriber(channel="email", address=f"reader{number}@example.test", confirmed_at=now)
        for number in range(READERS)
    )


def test_a_real_past_is_served_and_a_live_incident_on_top_reaches_everybody_once(history, stack, readers):
    stack.worker()
    announcement = publish()
    wait_until(lambda: announcement.deliveries.filter(state=DeliveryState.SENT).count() == READERS)
    assert violations(announcement, stack.smtp.journal, stack.sms.journal) == []
    assert len(stack.smtp.journal) == READERS
    assert len({entry["id"] for entry in stack.smtp.journal.entries()}) == READERS

    client = Client()
    assert announcement.title in client.get("/").text
    for incident in ten_of(Incident.all_kinds.exclude(source_id=None)):
        page = client.get(incident.get_absolute_url())
        assert page.status_code == 200
        assert page.text.count('class="update') >= incident.updates.count()
    for path in ("/history.rss", "/history.atom"):
        feed = feedparser.parse(client.get(path).content)
        assert (feed.bozo, len(feed.entries)) == (False, 25)
        assert announcement.title in feed.entries[0].title
    assert months_back_from(client, "/history/2024-12/") == 34


def months_back_from(client, path: str) -> int:
    """How many pages lie behind "the month before" from `path` on, itself included."""
    months = 0
    while path:
        page = client.get(path)
        assert page.status_code == 200
        months, path = months + 1, earlier(page.text)
    return months


def earlier(html: str) -> str:
    """The address behind rel=prev."""
    _, found, rest = html.partition('rel="prev"')
    return rest.partition('href="')[2].partition('"')[0] if found else ""


def ten_of(incidents) -> list[Incident]:
    return random.Random(399).sample(list(incidents), 10)
