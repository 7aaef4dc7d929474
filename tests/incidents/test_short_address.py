"""The short address of an incident, as an SMS carries it."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents.actions import catalogue, publishing
from incidents.models import Incident
from statuspage.edge.internal_get import is_public
from subscribers import links
from tests.factories import a_subscriber, an_open_incident

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def incident():
    return an_open_incident(title="Cards fail", body="We look.").incident


def named(incident, public_id) -> Incident:
    Incident.all_kinds.filter(pk=incident.pk).update(public_id=public_id)
    incident.refresh_from_db()
    return incident


def short(incident) -> str:
    return reverse("incident-short", args=[incident.short_code])


def test_it_is_eight_characters_below_a_path_of_one(incident, settings):
    assert short(incident) == f"/s/{incident.public_id[:8]}/"
    assert incident.get_short_url() == settings.SITE_URL + short(incident)


def test_it_shows_the_incident_and_says_how_to_end_the_sms(client, incident):
    page = client.get(short(incident)).text
    assert "Cards fail" in page
    assert f'<link rel="canonical" href="http://status.example.test{incident.get_absolute_url()}">' in page
    assert "reply STOP" in page
    assert f'href="{reverse("subscribers:subscribe")}"' in page


def test_the_page_itself_names_its_short_address_and_speaks_of_no_sms(client, incident):
    page = client.get(incident.get_absolute_url()).text
    assert f'<link rel="shortlink" href="{incident.get_short_url()}">' in page
    assert "reply STOP" not in page


def test_it_is_the_same_for_everybody_so_the_edge_keeps_it(client, incident):
    assert is_public(short(incident))
    assert "public" in client.get(short(incident))["Cache-Control"]
    assert client.post(short(incident)).status_code == 405


def test_it_follows_the_incident(client, incident):
    publishing.post_update(incident=incident, status="resolved", body="All is well.", by=None, at=timezone.now())
    assert "All is well." in client.get(short(incident)).text


def test_a_hidden_incident_has_none(client, incident):
    catalogue.set_visibility(incident=incident, is_public=False, by=None, at=AT)
    assert client.get(short(incident)).status_code == 404


def test_of_two_that_begin_alike_the_later_is_named_in_full(client, incident):
    named(incident, "bbbbbbbb0000")
    later = named(an_open_incident(title="Search is slow").incident, "bbbbbbbb1111")
    assert (incident.short_code, later.short_code) == ("bbbbbbbb", "bbbbbbbb1111")
    assert "Cards fail" in client.get(short(incident)).text
    assert "Search is slow" in client.get(short(later)).text


def test_an_address_that_was_sent_never_comes_to_mean_another_incident(client, incident):
    named(incident, "bbbbbbbb0000")
    named(an_open_incident(title="Search is slow").incident, "bbbbbbbb1111")
    catalogue.set_visibility(incident=incident, is_public=False, by=None, at=AT)
    assert client.get("/s/bbbbbbbb/").status_code == 404


@pytest.mark.parametrize(
    "code", ["bbbbbbb", "bbbbbbbbb", "BBBBBBBB", "aaaaaaaa", "bbbbbbbb%", "_bbbbbbb", "bbbbbbb%2F"]
)
def test_nothing_else_is_a_code(client, incident, code):
    named(incident, "bbbbbbbb0000")
    answer = client.get(f"/s/{code}/")
    assert "Cards fail" not in answer.text
    assert answer.status_code in (302, 404)


def test_no_token_is_taken_for_a_code(client, incident):
    for subscriber in (a_subscriber(), a_subscriber(pk=10**12)):
        token = links.subscription_token(subscriber)
        answer = client.get(f"/s/{token}/")
        assert answer["Location"] == reverse("subscribers:manage", args=[token])


@pytest.mark.parametrize("text", ["//evil.example", "https:evil.example", "x@evil.example", "evil.example%2F.."])
def test_it_redirects_to_nobody_else(client, text):
    answer = client.get(f"/s/{text}/")
    assert answer.get("Location", "/subscription/").startswith("/subscription/")
