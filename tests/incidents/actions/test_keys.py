"""One key publishes once; under the same key nothing different is dropped."""

import inspect
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from incidents.actions import merging, publishing, recalling, scheduling, splitting
from incidents.actions.errors import KeyReused
from incidents.actions.recurrence import Recurrence
from incidents.enums import Act
from incidents.models import Announcement, IncidentTemplate, IncidentType, IncidentUpdate
from tests.factories import a_component, a_user, an_open_incident

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
# Of the attempt: a retry comes later, perhaps from a colleague, who has read what is there now.
NOT_SAID = {"by", "at", "request_key", "seen"}


def a_recalled_one() -> Announcement:
    announcement = an_open_incident(title="Wrong").announcement
    recalling.recall(announcement=announcement, reason="Wrong.", by=None, at=NOON)
    return announcement


def opening() -> tuple[dict, dict]:
    asked = {
        "title": "T",
        "severity": "P2",
        "body": "B",
        "status": "investigating",
        "impact": "major",
        "components": {a_component("C"): "degraded_performance"},
        "next_update_at": LATER,
    }
    other = {
        "title": "U",
        "severity": "P1",
        "body": "C",
        "status": "identified",
        "impact": "minor",
        "components": {a_component("D"): "degraded_performance"},
        "next_update_at": LATER + timedelta(minutes=1),
        "template": IncidentTemplate.objects.create(name="N", title="T", severity="P2"),
        "type": IncidentType.objects.create(name="Mail"),
        "owner": a_user(is_superuser=True),
        "is_public": False,
        "corrects": a_recalled_one(),
        "display_at": NOON,
        "tells": False,
        "is_late": True,
        "act": Act.MAKE_PUBLIC,
    }
    return asked, other


def updating() -> tuple[dict, dict]:
    component = a_component("C")
    incident = an_open_incident(at=NOON).incident
    asked = {
        "incident": incident,
        "status": "identified",
        "body": "B",
        "components": {component: "major_outage"},
        "next_update_at": LATER,
    }
    other = {
        "incident": an_open_incident(at=NOON).incident,
        "status": "mitigating",
        "body": "C",
        "components": {component: "partial_outage"},
        "next_update_at": None,
        "corrects": a_recalled_one(),
        "display_at": NOON,
        "tells": False,
        "is_late": True,
        "act": Act.MAKE_PUBLIC,
    }
    return asked, other


def planning() -> tuple[dict, dict]:
    asked = {
        "title": "T",
        "body": "B",
        "components": [a_component("C")],
        "scheduled_for": LATER,
        "scheduled_until": LATER + timedelta(hours=1),
    }
    other = {
        "title": "U",
        "body": "C",
        "components": [],
        "scheduled_for": LATER + timedelta(minutes=1),
        "scheduled_until": LATER + timedelta(hours=2),
        "is_public": False,
        "recurs": Recurrence.of_window(LATER, LATER + timedelta(hours=1), UTC, "FREQ=WEEKLY"),
        "zone": "Europe/Berlin",
        "begins_itself": False,
        "ends_itself": False,
        "tells_begin": False,
        "tells_end": False,
    }
    return asked, other


def moving() -> tuple[dict, dict]:
    plan = {"title": "T", "body": "B", "scheduled_for": LATER, "scheduled_until": LATER + timedelta(hours=1)}
    works = [scheduling.schedule_maintenance(**plan, components=[], by=None, at=NOON).incident for _ in range(2)]
    window = LATER, LATER + timedelta(hours=2)
    asked = {"maintenance": works[0], "act": Act.MOVE, "window": window}
    other = {
        "maintenance": works[1],
        "act": Act.CANCEL,
        "window": (LATER, LATER + timedelta(hours=3)),
        "body": "C",
        "components": {a_component("C"): "under_maintenance"},
        "tells": False,
    }
    return asked, other


def merging_two() -> tuple[dict, dict]:
    incident, into = (an_open_incident(a_component()).incident for _ in range(2))
    asked = {"incident": incident, "into": into, "body": "B", "next_update_at": LATER}
    other = {
        "incident": an_open_incident(a_component()).incident,
        "into": an_open_incident(a_component()).incident,
        "body": "C",
        "next_update_at": None,
    }
    return asked, other


def splitting_one() -> tuple[dict, dict]:
    parts = [a_component() for _ in range(3)]
    asked = {
        "incident": an_open_incident(*parts).incident,
        "components": parts[:1],
        "title": "T",
        "severity": "P2",
        "body": "B",
        "status": "investigating",
        "impact": "major",
        "next_update_at": LATER,
    }
    other = {
        "incident": an_open_incident(*parts).incident,
        "components": parts[1:2],
        "title": "U",
        "severity": "P1",
        "body": "C",
        "status": "mitigating",
        "impact": "minor",
        "next_update_at": None,
    }
    return asked, other


ACTIONS = [
    (publishing.open_incident, opening),
    (publishing.post_update, updating),
    (scheduling.schedule_maintenance, planning),
    (scheduling.act_on, moving),
    (merging.merge, merging_two),
    (splitting.split_off, splitting_one),
]


def parameters(action) -> set[str]:
    found = inspect.signature(action).parameters
    named = {name for name, one in found.items() if one.kind != inspect.Parameter.VAR_KEYWORD}
    unpacked = (one.annotation.__args__[0] for name, one in found.items() if name not in named)
    return named.union(*(one.__annotations__ for one in unpacked)) - NOT_SAID


@pytest.mark.django_db
@pytest.mark.parametrize(("action", "values"), ACTIONS)
def test_a_retry_writes_nothing_though_it_comes_later_and_from_a_colleague(action, values):
    asked, _ = values()
    first = action(**asked, by=None, at=NOON, request_key="k")
    assert action(**asked, by=a_user(), at=NOON + timedelta(minutes=1), request_key="k") == first


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "values", "name"),
    [(action, values, name) for action, values in ACTIONS for name in sorted(parameters(action))],
)
def test_whatever_else_is_asked_for_under_the_same_key_is_refused(action, values, name):
    asked, other = values()
    action(**asked, by=None, at=NOON, request_key="k")
    before = IncidentUpdate.objects.count()
    with pytest.raises(KeyReused):
        action(**asked | {name: other[name]}, by=None, at=NOON, request_key="k")
    assert IncidentUpdate.objects.count() == before


@pytest.mark.django_db
def test_the_same_moment_in_another_zone_is_the_same():
    asked, _ = opening()
    first = publishing.open_incident(**asked, by=None, at=NOON, request_key="k")
    elsewhere = asked | {"next_update_at": LATER.astimezone()}
    assert publishing.open_incident(**elsewhere, by=None, at=NOON, request_key="k") == first


@pytest.mark.django_db
def test_a_key_used_under_an_older_rule_publishes_nothing_again():
    asked, _ = opening()
    publishing.open_incident(**asked, by=None, at=NOON, request_key="k")
    IncidentUpdate.objects.update(request_digest="0" * 64)
    with pytest.raises(KeyReused):
        publishing.open_incident(**asked, by=None, at=NOON, request_key="k")


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_with_one_key_are_one_announcement():
    asked, _ = opening()
    before = Announcement.objects.count()

    def publish(_):
        try:
            return publishing.open_incident(**asked, by=None, at=NOON, request_key="k").pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        published = set(pool.map(publish, range(50)))
    assert len(published) == 1
    assert Announcement.objects.count() == before + 1
