"""What a pasted address shows in a chat."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from incidents.actions import publishing
from incidents.enums import ComponentStatus
from statuspage.lib.picture import recognise
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db


def card(client, path) -> dict:
    return dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', client.get(path).content.decode()))


def test_the_page_shows_its_sentence(client):
    a_component()
    assert card(client, "/") == {
        "image": "http://status.example.test/static/img/card-operational.png",
        "site_name": "Status",
        "title": "Everything works.",
        "url": "http://status.example.test/",
    }


def test_an_incident_shows_its_state_and_its_latest_words_as_plain_text(client):
    incident = an_open_incident(title='Card "payments" fail', body='**We** look *into* <it> & "more". ' * 20).incident
    shown = card(client, incident.get_absolute_url())
    assert shown["title"] == "Investigating: Card &quot;payments&quot; fail"
    assert shown["url"] == incident.get_public_url()
    assert shown["description"].startswith("We look into &lt;it&gt; &amp; &quot;more&quot;. We look")
    assert shown["description"].endswith("…")
    assert shown["image"].endswith("/card-partial_outage.png")


def test_what_is_over_claims_nothing_of_the_whole(client):
    incident = an_open_incident().incident
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=timezone.now())
    assert card(client, incident.get_absolute_url())["image"].endswith("/card-none.png")


def test_every_state_has_its_picture():
    for state in ("none", *ComponentStatus):
        content = Path(finders.find(f"img/card-{state}.png")).read_bytes()
        assert len(content) < 30_000
        assert recognise(content) == ("image/png", 1200, 630)
