"""What saving other facts would change: each fact, the uptime of each component, and whom it would tell."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from ..actions.facts import PUBLIC, Facts, Spell, changed
from ..actions.periods import as_periods, counts
from ..enums import ComponentStatus, Impact, Severity
from ..models import Component, Incident, Site
from ..page.uptime import DAYS, Uptime, since
from ..timeline import Period, changes
from ..uptime import Calendar, percentage
from .facts_form import MOMENTS

_LABELS = {"title": "Title", "severity": "Severity", "impact": "Impact", "type": "Type", "owner": "Owner"} | MOMENTS


@dataclass(frozen=True)
class Changed:
    """A fact before and after, in words. `is_public`: the public reads it."""

    label: str
    before: str
    after: str
    is_public: bool


@dataclass(frozen=True)
class Changes:
    facts: list[Changed]
    uptime: list[Changed]

    @property
    def is_public(self) -> bool:
        return any(one.is_public for one in self.facts)


def changes_of(incident: Incident, before: Facts, after: Facts, *, at: datetime) -> Changes:
    """Return what `after` changes of `before`. One query for each component that is touched."""
    names = changed(before, after)
    told = [
        Changed(_LABELS[name], _words(getattr(before, name)), _words(getattr(after, name)), name in PUBLIC)
        for name in names
        if name != "spells"
    ]
    told += _of_spells(before, after) if "spells" in names else []
    return Changes(told, _of_uptime(incident, before, after, at) if "spells" in names and counts(incident) else [])


def _of_spells(before: Facts, after: Facts) -> list[Changed]:
    touched = dict.fromkeys(one.component for one in (*before.spells, *after.spells))
    rows = [(component, _times(component, before.spells), _times(component, after.spells)) for component in touched]
    return [Changed(component.name, was, now, True) for component, was, now in rows if was != now]


def _times(component: Component, spells: tuple[Spell, ...]) -> str:
    mine = [one for one in spells if one.component == component]
    return "; ".join(f"{one.status.label} {_words(one.began_at)} to {_end(one)}" for one in mine) or "not affected"


def _end(spell: Spell) -> str:
    return _words(spell.ended_at) if spell.ended_at else "now"


def _of_uptime(incident: Incident, before: Facts, after: Facts, at: datetime) -> list[Changed]:
    zone = Site.load().zone
    calendar = Calendar(now=at, zone=zone, count=DAYS)
    rows = []
    for component in dict.fromkeys(one.component for one in (*before.spells, *after.spells)):
        counted = component.periods.counted().exclude(incident=incident)
        others = as_periods(counted.exclude(ended_at__lte=calendar.begins_at))
        was, now = (_percent(component, others, facts, calendar, zone) for facts in (before, after))
        rows.append(Changed(component.name, was, now, True))
    return [row for row in rows if row.before != row.after]


def _percent(component: Component, others: list[Period], facts: Facts, calendar: Calendar, zone: ZoneInfo) -> str:
    """Return the uptime of a component, in percent, were `facts` so beside what `others` say of it; the rule is
    `page.uptime.Uptime.shown`."""
    spells = [Period(one.status, one.began_at, one.ended_at) for one in facts.spells if one.component == component]
    begin, fine = calendar.begins_at, ComponentStatus.OPERATIONAL
    told = changes([*others, *spells], begin=begin, end=None, before=fine)
    days = calendar.days([(one.at.timestamp(), one.status) for one in told], since=since(component, zone))
    shown = Uptime(days=tuple(days), percent=percentage(days)).shown
    return f"{shown} %" if shown else "not said yet"


def _words(value: Any) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%-d %b %Y, %H:%M")
    if isinstance(value, Severity | Impact):
        return str(value.label)
    return str(value) if value else "none"
