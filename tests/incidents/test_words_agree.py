"""Whatever is said, edited, dated back or added after the end: page, feeds, API v2 and the ledger agree with a plain
model of it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.actions import editing, publishing
from incidents.models import Announcement, Incident
from incidents.page import incident as incident_page
from incidents.page import statuspage_v2, update_feeds
from statuspage.lib import markdown
from tests.factories import a_component

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STEP = timedelta(minutes=7)
tells, which = st.booleans(), st.integers(0, 9)
acts = st.one_of(
    st.tuples(st.just("post"), st.sampled_from(["identified", "mitigating", "monitoring"]), tells),
    st.tuples(st.just("older"), st.integers(0, 60), tells),
    st.tuples(st.just("edit"), which, st.text("ab *", min_size=1, max_size=9)),
    st.tuples(st.just("close"), tells),
    st.tuples(st.just("late"), tells),
)


@dataclass
class Said:
    """What the model knows of an update, and what was sent of it: None for nothing."""

    status: str
    body: str
    at: datetime
    number: int
    sent: str | None
    edited_at: datetime | None = None
    is_late: bool = False


class Life:
    """The real incident, and beside it what must come of each act."""

    def __init__(self):
        self.now, self.status, self.ended_at = BEGIN, "investigating", None
        component = a_component()
        update = publishing.open_incident(
            title="T", severity="P2", body="Words 0.", by=None, at=BEGIN, components={component: "partial_outage"}
        )
        self.incident, self.component = update.incident, component
        self.said = [Said("investigating", "Words 0.", BEGIN, 0, "Words 0.")]
        self.ids = [update.public_id]

    @property
    def newest_first(self) -> list[Said]:
        return sorted(self.said, key=lambda one: (one.at, one.number), reverse=True)

    def do(self, name, *values):
        self.now += STEP
        getattr(self, name)(*values)

    def say(self, status, told, *, at=None, is_late=False, refused=False):
        number = len(self.said)
        asked = {"display_at": at, "tells": told, "is_late": is_late, "body": f"Words {number}."}
        about = {"incident": self.incident, "status": status, "by": None, "at": self.now}
        if refused:
            with pytest.raises(ValidationError):
                publishing.post_update(**about, **asked)
            return
        self.ids.append(publishing.post_update(**about, **asked).public_id)
        sent = asked["body"] if told else None
        self.said.append(Said(status, asked["body"], at or self.now, number, sent, is_late=is_late))

    def post(self, status, told):
        self.say(status, told, refused=bool(self.ended_at))
        self.status = self.status if self.ended_at else status

    def close(self, told):
        self.say("resolved", told, refused=bool(self.ended_at))
        self.status, self.ended_at = "resolved", self.ended_at or self.now

    def late(self, told):
        self.say("resolved", told, is_late=True, refused=not self.ended_at)

    def older(self, minutes, told):
        at = min(BEGIN + timedelta(minutes=minutes, seconds=30), self.now)
        is_behind = any(one.at > at for one in self.said)
        self.say("identified", told, at=at, refused=bool(self.ended_at and self.ended_at <= at))
        if not is_behind and not self.ended_at:
            self.status = "identified"

    def edit(self, which, body):
        one = self.said[which % len(self.said)]
        update = self.incident.updates.get(public_id=self.ids[one.number])
        try:
            editing.edit_words(update=update, body=body, by=None, at=self.now)
        except ValidationError:
            assert body.strip() in ("", one.body) or not markdown.plain(markdown.render(body)).strip("* \n")
        else:
            one.body, one.edited_at = body.strip(), self.now

    def plain(self, one: Said) -> str:
        return markdown.plain(markdown.render(one.body))

    def check(self):
        expected = self.newest_first
        order = [self.ids[one.number] for one in expected]
        page = incident_page.build(self.incident.public_id, at=self.now).story
        assert [update.public_id for update in page.updates] == order
        assert [update.html for update in page.updates] == [markdown.render(one.body) for one in expected]
        assert [update.edited_at for update in page.updates] == [one.edited_at for one in expected]
        labels = ["Follow-up" if one.is_late else one.status.title() for one in expected]
        assert [update.label for update in page.updates] == labels
        assert (page.status, page.ended_at) == (self.status, self.ended_at)
        self.check_feed(expected, order)
        self.check_api(expected, order)
        sent = {self.ids[one.number]: (one.sent, one.is_late) for one in self.said if one.sent}
        ledger = Announcement.objects.values_list("update__public_id", "body", "is_late")
        assert {update: (body, is_late) for update, body, is_late in ledger} == sent
        self.component.refresh_from_db()
        assert self.component.status == ("operational" if self.ended_at else "partial_outage")

    def check_feed(self, expected, order):
        entries = json.loads(update_feeds.json(at=self.now))["items"]
        assert [entry["id"].rpartition("/")[2] for entry in entries] == order
        for entry, one in zip(entries, expected, strict=True):
            assert ("Edited" in entry["content_html"]) == bool(one.edited_at)
            assert markdown.render(one.body) in entry["content_html"]
            assert datetime.fromisoformat(entry["date_published"]) == one.at

    def check_api(self, expected, order):
        (found,) = statuspage_v2.incidents()["incidents"]
        updates = found["incident_updates"]
        assert [update["id"] for update in updates] == order
        for update, one in zip(updates, expected, strict=True):
            mark = update["body"].removesuffix(self.plain(one))
            assert mark.startswith("Edited") if one.edited_at else mark == ""
            assert update["deliver_notifications"] == bool(one.sent)
            assert update["status"] == ("identified" if one.status == "mitigating" else one.status)
        assert (found["resolved_at"] is None) == (self.ended_at is None)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(acts, min_size=3, max_size=12))
def test_page_feeds_api_and_ledger_agree_on_what_was_said(db, steps):
    with transaction.atomic():
        life = Life()
        for step in steps:
            life.do(*step)
        life.check()
        assert Incident.objects.get().status == life.status
        transaction.set_rollback(True)
