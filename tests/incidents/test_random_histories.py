"""Whatever happens, in whatever order: the page says what is so.

The histories are always the same, so that a failure is there again; give HISTORIES_SEED a number for others.
"""

import json
import os
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from incidents.enums import ComponentStatus
from incidents.models import Announcement, Component, Incident
from incidents.page import badge, calendar, feeds, history, overview, statuspage_v2, update_feeds, uptime
from incidents.page import component as component_page
from incidents.page import incident as incident_page
from incidents.page.incident_views import brand
from statuspage.lib import safe_json
from tests.incidents.histories import BORN, ZONE, Histories, worst

pytestmark = pytest.mark.django_db
SEED = os.environ.get("HISTORIES_SEED")
HISTORIES = int(os.environ.get("HISTORIES", 12))
# shared/statuspage-api.md, read off real snapshots.
ROLL_UP = {
    "major_outage": ("major", "Partial System Outage"),
    "partial_outage": ("minor", "Minor Service Outage"),
    "degraded_performance": ("minor", "Partially Degraded Service"),
    "under_maintenance": ("maintenance", "Service Under Maintenance"),
    "operational": ("none", "All Systems Operational"),
}


def rolled_up(statuses):
    if not statuses:
        return "none", "No Components Are Shown"
    if statuses and set(statuses) == {"major_outage"}:
        return "critical", "Major Service Outage"
    return ROLL_UP[worst(statuses)]


