"""A real series of summaries lived again through our actions: what was said at its time, and what was put right later
as the edit that it was. Page, API v2 and uptime then say what the series says."""

import gzip
import json
import re
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from incidents.actions import editing, facts, publishing
from incidents.enums import ComponentStatus, Impact, Severity
from incidents.models import AuditEvent, Component, Incident, Site
from incidents.page import incident as incident_page
from incidents.page import statuspage_v2, uptime
from incidents.page.incident_views import brand
from incidents.page.uptime import DAYS
from statuspage.lib import markdown
from tests.incidents.plain_model import worst
from tests.shared_data import HISTORY, SUMMARIES, needed

pytestmark = pytest.mark.django_db
BORN = datetime(2020, 1, 1, tzinfo=UTC)
MOST = 40  # incidents, those that were edited first: all 450 take a minute and more
FACTS = {"name": "title", "impact": "impact", "started_at": "started_at"}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def second(at: datetime) -> datetime:
    """A begin that is put right within its second stays as it was."""
    return at.replace(microsecond=0)


def read() -> dict[str, list]:
    """Every incident of the series by its id: (when it was seen, as it was then), for each time that it was other."""
    seen = defaultdict(list)
    with gzip.open(needed(SUMMARIES / "github-summary-series-to-2024.jsonl.gz"), "rt") as lines:
        for row in map(json.loads, lines):
            for one in row["summary"]["incidents"]:
                if not seen[one["id"]] or seen[one["id"]][-1][1] != one:
                    seen[one["id"]].append((moment(row["committed_at"]), one))
    return seen


def ends() -> dict[str, datetime]:
    with needed(HISTORY).open() as lines:
        rows = [json.loads(line) for line in lines]
    return {row["url"].rsplit("/", 1)[1]: moment(row["resolved_at"]) for row in rows if row["resolved_at"]}


def as_read(body: str) -> str:
    """The words as API v2 gives them: without marks."""
    return markdown.plain(markdown.render(editing.as_kept(body)))


def is_edited(versions) -> bool:
    return any(
        any(one[name] != other[name] for name in FACTS) or words(one).items() - words(other).items()
        for (_, one), (_, other) in pairwise(versions)
    )


def is_moved(versions) -> bool:
    """Whether the time that an update shows, or what it said of a component, was changed later: no act of ours does
    that."""
    told = [
        {row["id"]: (row["display_at"], row["status"], row["affected_components"]) for row in one["incident_updates"]}
        for _, one in versions
    ]
    return any(one[key] != other[key] for one, other in pairwise(told) for key in one.keys() & other.keys())


def words(one) -> dict[str, str]:
    return {update["id"]: update["body"] for update in one["incident_updates"]}


