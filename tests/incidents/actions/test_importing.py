import io
import json
from datetime import UTC, datetime

import pytest

from incidents.actions.importing import MAX_LINE_BYTES, import_history
from incidents.models import (
    Announcement,
    AuditEvent,
    Component,
    ComponentGroup,
    Incident,
    Maintenance,
    Site,
    StatusChange,
)
from tests.factories import an_open_incident

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def a_line(**changes) -> dict:
    line = {
        "id": "9632825",
        "title": "Incident with Codespaces",
        "url": "https://old.example.test/incidents/5jfkz8q1mlql",
        "started_at": "2022-03-26T01:43:00Z",
        "resolved_at": "2022-03-26T03:35:00Z",
        "impact": "minor",
        "components": ["Codespaces"],
        "updates": [
            {"at": "2022-03-26T01:43:00Z", "status": "Investigating", "message": "We are investigating."},
            {"at": "2022-03-26T02:20:00Z", "status": "Update", "message": "It is a region."},
            {"at": "2022-03-26T03:35:00Z", "status": "Resolved", "message": "It is over."},
        ],
    }
    return {key: value for key, value in (line | changes).items() if value is not None}


def an_update(**changes) -> dict:
    return {"at": "2022-03-26T01:43:00Z", "status": "Resolved", "message": "Over."} | changes


def load(*lines, create_components=True, dry_run=False):
    encoded = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    how = {"create_components": create_components, "dry_run": dry_run}
    return import_history(io.BytesIO(b"\n".join(encoded)), name="test.jsonl", by=None, at=NOW, **how)


def test_a_line_becomes_an_incident_at_its_old_address():
    assert load(a_line()).imported == 1
    incident = Incident.objects.get(public_id="5jfkz8q1mlql")
    assert (incident.title, incident.status, incident.severity) == ("Incident with Codespaces", "resolved", "P3")
    assert incident.resolved_at == datetime(2022, 3, 26, 3, 35, tzinfo=UTC)
    assert [update.status for update in incident.updates.order_by("id")] == [
        "investigating",
        "investigating",
        "resolved",
    ]
    assert StatusChange.objects.count() == 2
    assert Component.objects.get().status == "operational"


def test_nothing_is_announced_and_the_page_moves_once():
    before = Site.load().page_version
    load(a_line(), a_line(id="2", url="/5jfkz8q1mlq2"))
    assert not Announcement.objects.exists()
    assert Site.load().page_version == before + 1
    assert AuditEvent.objects.get().detail == {"file": "test.jsonl", "imported": 2, "refused": 0}


def test_a_maintenance_gets_its_window_from_its_timeline():
    updates = [
        an_update(status="Scheduled", at="2022-03-25T17:35:00Z"),
        an_update(status="Update", at="2022-03-25T18:00:00Z"),
        an_update(status="In progress", at="2022-03-26T01:43:00Z"),
        an_update(status="Update", at="2022-03-26T02:00:00Z"),
        an_update(status="Completed", at="2022-03-26T03:00:00Z"),
    ]
    load(a_line(impact="maintenance", updates=updates, started_at="2022-03-25T17:35:00Z"))
    maintenance = Maintenance.objects.get()
    assert maintenance.status == "completed"
    assert (maintenance.scheduled_for.hour, maintenance.scheduled_until.hour) == (1, 3)
    assert [update.status for update in maintenance.updates.order_by("id")] == [
        "scheduled",
        "scheduled",
        "in_progress",
        "in_progress",
        "completed",
    ]


@pytest.mark.parametrize(
    ("impact", "status"),
    [("minor", "degraded_performance"), ("major", "partial_outage"), ("critical", "major_outage")],
)
def test_the_impact_decides_what_is_said_of_the_components(impact, status):
    load(a_line(impact=impact))
    assert Incident.objects.get().affected.get().status == status


def test_updates_out_of_order_are_put_in_order():
    updates = a_line()["updates"]
    load(a_line(updates=[updates[2], updates[0], updates[1]]))
    assert [update.body for update in Incident.objects.get().updates.order_by("id")] == [
        "We are investigating.",
        "It is a region.",
        "It is over.",
    ]


def test_a_component_named_twice_counts_once_and_none_is_fine():
    tally = load(a_line(components=["Pages", "Pages"]), a_line(id="2", url="/5jfkz8q1mlq2", components=None))
    assert tally.imported == 2
    assert Component.objects.count() == 1


BROKEN = {
    b'{"id": ': "not JSON",
    b"[1]": "not a JSON object",
    b"[" * 100_000: "not sensible JSON",
    b"1" * 5_000: "not sensible JSON",
    b"\xff\xfe": "not UTF-8",
    b"{" + b" " * MAX_LINE_BYTES + b"}": "longer than",
}


