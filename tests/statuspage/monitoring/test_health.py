from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from incidents.models import Announcement
from statuspage import __version__
from subscribers.delivery import breakers, fanout, pauses
from subscribers.models import Delivery
from tests.factories import a_subscriber, an_open_incident
from tests.servers import free_port


@pytest.fixture
def no_database(django_db_setup, django_db_blocker):
    """Nobody listens where the database should be."""
    settings = connection.settings_dict
    before = settings["PORT"]
    with django_db_blocker.unblock():
        connection.close()
        settings["PORT"] = free_port()
        yield
        connection.close()
        settings["PORT"] = before


def test_a_process_that_lives_says_so_without_the_database(client, no_database):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_nothing_is_due_on_a_quiet_site(client):
    assert client.get("/readyz").json() == {
        "version": __version__,
        "database": "ok",
        "oldest_due_seconds": 0,
        "pauses": 0,
        "sending": "open",
        "providers_down": [],
        "providers_refusing": [],
        "channels_not_offered": [],
        "incoming_messages_open": 0,
    }


@pytest.mark.django_db
def test_the_age_of_the_oldest_due_notice_is_told(client):
    update = an_open_incident()
    now = timezone.now()
    for waited in (timedelta(minutes=1), timedelta(minutes=5), -timedelta(hours=1)):
        Delivery.objects.create(
            announcement=update.announcement, subscriber=a_subscriber(), channel="email", visible_at=now - waited
        )
    assert 300 <= client.get("/readyz").json()["oldest_due_seconds"] < 400


@pytest.mark.django_db
def test_what_is_announced_is_late_though_nobody_has_listed_its_readers(client):
    announcement = an_open_incident().announcement
    Announcement.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    assert 300 <= client.get("/readyz").json()["oldest_due_seconds"] < 400
    fanout.expand(announcement)
    assert client.get("/readyz").json()["oldest_due_seconds"] < 300


@pytest.mark.django_db
def test_what_is_stopped_is_not_late_and_the_stop_is_told(client):
    a_subscriber()
    fanout.expand(an_open_incident().announcement)
    Delivery.objects.update(visible_at=timezone.now() - timedelta(minutes=5))
    pauses.pause(channel="email", reason="Twice.", by=None, at=timezone.now())
    answer = client.get("/readyz").json()
    assert (answer["oldest_due_seconds"], answer["pauses"]) == (0, 1)


@pytest.mark.django_db
def test_a_provider_that_is_down_is_named_and_takes_nobody_from_the_load_balancer(client):
    breakers.trip("sms", "503 Service Unavailable")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["providers_down"]) == (200, ["sms"])
    assert answer.json()["providers_refusing"] == []


@pytest.mark.django_db
def test_a_provider_that_refuses_us_is_named_without_its_words(client):
    breakers.trip("email", "535 5.7.8 bad password for acme:hunter2", is_refusal=True)
    answer = client.get("/readyz")
    assert (answer.json()["providers_down"], answer.json()["providers_refusing"]) == (["email"], ["email"])
    assert "hunter2" not in answer.text


def test_without_the_database_it_is_not_ready_and_says_nothing_of_the_inside(client, no_database):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "unreachable"}


@pytest.mark.django_db  # the words of a refusal are in the site's looks
def test_health_takes_no_post(client):
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405
