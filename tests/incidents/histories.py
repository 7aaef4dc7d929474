"""Random histories through the real actions on a real database, beside a plain model of what must come of them."""

from collections import Counter
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
from incidents.enums import NEXT_MAINTENANCE, Act, ComponentStatus, Impact, IncidentStatus, Severity
from incidents.models import Component, ComponentGroup, Site
from tests.factories import a_component
from tests.incidents.plain_model import Thing, Word, worst

ZONE = ZoneInfo("Europe/Berlin")  # whose clocks go back on the fourth day
BEGIN = datetime(2026, 10, 22, 9, 30, tzinfo=UTC)
BORN = BEGIN.date() - timedelta(days=2)
states = st.sampled_from(list(ComponentStatus))
numbers = st.integers(0, 4)
FIRST = 8  # incidents with which a history begins
MOST_WINDOWS = 3
touched = st.dictionaries(numbers, states, max_size=3)


class Histories(RuleBasedStateMachine):
    done = Counter()  # by act, in all histories

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @initialize(first=st.lists(touched, min_size=FIRST, max_size=FIRST + 3))
    def begin(self, first):
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
        self.written = []  # every word, in the order of writing
        self.announced = 0
        self.now = BEGIN
        self.version = Site.load().page_version
        self.begin_with(first)

    def begin_with(self, first):
        for affected in first:
            self.open_incident(affected, None, 10, True)

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

    # --- What is written ------------------------------------------------------------------------

    def text(self, after=0):
        """What the next word says, where the program writes as many itself before it as `after` says."""
        return f"So it is now, w{len(self.written) + after:04}v00e."

    def wrote(self, thing, update):
        """`update` was written with that text into `thing`."""
        word = Word(len(self.written), update, update.display_at, update.status, thing.is_public)
        self.written.append(word)
        thing.words.append(word)

    def did(self, act):
        """`act` was done."""
        self.done[act] += 1
        self.happened()

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
            body=self.text(),
            components=self.by_row(affected),
            is_public=is_public,
            by=None,
            at=self.now,
        )
        self.add(update, affected)
        self.did("open" if is_public else "open internally")

    @precondition(lambda self: any(thing.is_open and not thing.row.is_maintenance for thing in self.things))
    @rule(data=st.data(), status=st.sampled_from(list(IncidentStatus)), affected=touched)
    def update_incident(self, data, status, affected):
        thing = self.any_of(data, [one for one in self.things if one.is_open and not one.row.is_maintenance])
        self.post(thing, status, affected)

    @precondition(lambda self: sum(thing.row.is_maintenance for thing in self.things) < MOST_WINDOWS)
    @rule(affected=st.sets(numbers, min_size=1, max_size=3))
    def plan_maintenance(self, affected):
        update = scheduling.schedule_maintenance(
            title=f"Incident {len(self.things):02}-title",
            body=self.text(),
            components=[self.parts[number] for number in affected],
            scheduled_for=self.now + timedelta(hours=1),
            scheduled_until=self.now + timedelta(hours=3),
            by=None,
            at=self.now,
        )
        self.add(update, dict.fromkeys(affected, "under_maintenance"))
        self.did("plan")

    @precondition(lambda self: any(thing.is_open and thing.row.is_maintenance for thing in self.things))
    @rule(data=st.data())
    def move_maintenance(self, data):
        thing = self.any_of(data, [one for one in self.things if one.is_open and one.row.is_maintenance])
        self.post(thing, data.draw(st.sampled_from(NEXT_MAINTENANCE[thing.status])), {})

    def add(self, update, affected):
        self.things.append(Thing(update.incident, affected))
        self.things[-1].says(self.now)
        self.wrote(self.things[-1], update)
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
        self.did("change what is so")

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
        update = merging.merge(incident=thing.row, into=into.row, body=self.text(after=1), by=None, at=self.now)
        self.announced += into.is_public
        into.takes_in(thing, self.now)
        thing.row.refresh_from_db()
        self.wrote(thing, thing.row.updates.get())
        self.wrote(into, update)
        for one in self.things:
            one.into = into if one.into is thing else one.into
        self.did("merge")

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
            body=self.text(),
            by=None,
            at=self.now,
        )
        new = Thing(update.incident, {number: thing.affected[number] for number in leaving})
        thing.gives_up(leaving, new)
        self.things.append(new)
        self.announced += new.is_public
        new.says(self.now)
        self.wrote(new, update)
        self.did("split off")

    def post(self, thing, status, affected, act=Act.UPDATE):
        thing.row.refresh_from_db()
        update = publishing.post_update(
            incident=thing.row,
            status=status,
            body=self.text(),
            components=self.by_row(affected),
            act=act,
            by=None,
            at=self.now,
        )
        thing.affected |= affected
        self.announced += thing.is_public
        thing.moves_to(status, self.now)
        self.wrote(thing, update)
        self.did(act.label)

    def show(self, thing, is_public):
        """It is public or hidden, and what was merged into it while that was public along with it."""
        for one in [thing, *(one for one in self.things if one.into is thing and one.read)]:
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
        self.did("show" if thing.is_public else "hide")

    def that_can_be_shown(self):
        """Whatever has words for the public; they are hidden with it."""
        return [one for one in self.things if one.into is None and one.read]

    @rule(number=numbers)
    def hide_or_show_component(self, number):
        self.visible[number] = not self.visible[number]
        part = Component.objects.get(pk=self.parts[number].pk)
        part.is_public = self.visible[number]
        catalogue.save_entry(entry=part, changed=["is_public"], by=None, at=self.now)
        self.happened()