@pytest.mark.parametrize(("line", "reason"), list(BROKEN.items()), ids=list(BROKEN.values()))
def test_a_line_that_is_no_object_is_refused(line, reason):
    assert_refused(line, reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "id is missing"),
        ({"id": True}, "id is not text"),
        ({"id": "x" * 65}, "id has 65 characters, 64 are possible"),
        ({"title": None}, "title is missing"),
        ({"title": 5}, "title is not text"),
        ({"title": " "}, "title is empty"),
        ({"title": "a\x0bb"}, "invisible character U+000B"),
        ({"title": "a\ud800b"}, "invisible character U+D800"),
        ({"title": "x" * 256}, "title has 256 characters"),
        ({"url": "https://old.example.test/incidents/short"}, "12-character id, but in 'short'"),
        ({"url": "https://old.example.test/incidents/AAAAAAAAAAAA"}, "12-character id"),
        ({"impact": None}, "impact is missing"),
        ({"impact": "huge"}, "impact 'huge' is unknown"),
        ({"impact": ["minor"]}, "is unknown"),
        ({"started_at": "yesterday"}, "started_at 'yesterday' is not a time"),
        ({"started_at": 5}, "started_at 5 is not a time"),
        ({"started_at": "2022-13-01T00:00:00Z"}, "is not a time"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "is not a time"),
        ({"started_at": "2022-03-26T01:43:00"}, "names no time zone"),
        ({"resolved_at": None}, "resolved_at is missing"),
        ({"resolved_at": "2022-03-25T00:00:00Z"}, "resolved_at 2022-03-25T00:00:00Z is before started_at"),
        ({"resolved_at": "2031-01-01T00:00:00Z"}, "is in the future"),
        ({"downtime_start": "2022-03-27T00:00:00Z", "downtime_end": "2022-03-26T00:00:00Z"}, "is before"),
        ({"components": "Pages"}, "components is not a list"),
        ({"components": ["Pages", 5]}, "component 2 is not text"),
        ({"updates": None}, "updates is missing"),
        ({"updates": []}, "at least one update"),
        ({"updates": ["over"]}, "at least one update"),
        ({"updates": [an_update(status=None)]}, "update 1: status is missing"),
        ({"updates": [an_update(status="Scheduled")]}, "status 'Scheduled' is unknown for an incident"),
        ({"updates": [an_update(message=None)]}, "update 1: message is missing"),
        ({"updates": [an_update(message="x" * 25_001)]}, "update 1: message has 25,001 characters"),
        ({"updates": [an_update(message="\x00")]}, "update 1: message: Remove the invisible character U+0000"),
        ({"updates": [an_update(message="*" * 5_000)]}, "update 1: message: Use at most 3,000 marks"),
        ({"updates": [an_update(at="soon")]}, "update 1: at 'soon' is not a time"),
        ({"impact": "maintenance"}, "status 'Investigating' is unknown for a maintenance"),
        (
            {"impact": "maintenance", "updates": [an_update(status="Completed")]},
            "the maintenance ends before it begins",
        ),
    ],
)
def test_a_broken_line_is_refused_in_plain_words(changes, reason):
    line = a_line(**changes)
    assert_refused(line, reason)


def assert_refused(line, reason):
    tally = load(a_line(id="before", url="/bbbbbbbbbbbb"), line, a_line(id="after", url="/cccccccccccc"))
    assert tally.imported == 2
    [(number, said)] = tally.refused
    assert number == 2
    assert reason in said
    assert set(Incident.objects.values_list("source_id", flat=True)) == {"before", "after"}


def test_an_address_that_is_taken_is_refused():
    taken = an_open_incident().incident.public_id
    tally = load(a_line(url=f"https://old.example.test/incidents/{taken}"))
    assert tally.refused == [(1, f"the address {taken} belongs to another incident")]


def test_empty_lines_windows_line_ends_and_a_byte_order_mark_are_no_trouble():
    line = json.dumps(a_line()).encode()
    assert load(b"\xef\xbb\xbf" + line + b"\r", b"", b"   ").lines == 1


def test_line_numbers_count_the_lines_of_the_file():
    assert load(b"", a_line(), b"", b"{}").refused == [(4, "impact is missing")]


def test_nothing_new_changes_nothing_at_all():
    load(a_line())
    version, events = Site.load().page_version, AuditEvent.objects.count()
    tally = load(a_line(title="Another title"))
    assert (tally.imported, tally.already_here) == (0, 1)
    assert (Site.load().page_version, AuditEvent.objects.count()) == (version, events)
    assert Incident.objects.get().title == "Incident with Codespaces"