class Life:
    """One of them, ours beside theirs."""

    def __init__(self, versions, end):
        self.versions, self.end, self.ours, self.updates = versions, end, None, {}

    def events(self):
        """(when, what is done then), all in the order of their times."""
        known = {}
        for seen_at, one in self.versions:
            for update in reversed(one["incident_updates"]):
                if update["id"] not in known:
                    known[update["id"]] = update
                    yield moment(update["created_at"]), lambda at, u=update, one=one: self.say(u, one, at)
            yield seen_at, lambda at, one=one: self.put_right(one, at)
        yield max(seen_at, self.end), self.resolve

    def say(self, update, one, at):
        states = {row["code"]: row["new_status"] for row in update["affected_components"] or []}
        said = {"status": update["status"], "body": update["body"], "by": None, "at": at}
        said["components"] = {Component.objects.get(public_id=code): state for code, state in states.items()}
        if self.ours is None:
            impact = Impact(one["impact"])
            ours = publishing.open_incident(title=one["name"], severity=Severity.P2, impact=impact, **said)
            self.ours = ours.incident
        else:
            shown = moment(update["display_at"])
            said["display_at"] = shown if shown < at else None
            ours = publishing.post_update(incident=self.fresh(), **said)
        self.updates[update["id"]] = ours

    def put_right(self, one, at):
        """What was other when it was seen than we say: quiet edits of words, and of what is so."""
        for update in one["incident_updates"]:
            ours = self.updates[update["id"]]
            ours.refresh_from_db()
            if ours.body != editing.as_kept(update["body"]):
                editing.edit_words(update=ours, body=update["body"], by=None, at=at)
        self.change(at, title=one["name"], impact=Impact(one["impact"]), started_at=moment(one["started_at"]))
        self.compare(one)

    def change(self, at, **values):
        known = facts.facts_of(self.fresh())
        facts.change(incident=self.ours, facts=replace(known, **values), seen=known.marker, by=None, at=at)

    def resolve(self, at):
        """The page was seen without it; when it really ended is put right afterwards."""
        words = {"status": "resolved", "body": "This incident has been resolved.", "by": None, "at": at}
        publishing.post_update(incident=self.fresh(), **words)
        last = max(update.display_at for update in self.updates.values())
        self.change(at, resolved_at=max(self.end, last))

    def fresh(self):
        self.ours = Incident.objects.get(pk=self.ours.pk)
        return self.ours

    def compare(self, one):
        """Page and API say of it what the series said."""
        listed = statuspage_v2.unresolved_incidents()["incidents"]
        ours = next(row for row in listed if row["id"] == self.ours.public_id)
        assert {name: ours[name] for name in ("name", "status", "impact")} == {
            name: one[name] for name in ("name", "status", "impact")
        }
        assert second(moment(ours["started_at"])) == second(moment(one["started_at"]))
        theirs, by_id = one["incident_updates"], {row["id"]: row for row in ours["incident_updates"]}
        # A summary was kept a while: what was said meanwhile is not in it yet.
        assert len(by_id) >= len(theirs)
        for meant in theirs:
            said = by_id[self.updates[meant["id"]].public_id]
            assert re.sub(r"^Edited [^:]+:\d\d \w+: ", "", said["body"]) == as_read(meant["body"])
            shown = moment(meant["display_at"])
            is_typed = not (shown.second or shown.microsecond)  # to the minute: it stands behind what was said in it
            assert moment(said["display_at"]) - shown < timedelta(minutes=1 if is_typed else 0, milliseconds=1)
            states = {row["code"]: row["new_status"] for row in said["affected_components"] or []}
            told = {row["code"]: row["new_status"] for row in meant["affected_components"] or []}
            assert states.items() >= {code: state for code, state in told.items() if code in states}.items()
        page = incident_page.build(self.ours.public_id, at=self.ours.updated_at).story
        assert (page.title, len(page.updates)) == (one["name"], len(by_id))
        assert second(page.started_at) == second(moment(one["started_at"]))

    def gave(self, code):
        """(at, state) of a component by the words of the series, from its begin, also where that was put later than the
        first words, to its end."""
        last = self.versions[-1][1]
        said, begin = [], moment(last["started_at"])
        for update in sorted(last["incident_updates"], key=lambda row: moment(row["display_at"])):
            rows = [row for row in update["affected_components"] or [] if row["code"] == code]
            at = max(moment(update["display_at"]), begin)
            at = at if update["id"] != last["incident_updates"][-1]["id"] else begin
            said += [(at, row["new_status"]) for row in rows]
        over = max([self.end, *(moment(row["display_at"]) for row in last["incident_updates"])])
        return [*said, (over, "operational")] if said else []


def lives() -> list[Life]:
    over, found = ends(), read()
    chosen = sorted(found, key=lambda key: (not is_edited(found[key]), key))
    return [Life(found[key], over[key]) for key in chosen if key in over and not is_moved(found[key])][:MOST]


def test_a_real_series_with_its_edits_reads_on_our_page_as_it_was():
    Site.load()
    replayed = lives()
    rows = {row["id"]: row for life in replayed for _, one in life.versions for row in one["components"]}
    rows |= {
        row["code"]: row
        for life in replayed
        for _, one in life.versions
        for u in one["incident_updates"]
        for row in u["affected_components"] or []
    }
    for code, row in rows.items():
        Component.objects.create(public_id=code, name=f"{row['name']} {code}", start_date=BORN.date())
    events = sorted((event for life in replayed for event in life.events()), key=lambda event: event[0])
    for at, act in events:
        act(at)
    assert AuditEvent.objects.filter(action="changed incident").count() > MOST
    assert Incident.objects.open().count() == 0
    for component in Component.objects.all():
        told = [life.gave(component.public_id) for life in replayed]
        assert known_of(component) == joined(told)
    last = events[-1][0]
    begin = datetime.combine(last.date() - timedelta(days=DAYS - 1), time(), UTC)
    for component, found in uptime.build(Component.objects.all(), brand(), at=last):
        told, spent = joined([life.gave(component.public_id) for life in replayed]), Counter()
        for (start, state), (end, _) in pairwise([(begin, "operational"), *told, (last, "")]):
            spent[state] += max(0.0, (end - max(start, begin)).total_seconds())
        for state in [one for one in ComponentStatus if one != "operational"]:
            counted = sum(day.by_status.get(state, 0) for day in found.days)
            assert counted == pytest.approx(spent[state], abs=60)  # begins are compared by the second


def known_of(component) -> list:
    return simple(component.status_changes.order_by("at", "pk").values_list("at", "status"))


def joined(told) -> list:
    """The worst of all, at each moment."""
    moments = sorted({at for one in told for at, _ in one})
    return simple(
        (at, worst([([s for when, s in one if when <= at] or ["operational"])[-1] for one in told])) for at in moments
    )


def simple(changes) -> list:
    """Only what moved; of two at one moment the later."""
    by_moment = {second(at): state for at, state in changes}
    found = [(at, str(state)) for at, state in sorted(by_moment.items())]
    return [row for before, row in pairwise([(None, "operational"), *found]) if row[1] != before[1]]
