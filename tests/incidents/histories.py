"""Random histories through the real actions on a real database, beside a plain model of what must come of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from incidents.actions import catalogue, facts, merging, publishing, scheduling, splitting
from incidents.enums import CLOSED, NEXT_MAINTENANCE, Act, ComponentStatus, Impact, IncidentStatus, Severity
from incidents.models import Component, ComponentGroup, Site
from tests.factories import a_component

ZONE = ZoneInfo("Europe/Berlin")  # whose clocks go back on the fourth day
BEGIN = datetime(2026, 10, 22, 9, 30, tzinfo=UTC)
BORN = BEGIN.date() - timedelta(days=2)
WORST_LAST = ("operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage")
states = st.sampled_from(list(ComponentStatus))
numbers = st.integers(0, 4)
touched = st.dictionaries(numbers, states, max_size=3)


def worst(statuses):
    return max(statuses, key=WORST_LAST.index, default="operational")


class Thing:
    """What the model knows of an incident or a maintenance."""

    def __init__(self, row, affected):
        self.row, self.affected = row, dict(affected)
        self.status, self.is_public = row.status, row.is_public
        self.is_false_alarm, self.resolved_at, self.into = False, None, None
        self.words = int(self.is_public)  # how many the public reads
        self.told = []  # (at, {number: status}): what it gave its components from then on

    @property
    def is_open(self):
        return self.status not in CLOSED

    @property
    def counts(self):
        """Whether uptime counts it."""
        return self.is_public and not self.is_false_alarm

    @property
    def holds(self):
        """Whether its components are as bad as it says: nothing hidden holds one down."""
        return self.is_at_work and self.is_public

    @property
    def is_at_work(self):
        return self.status in ("in_progress", "verifying") if self.row.is_maintenance else self.is_open

    def says(self, at):
        """It says from `at` on what it says now."""
        self.told.append((at, dict(self.affected) if self.is_at_work else {}))

    def moves_to(self, status, at):
        self.status = status
        self.resolved_at = (self.resolved_at or at) if status in CLOSED else None
        self.is_false_alarm = self.is_false_alarm and status in CLOSED
        self.words += self.is_public
        self.says(at)

    def takes_in(self, other, at):
        """The other goes on as part of it."""
        for number, status in other.affected.items():
            theirs = status if other.is_open else "operational"
            self.affected[number] = worst([theirs, self.affected.get(number, theirs)])
        moments = sorted({when for when, _ in self.told + other.told})
        self.told = [
            (when, {n: worst([self.gave(n, when), other.gave(n, when)]) for n in range(5)}) for when in moments
        ]
        self.words += other.words
        other.told, other.status, other.into, other.words = [], "resolved", self, int(other.is_public)
        self.moves_to(self.status, at)

    def begins(self, at, before):
        """What it gave from its begin, until now `before`, it gave from the earlier `at` on."""
        later = [(when, states) for when, states in self.told if not at <= when < before]
        self.told = sorted(((at if when == before else when, states) for when, states in later), key=lambda one: one[0])

    def gives_up(self, numbers, new):
        """What it said of some components was always said by the new one."""
        for when, states in self.told:
            new.told.append((when, {number: states.pop(number) for number in numbers & states.keys()}))
        for number in numbers:
            del self.affected[number]

    def gave(self, number, at):
        """The state that it gave a component at a moment."""
        said = [states for when, states in self.told if when <= at]
        return said[-1].get(number, "operational") if said else "operational"


class Histories(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @initialize()
    def begin(self):
        Site.load()
        Site.objects.update(time_zone=str(ZONE))
        group = ComponentGroup.objects.create(name="Payments group")
        self.parts = [
            a_component(f"Part {n}-name", group=group if n < 2 else None, start_date=BORN, position=n) for n in range(5)
        ]
        self.own = ["operational"] * 5
        self.visible = [True] * 5
        self.own_past = [[] for _ in self.parts]  # (at, status), whenever it was set
        self.things = []
        self.announced = 0
        self.now = BEGIN
        self.version = Site.load().page_version

    # --- What the model expects -----------------------------------------------------------------

    def expected(self, number):
        held = [thing.affected[number] for thing in self.things if thing.holds and number in thing.affected]
        return worst([self.own[number], *held])

    def happened(self):
        """Something was done at `now`: the page has a newer version."""
        before, self.version = self.version, Site.load().page_version
        assert self.version > before

    def past(self, number):
        """(at, status) of a component, whenever anything may have moved, by all that is public now."""
        public = [thing for thing in self.things if thing.counts]
        moments = {at for thing in public for at, _ in thing.told} | {at for at, _ in self.own_past[number]}
        return [(at, self.was(number, at, public)) for at in sorted(moments)]

    def was(self, number, at, public):
        own = [status for when, status in self.own_past[number] if when <= at]
        return worst([*own[-1:], *(thing.gave(number, at) for thing in public)])

    def any_of(self, data, things):
        return data.draw(st.sampled_from(things))

    def that(self, is_meant):
        """The incidents, no maintenance among them, that were not merged and that are meant."""
        own = [one for one in self.things if one.into is None and not one.row.is_maintenance]
        return [one for one in own if is_meant(one)]

    def pairs(self):
        """Two incidents of which the first may be merged into the second."""
        open_ones = self.that(lambda one: one.is_open)
        return [
            (one, into)
            for one in self.that(lambda one: not one.is_false_alarm)
            for into in open_ones
            if one is not into and one.is_public == into.is_public
        ]

    def by_row(self, affected):
        return {self.parts[number]: status for number, status in affected.items()}

    # --- What may happen ------------------------------------------------------------------------

    @rule(minutes=st.integers(1, 3000))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule(
        affected=touched,
        impact=st.sampled_from([None, Impact.NONE, Impact.CRITICAL]),
        minutes=numbers,
        is_public=st.sampled_from([True, True, False]),
    )
    def open_incident(self, affected, impact, minutes, is_public):
        self.now += timedelta(minutes=minutes)
        update = publishing.open_incident(
            title=f"Incident {len(self.things):02}-title",
            severity=Severity.P2,
            impact=impact,
            body="We look into it.",
            components=self.by_row(affected),
            is_public=is_public,
            by=None,
            at=self.now,
        )
        self.add(update, affected)
        self.happened()

    @precondition(lambda self: any(thing.is_open and not thing.row.is_maintenance for thing in self.things))
    @rule(data=st.data(), status=st.sampled_from(list(IncidentStatus)), affected=touched)
    def update_incident(self, data, status, affected):
        thing = self.any_of(data, [one for one in self.things if one.is_open and not one.row.is_maintenance])
        self.post(thing, status, affected)

    @rule(affected=st.sets(numbers, min_size=1, max_size=3))
    def plan_maintenance(self, affected):
        update = scheduling.schedule_maintenance(
            title=f"Incident {len(self.things):02}-title",
            body="We plan it.",
            components=[self.parts[number] for number in affected],
            scheduled_for=self.now + timedelta(hours=1),
            scheduled_until=self.now + timedelta(hours=3),
            by=None,
            at=self.now,
        )
        self.add(update, dict.fromkeys(affected, "under_maintenance"))
        self.happened()

    @precondition(lambda self: any(thing.is_open and thing.row.is_maintenance for thing in self.things))
    @rule(data=st.data())
    def move_maintenance(self, data):
        thing = self.any_of(data, [one for one in self.things if one.is_open and one.row.is_maintenance])
        self.post(thing, data.draw(st.sampled_from(NEXT_MAINTENANCE[thing.status])), {})

    def add(self, update, affected):
        self.things.append(Thing(update.incident, affected))
        self.things[-1].says(self.now)
        self.announced += update.incident.is_public

    @precondition(lambda self: self.that(lambda one: one.told))
    @rule(data=st.data(), minutes=st.integers(1, 600))
    def find_out_that_it_began_earlier(self, data, minutes):
        row = (thing := self.any_of(data, self.that(lambda one: one.told))).row
        row.refresh_from_db()
        known, before = facts.facts_of(row), row.started_at
        earlier = replace(known, started_at=before - timedelta(minutes=minutes))
        facts.change(incident=row, facts=earlier, seen=known.marker, by=None, at=self.now)
        thing.begins(earlier.started_at, before)
        self.happened()

    @precondition(lambda self: self.that(self.may_be_opened_again))
    @rule(data=st.data(), affected=touched)
    def open_again(self, data, affected):
        self.post(self.any_of(data, self.that(self.may_be_opened_again)), "investigating", affected, Act.REOPEN)

    def may_be_opened_again(self, thing):
        return not thing.is_open and self.now <= thing.resolved_at + timedelta(hours=72)

    @precondition(lambda self: self.that(lambda one: not one.is_false_alarm))
    @rule(data=st.data())
    def declare_false_alarm(self, data):
        thing = self.any_of(data, self.that(lambda one: not one.is_false_alarm))
        thing.is_false_alarm = True
        self.post(thing, "resolved", {}, Act.FALSE_ALARM)

    @precondition(lambda self: self.that(lambda one: one.is_open and not one.is_public))
    @rule(data=st.data())
    def make_public(self, data):
        thing = self.any_of(data, self.that(lambda one: one.is_open and not one.is_public))
        self.show(thing, True)
        self.post(thing, thing.status, {}, Act.MAKE_PUBLIC)

    @precondition(lambda self: self.pairs())
    @rule(data=st.data())
    def merge(self, data):
        thing, into = self.any_of(data, self.pairs())
        for one in (thing, into):
            one.row.refresh_from_db()
        merging.merge(incident=thing.row, into=into.row, body="Both are one.", by=None, at=self.now)
        if not thing.is_public:
            thing.words = 0
        self.announced += into.is_public
        into.takes_in(thing, self.now)
        for one in self.things:
            one.into = into if one.into is thing else one.into
        self.happened()

    @precondition(lambda self: self.that(lambda one: one.is_open and len(one.affected) > 1))
    @rule(data=st.data())
    def split_off(self, data):
        thing = self.any_of(data, self.that(lambda one: one.is_open and len(one.affected) > 1))
        most = len(thing.affected) - 1
        leaving = data.draw(st.sets(st.sampled_from(sorted(thing.affected)), min_size=1, max_size=most))
        update = splitting.split_off(
            incident=thing.row,
            components=[self.parts[number] for number in leaving],
            title=f"Incident {len(self.things):02}-title",
            severity=Severity.P3,
            body="It has another cause.",
            by=None,
            at=self.now,
        )
        new = Thing(update.incident, {number: thing.affected[number] for number in leaving})
        thing.gives_up(leaving, new)
        self.things.append(new)
        self.announced += new.is_public
        new.says(self.now)
        self.happened()

    def post(self, thing, status, affected, act=Act.UPDATE):
        thing.row.refresh_from_db()
        publishing.post_update(
            incident=thing.row,
            status=status,
            body="So it is now.",
            components=self.by_row(affected),
            act=act,
            by=None,
            at=self.now,
        )
        thing.affected |= affected
        self.announced += thing.is_public
        thing.moves_to(status, self.now)
        self.happened()

    def show(self, thing, is_public):
        """It is public or hidden, and what was merged into it while that was public along with it."""
        for one in [thing, *(one for one in self.things if one.into is thing and one.words)]:
            one.is_public = is_public

    @rule(number=numbers, status=states)
    def set_own_status(self, number, status):
        catalogue.set_own_status(component=self.parts[number], status=status, by=None, at=self.now)
        self.own[number] = status
        self.own_past[number].append((self.now, status))
        self.happened()

    @precondition(lambda self: self.that_can_be_shown())
    @rule(data=st.data())
    def hide_or_show(self, data):
        thing = self.any_of(data, self.that_can_be_shown())
        self.show(thing, not thing.is_public)
        catalogue.set_visibility(incident=thing.row, is_public=thing.is_public, by=None, at=self.now)
        self.happened()

    def that_can_be_shown(self):
        """Whatever has words for the public; they are hidden with it."""
        return [one for one in self.things if one.into is None and one.words]

    @rule(number=numbers)
    def hide_or_show_component(self, number):
        self.visible[number] = not self.visible[number]
        part = Component.objects.get(pk=self.parts[number].pk)
        part.is_public = self.visible[number]
        catalogue.save_entry(entry=part, changed=["is_public"], by=None, at=self.now)
        self.happened()