@pytest.fixture
def searches():
    cloud, shop = (ComponentGroup.objects.create(name=name) for name in ("Cloud", "Shop"))
    return [Component.objects.create(name="Search API", group=group) for group in (cloud, shop)]


@pytest.mark.parametrize(
    "spelt", ["Cloud/Search API", " cloud/SEARCH  api", "Cloud/Search\u00a0API", "\uff23loud/Search API"]
)
def test_a_component_is_found_by_its_group_and_name_however_it_is_spelt(searches, spelt):
    assert load(a_line(components=[spelt]), create_components=False).imported == 1
    assert Incident.objects.get().affected.get().component == searches[0]


def test_a_component_is_found_by_its_id(searches):
    load(a_line(components=[searches[1].public_id]))
    assert Incident.objects.get().affected.get().component == searches[1]


@pytest.mark.parametrize("create", [True, False])
def test_a_name_that_two_components_have_is_refused_and_creates_nothing(searches, create):
    tally = load(a_line(components=["New one", "search api"]), create_components=create)
    assert tally.imported == 0
    if create:
        assert tally.refused == [(1, "2 components are called “search api”; write GROUP/NAME or the id")]
    assert (Component.objects.count(), tally.created, Incident.objects.count()) == (2, [], 0)


def test_an_unknown_component_is_refused_and_the_rest_goes_in(searches):
    lines = [a_line(components=["Serch"]), a_line(id="2", url="/5jfkz8q1mlq2", components=["Shop/Search API"])]
    tally = load(*lines, create_components=False)
    assert tally.refused == [(1, "there is no component “Serch”; --create-components creates it")]
    assert (tally.imported, Component.objects.count()) == (1, 2)


def test_two_spellings_of_a_new_component_create_it_once():
    tally = load(
        a_line(components=["New  one", "new ONE"]), a_line(id="2", url="/5jfkz8q1mlq2", components=["NEW ONE"])
    )
    assert (tally.imported, tally.created) == (2, ["New one"])
    assert Component.objects.get().is_public


def test_a_dry_run_counts_as_the_import_would_and_writes_nothing():
    lines = [a_line(), a_line(), {}, a_line(id="2", url="/5jfkz8q1mlq2", components=["codespaces"])]
    version = Site.load().page_version
    tried = load(*lines, dry_run=True)
    assert [model.objects.count() for model in (Incident, Component, AuditEvent)] == [0, 0, 0]
    assert Site.load().page_version == version
    assert (tried.imported, tried.already_here, tried.created) == (2, 1, ["Codespaces"])
    assert load(*lines) == tried


@pytest.mark.parametrize("word", ["Postmortem", "Gone"])
def test_an_update_with_a_status_of_another_program_is_kept_under_the_status_before_it(word):
    review = an_update(at="2022-03-28T09:00:00Z", status=word, message="What we learned.")
    assert load(a_line(updates=[*a_line()["updates"], review])).refused == []
    incident = Incident.objects.get()
    last = incident.updates.order_by("id").last()
    assert (incident.status, last.status, last.body) == ("resolved", "resolved", "What we learned.")


def test_bidirectional_marks_and_line_separators_are_taken_out():
    updates = [an_update(message="\u2067Over\u2069 and\u2028out.")]
    assert load(a_line(title="\u200fCode\u202espaces", components=["\u200ePages"], updates=updates)).imported == 1
    incident = Incident.objects.get()
    assert (incident.title, incident.updates.get().body) == ("Codespaces", "Over and out.")
    assert Component.objects.get().name == "Pages"


def test_words_in_html_are_kept_as_the_markdown_that_shows_them():
    said = 'Fixed.<br /><br />Read <a href="https://old.example.test/why">the report</a> &amp; wait.'
    tally = load(a_line(updates=[an_update(message=said)]))
    update = Incident.objects.get().updates.get()
    assert update.body == "Fixed.\n\nRead [the report](https://old.example.test/why) & wait."
    assert "<a href=" in update.body_html
    assert tally.changed == {"HTML of another page, kept as Markdown": 1}


def test_what_is_kept_otherwise_than_it_stood_is_counted():
    updates = [
        an_update(status="Postmortem", message="\u200eWhat we learned."),
        an_update(status="Postmortem", message="More."),
        an_update(status="Update", message="Plain."),
    ]
    again = a_line(title="\u200eCodespaces", updates=updates)
    tally = load(again, again, {})
    assert tally.changed == {
        "invisible marks taken out": 2,
        "status “Postmortem”, unknown here: kept under the status before it": 2,
    }
