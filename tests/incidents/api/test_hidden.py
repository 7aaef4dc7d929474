"""S10 and S31: what is hidden appears in no answer for programs, and no text breaks out of one."""

import json
from datetime import UTC, datetime, timedelta
from xml.dom import minidom

import icalendar
import pytest
from django.urls import get_resolver, reverse

from incidents.actions import scheduling
from incidents.api import urls
from incidents.enums import ComponentStatus
from incidents.models import Component, ComponentGroup, Incident
from tests.factories import a_component, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CANARY = "Canary"
OPEN_ADDRESSES = [entry.name for entry in urls.urlpatterns if entry.name and "public_id" not in str(entry.pattern)]
PAGES = ["page", "history"]
OF_A_COMPONENT = [entry.name for entry in urls.urlpatterns if entry.name and "public_id" in str(entry.pattern)]


def a_maintenance(*components, **kwargs):
    return scheduling.schedule_maintenance(
        body=kwargs.pop("body", "We work."),
        components=components,
        scheduled_for=NOON + timedelta(days=1),
        scheduled_until=NOON + timedelta(days=2),
        by=None,
        at=NOON,
        **kwargs,
    ).incident


@pytest.fixture
def hidden():
    """Canaries in every kind of place, beside a public incident that touches a component hidden since."""
    group = ComponentGroup.objects.create(name=f"{CANARY} group", description=f"{CANARY} words")
    secret = a_component(f"{CANARY} component", description=f"{CANARY} words", group=group)
    shown = a_component("Payments")
    an_open_incident(shown, secret, title="Payments fail", at=NOON)
    a_maintenance(shown, secret, title="Move")
    an_open_incident(
        shown, secret, title=f"{CANARY} title", body=f"{CANARY} body", is_public=False, at=NOON,
        status=ComponentStatus.PARTIAL_OUTAGE,
    )  # fmt: skip
    a_maintenance(shown, title=f"{CANARY} work", body=f"{CANARY} body", is_public=False)
    Component.objects.filter(pk=secret.pk).update(is_public=False, status=ComponentStatus.MAJOR_OUTAGE)
    hidden_rows = Incident.all_kinds.filter(is_public=False)
    ids = [secret.public_id, group.public_id, *hidden_rows.values_list("public_id", flat=True)]
    return [CANARY, *ids]


@pytest.mark.parametrize("name", OPEN_ADDRESSES + PAGES)
def test_no_canary_sings(name, hidden, client):
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    said = answer.content.decode().replace("\r\n ", "")
    assert [canary for canary in hidden if canary in said] == []


@pytest.mark.parametrize("name", OF_A_COMPONENT)
def test_a_hidden_component_is_as_unknown_as_one_that_never_was(name, hidden, client):
    secret = Component.objects.get(is_public=False)
    assert client.get(reverse(name, args=[secret.public_id])).status_code == 404
    assert client.get(reverse(name, args=["0123456789bc"])).status_code == 404
    shown = client.get(reverse(name, args=[Component.objects.get(is_public=True).public_id]))
    assert shown.status_code == 200
    assert [canary for canary in hidden if canary in shown.content.decode()] == []


def test_a_hidden_component_does_not_move_the_state_of_the_whole(hidden, client):
    assert client.get("/api/v2/status.json").json()["status"]["description"] == "Minor Service Outage"
    assert "Partial outage" in client.get("/badge.svg").content.decode()


@pytest.mark.parametrize("name", OPEN_ADDRESSES)
def test_every_answer_for_programs_is_public_and_cacheable(name, client):
    answer = client.get(reverse(name))
    assert answer["Cache-Control"] == "public, max-age=10, stale-while-revalidate=60, stale-if-error=86400"
    assert client.get(reverse(name), headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert client.post(reverse(name)).status_code == 405
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


HOSTILE = "a\x0bb\x1f\x7f ]]> </script><!-- & \u2028 \ufffe \"quoted\" 'so', \\; end"


@pytest.mark.parametrize("name", OPEN_ADDRESSES)
def test_hostile_text_planted_in_the_database_stays_text(name, client):
    """Validation refuses it, so it is planted: a row may be older than the rule."""
    component = a_component()
    an_open_incident(component, at=NOON)
    maintenance = a_maintenance(component, title="Move")
    Component.objects.update(name=HOSTILE, description=HOSTILE)
    Incident.all_kinds.update(title=HOSTILE)
    maintenance.updates.update(body=HOSTILE)
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    kind = answer["Content-Type"]
    if "calendar" in kind:
        (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
        assert "\x0b" not in event["summary"]
    if "xml" in kind:
        minidom.parseString(answer.content)
    if "json" in kind:
        json.loads(answer.content)
    if "xml" in kind or "json" in kind:
        assert b"</script>" not in answer.content
        assert b"]]>" not in answer.content


@pytest.mark.parametrize("name", OF_A_COMPONENT)
def test_hostile_names_of_a_component_stay_text(name, client):
    component = a_component()
    Component.objects.update(name=HOSTILE)
    answer = client.get(reverse(name, args=[component.public_id]))
    json.loads(answer.content) if "json" in answer["Content-Type"] else minidom.parseString(answer.content)
    assert b"</script>" not in answer.content


def test_every_address_for_programs_stands_at_the_host_root():
    names = {entry.name for entry in get_resolver("incidents.urls").url_patterns if hasattr(entry, "name")}
    assert not names & set(OPEN_ADDRESSES)
    assert len(OPEN_ADDRESSES) == 19