class Truth(Histories):
    """What must hold after each step, and at the end of each history."""

    def teardown(self):
        try:
            self.check_the_rest()
        finally:
            super().teardown()

    @invariant()
    def every_component_is_as_bad_as_the_worst_that_holds_it(self):
        found = {row.pk: row.status for row in Component.objects.all()}
        assert [found[part.pk] for part in self.parts] == [self.expected(number) for number in range(5)]

    @invariant()
    def the_page_says_what_is_so(self):
        page = overview.build(at=self.now)
        shown = {row.name: row.status for group in page.groups for row in group.components}
        visible = [number for number in range(5) if self.visible[number]]
        assert shown == {self.parts[number].name: self.expected(number) for number in visible}
        assert (page.indicator, page.description) == rolled_up(list(shown.values()))
        public = [thing for thing in self.things if thing.is_public and thing.is_open]
        assert {story.pk for story in page.incidents} == {one.row.pk for one in public if not one.row.is_maintenance}
        planned = [one for one in public if one.status == "scheduled"]
        assert {story.pk for story in page.upcoming} == {one.row.pk for one in planned}
        assert {story.pk for story in page.active} == {one.row.pk for one in public if one.row.is_maintenance} - {
            one.row.pk for one in planned
        }
        self.the_sentence_is_true(page, shown)
        self.nothing_hidden_is_in(repr(page))
        assert badge.whole().looks == (page.looks if page.is_set_up else "none")
        assert Announcement.objects.count() == self.announced
        self.the_json_says_the_same(page, shown)

    def the_sentence_is_true(self, page, shown):
        """The worst is named, by itself or by its group; all is well only where it is."""
        whole = f"{page.sentence.first} {page.sentence.rest}"
        state = worst(shown.values())
        is_calm = state == "operational" and not page.incidents
        assert (page.state == "operational") == is_calm
        assert ("Everything works." in whole) <= (state == "operational" and not page.incidents)
        if state == "operational":
            return
        names = {row.name for group in page.groups for row in group.components if row.status == state}
        groups = {group.name for group in page.groups if group.name and group.status == state}
        assert page.sentence.first.startswith("Everything is") or any(
            name in page.sentence.first for name in names | groups
        )
        assert ("Everything is" in whole) <= (set(shown.values()) == {state})
        assert ("Everything else works." in whole) <= ("operational" in shown.values())

    def the_json_says_the_same(self, page, shown):
        summary = statuspage_v2.summary()
        assert summary["status"] == {"indicator": page.indicator, "description": page.description}
        leaves = [row for row in summary["components"] if not row["group"]]
        assert {row["name"]: row["status"] for row in leaves} == shown
        assert [row["id"] for row in summary["incidents"]] == [story.public_id for story in page.incidents]
        planned = {story.public_id for story in page.active + page.upcoming}
        assert {row["id"] for row in summary["scheduled_maintenances"]} == planned
        self.nothing_hidden_is_in(safe_json.dump(summary).decode())

    def nothing_hidden_is_in(self, text):
        hidden = [part.name for part, visible in zip(self.parts, self.visible, strict=True) if not visible]
        hidden += [thing.row.title for thing in self.things if not thing.is_public]
        assert [name for name in hidden if name in text] == []

    def check_the_rest(self):
        self.now += timedelta(minutes=7)
        self.uptime_is_what_the_model_adds_up()
        for write in (feeds.atom, feeds.rss, feeds.json):
            self.nothing_hidden_is_in(write(at=self.now))
        planned = [one for one in self.things if one.row.is_maintenance]
        windows = calendar.build(at=self.now).decode()
        assert windows.count("BEGIN:VEVENT") == sum(one.is_public for one in planned)
        self.nothing_hidden_is_in(windows)
        for write in (update_feeds.atom, update_feeds.rss, update_feeds.json):
            self.nothing_hidden_is_in(write(at=self.now))
        self.nothing_hidden_is_in(repr(history.build(None, at=self.now)))
        self.nothing_hidden_is_in(repr(statuspage_v2.incidents()) + repr(statuspage_v2.scheduled_maintenances()))
        for part, visible in zip(self.parts, self.visible, strict=True):
            if visible:
                self.nothing_hidden_is_in(repr(component_page.build(part.public_id, at=self.now)))
        assert Incident.all_kinds.count() == len(self.things)
        self.every_door_tells_the_same_words()

    def every_door_tells_the_same_words(self):
        """Page, API and the feed of updates; what was merged is told in the other, and ends in the API and the feed."""
        public = [thing for thing in self.things if thing.is_public]
        listed = (
            statuspage_v2.incidents()["incidents"] + statuspage_v2.scheduled_maintenances()["scheduled_maintenances"]
        )
        by_id = {row["id"]: row for row in listed}
        assert by_id.keys() == {thing.row.public_id for thing in public}
        for thing in public:
            assert len(by_id[thing.row.public_id]["incident_updates"]) == thing.words
            page = incident_page.build(thing.row.public_id, at=self.now)
            told_in = thing.into or thing
            assert page.story.pk == told_in.row.pk
            assert len(page.story.updates) == told_in.words
            assert page.story.is_false_alarm == told_in.is_false_alarm
        words = sum(thing.words for thing in public)
        assert len(json.loads(update_feeds.json(at=self.now))["items"]) == min(words, update_feeds.ENTRIES)
        shown = {story.pk for day in overview.build(at=self.now).days for one in day.incidents for story in [one.story]}
        assert not shown & {thing.row.pk for thing in self.things if thing.into}

    def uptime_is_what_the_model_adds_up(self):
        counted = {row.pk: found for row, found in uptime.build(Component.objects.all(), brand(), at=self.now)}
        born = datetime(BORN.year, BORN.month, BORN.day, tzinfo=ZONE)
        for number, part in enumerate(self.parts):
            found, spent = counted[part.pk], Counter()
            moments = [(born, "operational"), *self.past(number), (self.now, "")]
            for (begin, status), (end, _) in pairwise(moments):
                spent[status] += end.timestamp() - begin.timestamp()
            for status in ComponentStatus:
                total = sum(day.by_status.get(status, 0) for day in found.days)
                assert total == pytest.approx(spent[status], abs=0.01)
            lost = spent["major_outage"] + 0.3 * spent["partial_outage"]
            assert found.percent == pytest.approx(100 * (1 - lost / sum(spent.values())), abs=1e-6)
            for day in [day for day in found.days if day.date >= BORN][:-1]:
                hours = 25 if (day.date.month, day.date.day) == (10, 25) else 24
                assert sum(day.by_status.values()) == pytest.approx(hours * 3600)


def test_whatever_happens_the_page_says_what_is_so():
    machine = seed(int(SEED))(Truth) if SEED else Truth
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=12,
            derandomize=not SEED,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
