"""What is so of an incident is put right in one act: page and uptime follow, the audit keeps what was there before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from incidents.actions import catalogue, publishing
from incidents.actions.facts import Edited, Spell, change, facts_of, proposed
from incidents.enums import ComponentStatus, Impact, Severity
from incidents.models import Announcement, AuditEvent, Component, IncidentType, Site, StatusChange
from incidents.page import incident as incident_page
from incidents.page import overview, statuspage_v2
from tests.factories import a_component, a_user, an_open_incident

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DEGRADED, PARTIAL, MAJOR = list(ComponentStatus)[2:]


def minute(number):
    return NOON + timedelta(minutes=number)


@pytest.fixture
def payments():
    return a_component("Payments", start_date=NOON.date())


@pytest.fixture
def incident(payments):
    return an_open_incident(payments, at=NOON).incident


@pytest.fixture
def over(incident):
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=minute(60))
    incident.refresh_from_db()
    return incident


def edit(incident, at=90, by=None, **values):
    incident.refresh_from_db()
    before = facts_of(incident)
    return change(incident=incident, facts=replace(before, **values), seen=before.marker, by=by, at=minute(at))


def timeline():
    return [((one.at - NOON) // timedelta(minutes=1), one.status) for one in StatusChange.objects.all()]


def refusal(incident, **values):
    before = Site.load().page_version, timeline(), AuditEvent.objects.count()
    with pytest.raises(ValidationError) as refused:
        edit(incident, **values)
    assert (Site.load().page_version, timeline(), AuditEvent.objects.count()) == before
    return refused.value.message_dict


def test_begin_and_end_are_put_right_and_its_components_go_along(over):
    assert edit(over, started_at=minute(-20), resolved_at=minute(45)) == ["started_at", "resolved_at", "spells"]
    assert timeline() == [(-20, PARTIAL), (45, "operational")]
    story = incident_page.build(over.public_id, at=minute(95)).story
    assert (story.started_at, story.ended_at, story.lasted) == (minute(-20), minute(45), timedelta(minutes=65))
    [told] = statuspage_v2.incidents()["incidents"]
    assert (told["started_at"][:16], told["resolved_at"][:16]) == ("2026-11-21T11:40", "2026-11-21T12:45")


def test_nothing_is_announced_and_the_page_says_that_it_was_corrected(over):
    before, version = Announcement.objects.count(), Site.load().page_version
    edit(over, title="All card payments failed")
    assert Announcement.objects.count() == before
    assert Site.load().page_version > version
    story = incident_page.build(over.public_id, at=minute(95)).story
    assert (story.title, story.corrected_at) == ("All card payments failed", minute(90))
    assert over.announcements.first().title == "Card payments fail"  # what was said then


def test_what_is_for_ourselves_moves_nothing_that_the_public_reads(over):
    version = Site.load().page_version
    owner, release = a_user("owner", is_superuser=True), IncidentType.objects.get(name="Release")
    edit(over, severity=Severity.P1, type=release, owner=owner, detected_at=minute(-5), mitigated_at=minute(30))
    over.refresh_from_db()
    assert (over.severity, over.type, over.owner, over.corrected_at) == ("P1", release, owner, None)
    assert Site.load().page_version == version


def test_before_and_after_stand_in_the_audit(over):
    lead = a_user("lead")
    edit(over, by=lead, impact=Impact.CRITICAL, title="Payments are down")
    event = AuditEvent.objects.get(action="changed incident")
    assert (event.by, event.subject_id) == (lead, over.public_id)
    assert event.detail == {"title": ["Card payments fail", "Payments are down"], "impact": ["major", "critical"]}


def test_nothing_changed_writes_nothing(over):
    version = Site.load().page_version
    assert edit(over) == []
    assert Site.load().page_version == version
    assert not AuditEvent.objects.filter(action="changed incident").exists()


def test_a_component_has_times_and_states_of_its_own(over, payments):
    search = a_component("Search", start_date=NOON.date())
    spells = (
        Spell(payments, DEGRADED, NOON, minute(10)),
        Spell(payments, MAJOR, minute(10), minute(30)),
        Spell(search, PARTIAL, minute(20), minute(60)),
    )
    edit(over, spells=spells)
    moves = StatusChange.objects.filter(component=payments).values_list("status", flat=True)
    assert list(moves) == [DEGRADED, MAJOR, "operational"]
    assert [(one.name, one.status) for one in incident_page.build(over.public_id, at=minute(95)).story.affected] == [
        ("Payments", MAJOR),
        ("Search", PARTIAL),
    ]


def test_a_component_that_was_named_wrongly_leaves_no_trace(over, payments):
    edit(over, spells=())
    assert timeline() == []
    assert not over.affected.exists()


def test_of_an_open_incident_the_state_now_follows_too(incident, payments):
    search = a_component("Search", start_date=NOON.date())
    edit(incident, spells=(Spell(payments, PARTIAL, NOON, minute(30)), Spell(search, MAJOR, minute(5), None)))
    assert {row.name: row.status for row in Component.objects.all()} == {"Payments": "operational", "Search": MAJOR}
    page = overview.build(at=minute(95))
    assert [part.name for part in page.groups[0].in_trouble] == ["Search"]
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=minute(100))
    assert [spell.ended_at for spell in facts_of(incident).spells] == [minute(30), minute(100)]
    assert Component.objects.get(name="Search").status == "operational"


def test_what_others_say_of_a_component_stays(incident, payments):
    an_open_incident(payments, status=DEGRADED, at=minute(30))
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=minute(60))
    edit(incident, resolved_at=minute(50))
    assert timeline() == [(0, PARTIAL), (50, DEGRADED)]


def test_a_hidden_incident_is_put_right_without_a_trace(over):
    catalogue.set_visibility(incident=over, is_public=False, by=None, at=minute(61))
    edit(over, started_at=minute(-20))
    assert timeline() == []


def test_two_who_edit_at_once_lose_nothing(over):
    seen = facts_of(over)
    edit(over, title="Theirs")
    with pytest.raises(Edited) as conflict:
        change(incident=over, facts=replace(seen, title="Mine"), seen=seen.marker, by=None, at=minute(91))
    assert conflict.value.now.title == "Theirs"
    over.refresh_from_db()
    assert over.title == "Theirs"
    change(incident=over, facts=replace(seen, title="Mine"), seen=conflict.value.now.marker, by=None, at=minute(92))


def test_the_same_change_twice_is_one(over):
    before = facts_of(over)
    mine = replace(before, title="Mine")
    for _ in range(2):
        change(incident=over, facts=mine, seen=before.marker, by=None, at=minute(91))
    assert AuditEvent.objects.filter(action="changed incident").count() == 1


def test_an_end_before_the_begin_is_refused(over):
    assert "ended before it began" in refusal(over, resolved_at=minute(-1))["resolved_at"][0]


@pytest.mark.parametrize("name", ["started_at", "detected_at", "declared_at", "acknowledged_at", "mitigated_at"])
def test_the_future_is_refused(incident, name):
    assert refusal(incident, **{name: minute(91)})[name] == ["This is in the future."]


def test_the_end_of_what_is_open_and_no_end_of_what_is_over_are_refused(incident):
    assert "publish its end" in refusal(incident, resolved_at=minute(80))["resolved_at"][0]
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=minute(60))
    assert "say when" in refusal(incident, resolved_at=None)["resolved_at"][0]


@pytest.mark.parametrize("title", ["", " ", "x" * 300, "two\nlines", "\u202e"])
def test_a_title_that_could_not_be_published_is_refused(over, title):
    assert refusal(over, title=title)["title"]


@pytest.mark.parametrize(
    ("begin", "end", "status", "words"),
    [
        (30, 20, PARTIAL, "ends before it begins"),
        (30, 30, PARTIAL, "ends before it begins"),
        (10, 20, ComponentStatus.OPERATIONAL, "choose the state"),
        (-10, 20, PARTIAL, "begins before the incident did"),
        (10, 70, PARTIAL, "ends after the incident did"),
        (10, None, PARTIAL, "say when this ended"),
    ],
)
def test_times_of_a_component_that_cannot_be_are_refused(over, payments, begin, end, status, words):
    spell = Spell(payments, status, minute(begin), None if end is None else minute(end))
    assert words in refusal(over, spells=(spell,))["spells"][0]


def test_a_component_cannot_have_been_in_trouble_before_it_existed(over, payments):
    spell = Spell(payments, PARTIAL, NOON - timedelta(days=2), minute(60))
    said = refusal(over, started_at=NOON - timedelta(days=3), spells=(spell,))["spells"]
    assert "before the component existed" in said[0]


def test_two_times_of_one_component_do_not_overlap(over, payments):
    spells = (Spell(payments, PARTIAL, NOON, minute(30)), Spell(payments, MAJOR, minute(20), minute(40)))
    assert "two of its times overlap" in refusal(over, spells=spells)["spells"][0]


def test_times_that_nobody_said_are_proposed_from_what_happened(incident):
    assert proposed(incident) == {"detected_at": NOON, "acknowledged_at": NOON}
    publishing.post_update(incident=incident, status="monitoring", body="Better.", by=None, at=minute(40))
    publishing.post_update(incident=incident, status="resolved", body="Over.", by=None, at=minute(60))
    incident.refresh_from_db()
    assert proposed(incident)["mitigated_at"] == minute(40)
    edit(incident, detected_at=minute(-3))
    incident.refresh_from_db()
    assert "detected_at" not in proposed(incident)


def test_whoever_may_not_publish_owns_nothing(over):
    assert "may not publish" in refusal(over, owner=a_user("clerk"))["owner"][0]
