"""Whatever happens, in whatever order: the page says what is so.

The histories begin with one seed, so that a failure is there again; give HISTORIES_SEED a number for others. A life
is an incident from its opening to its end; LIVES says how many there must be at least.
"""

import json
import os
import re
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from incidents.enums import WINDOW_ACTS, Act, ComponentStatus
from incidents.models import Announcement, Component, Incident
from incidents.page import badge, calendar, feeds, history, overview, statuspage_v2, update_feeds, uptime
from incidents.page import component as component_page
from incidents.page import incident as incident_page
from incidents.page.bulletins import MOST_ON_FRONT_PAGE
from incidents.page.incident_views import brand
from statuspage.lib import safe_json
from tests.incidents.histories import BORN, ZONE
from tests.incidents.histories_of_windows import HistoriesOfWindows
from tests.incidents.histories_of_words import HistoriesOfWords
from tests.incidents.plain_model import worst

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("HISTORIES_SEED", 15))
LIVES = int(os.environ.get("LIVES", 200))
SHRINKS = [Phase.shrink] * bool(os.environ.get("HISTORIES_SHRINK"))  # a shorter failure, after minutes
LIVES_OF_A_HISTORY = 11  # at least, one with another
EACH_ACT_IS_AMONG = 1000  # lives, whatever the seed
MORE = 4  # times as many lives until each act is among them
STEPS = 32
LOOKS_EVERY = 8  # steps: the whole page costs as much as ten acts
ACTS = {
    *("open", "open internally", "change what is so", "merge", "split off", "plan", "hide", "show"),
    *(act.label for act in Act if act not in WINDOW_ACTS),
    *("edit words", "say what was earlier", "say what was earlier, refused", "say what is so since earlier"),
    *("a word after the end", "recall", "publish a bulletin", "edit a bulletin", "pin a bulletin", "end a bulletin"),
    "withdraw a bulletin",
}
OF_WINDOWS = {act.label for act in WINDOW_ACTS}
MARK = re.compile(r"[wb]\d{4}v\d\de")
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


def marks(text):
    return MARK.findall(text)


class Truth(HistoriesOfWords):
    """What must hold after each step, now and then, and at the end of each history, where all that is open ends."""

    steps = 0

    def teardown(self):
        try:
            self.check_the_rest()
            self.end_all()
            self.the_page_says_what_is_so()
            self.uptime_is_what_the_model_adds_up()
        finally:
            super().teardown()

    def end_all(self):
        for thing in self.that(lambda one: one.is_open):
            self.post(thing, "resolved", {})
            self.every_component_is_as_bad_as_the_worst_that_holds_it()
        for post in self.that_hold():
            self.end(post)
        self.done["life"] += sum(not thing.row.is_maintenance for thing in self.things)

    @invariant()
    def every_component_is_as_bad_as_the_worst_that_holds_it(self):
        found = {row.pk: row.status for row in Component.objects.all()}
        assert [found[part.pk] for part in self.parts] == [self.expected(number) for number in range(5)]
        assert Announcement.objects.count() == self.announced

    @invariant()
    def now_and_then_the_page_says_what_is_so(self):
        self.steps += 1
        if self.steps % LOOKS_EVERY == 0:
            self.the_page_says_what_is_so()

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
        self.the_bulletins_stand_there(page)
        self.the_json_says_the_same(page, shown)

    def the_bulletins_stand_there(self, page):
        """Those that hold, the pinned above, of each the newest first."""
        holding = [post for post in self.posts if post.holds(self.now)]
        holding.sort(key=lambda post: (post.is_pinned, post.from_at, post.number), reverse=True)
        shown = holding[:MOST_ON_FRONT_PAGE]
        assert marks(" ".join(one.html for one in page.pinned)) == [post.mark for post in shown if post.is_pinned]
        assert marks(" ".join(one.html for one in page.bulletins)) == [
            post.mark for post in shown if not post.is_pinned
        ]

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
        hidden += [word.mark[:6] for word in self.written if not (word.is_public and self.is_read(word))]
        hidden += [post.mark[:6] for post in self.posts if not post.is_shown(self.now)]
        assert [name for name in hidden if name in text] == []

    def is_read(self, word):
        return any(word in thing.words for thing in self.things if thing.is_public)

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
            said = [row["body"] for row in by_id[thing.row.public_id]["incident_updates"]]
            self.these_are(said, thing.read)
            page = incident_page.build(thing.row.public_id, at=self.now)
            told_in = thing.into or thing
            assert page.story.pk == told_in.row.pk
            self.these_are([one.html for one in page.story.updates], told_in.read)
            assert [bool(one.withdrawn_at) for one in page.story.updates] == [w.is_withdrawn for w in told_in.read]
            assert [bool(one.edited_at) for one in page.story.updates] == [w.edits > 0 for w in told_in.read]
            assert page.story.is_false_alarm == told_in.is_false_alarm
        self.the_feed_says(public)
        shown = {story.pk for day in overview.build(at=self.now).days for one in day.incidents for story in [one.story]}
        assert not shown & {thing.row.pk for thing in self.things if thing.into}

    def these_are(self, texts, words):
        """Those words in their order. The last of what was merged is written by the program, and has no mark."""
        assert len(texts) == len(words)
        for text, word in zip(texts, words, strict=True):
            assert marks(text) == ([word.mark] if "Merged into" not in text else [])

    def the_feed_says(self, public):
        words = [word for thing in public for word in thing.read]
        entries = sorted(words, key=lambda word: word.place, reverse=True)
        entries += sorted(
            (post for post in self.posts if post.is_shown(self.now)),
            key=lambda post: (post.from_at, post.number),
            reverse=True,
        )
        entries.sort(key=lambda one: getattr(one, "from_at", None) or one.at, reverse=True)
        items = json.loads(update_feeds.json(at=self.now))["items"]
        self.these_are([item["content_html"] for item in items], entries[: update_feeds.ENTRIES])

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


class TruthOfWindows(HistoriesOfWindows, Truth):
    """The same with the acts on planned work, which are rare: one life in forty is such."""


def live(kind, number: int) -> None:
    """Let LIVES be lived, by the seed `number`."""
    run_state_machine_as_test(
        seed(number)(kind),
        settings=settings(
            max_examples=-(-LIVES // LIVES_OF_A_HISTORY),
            stateful_step_count=STEPS,
            phases=[Phase.generate, *SHRINKS],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_whatever_happens_the_page_says_what_is_so():
    """One seed does not make the same lives always: Hypothesis draws also from the constants of whatever modules of
    ours are loaded by then. So where an act was in none of them, more are lived."""
    Truth.done.clear()
    is_long = LIVES >= EACH_ACT_IS_AMONG
    acts = ACTS | OF_WINDOWS if is_long else ACTS
    for number in range(SEED, SEED + MORE):
        live(TruthOfWindows if is_long else Truth, number)
        if Truth.done.keys() >= acts or "HISTORIES_SEED" in os.environ:
            break
    print(dict(Truth.done))
    assert Truth.done["life"] >= LIVES
    if "HISTORIES_SEED" not in os.environ or is_long:
        assert Truth.done.keys() >= acts
