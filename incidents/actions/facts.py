"""What is so of an incident, apart from what was said of it: put right, with what was there before kept in the
audit."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from ..audit_verbs import AuditVerb
from ..enums import ComponentStatus, Impact, IncidentStatus, Severity
from ..models import Actor, AuditEvent, Component, Incident, IncidentType, Site, StatePeriod
from .catalogue import refresh_statuses
from .facts_check import problems
from .periods import counts, retell


class Spell(NamedTuple):
    """A time during which the incident gave a component a state; `ended_at` None: it does still."""

    component: Component
    status: ComponentStatus
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that is so of an incident. `spells` in order of their begin."""

    title: str
    severity: Severity
    impact: Impact
    type: IncidentType | None
    owner: User | None
    started_at: datetime
    resolved_at: datetime | None
    detected_at: datetime | None
    acknowledged_at: datetime | None
    declared_at: datetime | None
    mitigated_at: datetime | None
    spells: tuple[Spell, ...]

    @property
    def marker(self) -> str:
        """64 hexadecimal digits that change with any of it: what an editor had before them."""
        return hashlib.sha256(repr([_plain(getattr(self, one.name)) for one in fields(self)]).encode()).hexdigest()


_MITIGATED = (IncidentStatus.MONITORING, IncidentStatus.RESOLVED)
PUBLIC = ("title", "impact", "started_at", "resolved_at", "spells")  # the others are for ourselves


class Edited(Exception):
    """A conflict: the facts are other than the editor saw. `now`: as they are; nothing of ours was written."""

    def __init__(self, now: Facts):
        super().__init__("Somebody else changed this in the meantime.")
        self.now = now


def facts_of(incident: Incident) -> Facts:
    """Return what is so of `incident`. Two queries."""
    values = {one.name: getattr(incident, one.name) for one in fields(Facts) if one.name != "spells"}
    rows = incident.periods.select_related("component").order_by("began_at", "component_id", "id")
    spells = tuple(Spell(row.component, ComponentStatus(row.status), row.began_at, row.ended_at) for row in rows)
    return Facts(**values, spells=spells)


def proposed(incident: Incident) -> dict[str, datetime]:
    """Return the times that nobody said, as what happened lets one think. One query."""
    working = incident.updates.filter(status__in=_MITIGATED).order_by("display_at").values_list("display_at", flat=True)
    found = {
        "detected_at": incident.started_at,
        "acknowledged_at": incident.declared_at,
        "mitigated_at": working.first() or incident.resolved_at,
    }
    return {name: at for name, at in found.items() if at and getattr(incident, name) is None}


def changed(before: Facts, after: Facts) -> list[str]:
    """Return the names of what differs, in the order of Facts."""
    both = ((one.name, getattr(before, one.name), getattr(after, one.name)) for one in fields(Facts))
    return [name for name, old, new in both if _plain(old) != _plain(new)]


@transaction.atomic
def change(*, incident: Incident, facts: Facts, seen: str, by: Actor, at: datetime) -> list[str]:
    """Make `facts` what is so of `incident`; page and uptime follow at once. Announces nothing.

    Returns the names of what changed; for nothing writes nothing. `seen`: the marker of the facts that the editor had
    before them. Raises Edited, and ValidationError by field.
    """
    locked = Incident.all_kinds.select_for_update(no_key=True).get(pk=incident.pk)
    before, facts, names = checked(locked, facts, seen, at)
    if not names:
        return []
    _write(locked, facts, names, at)
    detail = {name: [_plain(getattr(one, name)) for one in (before, facts)] for name in names}
    AuditEvent.record(AuditVerb.CHANGED_INCIDENT, locked, by=by, at=at, **detail)
    if "spells" in names:
        _follow(locked, before, facts, at)
    if any(name in PUBLIC for name in names):
        Site.raise_page_version(withdraws=True)
    return names


def checked(incident: Incident, facts: Facts, seen: str, at: datetime) -> tuple[Facts, Facts, list[str]]:
    """Return what is so before and after, and the names of what differs. Raises as `change` does; writes nothing."""
    before = facts_of(incident)
    facts = carried(before, facts)
    names = changed(before, facts)
    if names and before.marker != seen:
        raise Edited(before)
    if names and (wrong := problems(incident, before, facts, at=at)):
        raise ValidationError(wrong)
    return before, facts, names


def states_by(incident: Incident, before: Facts, facts: Facts) -> dict[int, str]:
    """Return the states, by key, that an incident which is over gives its components with `facts`. Writes nothing."""
    gone = {one.component.pk for one in before.spells}
    known = dict(incident.affected.exclude(component__in=gone).values_list("component_id", "status"))
    return known | {spell.component.pk: spell.status for spell in facts.spells}


def carried(before: Facts, facts: Facts) -> Facts:
    """Return the same with the spells in order, and those that nobody touched taken along: what began with the incident
    begins with it still, what ended with it ends with it."""
    moved = (_carried(spell, before, facts) if spell in before.spells else spell for spell in facts.spells)
    return replace(facts, spells=tuple(sorted(moved, key=lambda one: (one.began_at, one.component.pk))))


def _carried(spell: Spell, before: Facts, facts: Facts) -> Spell:
    begin = facts.started_at if spell.began_at == before.started_at else spell.began_at
    is_at_end = before.resolved_at and spell.ended_at == before.resolved_at
    return spell._replace(began_at=begin, ended_at=facts.resolved_at if is_at_end else spell.ended_at)


def _write(incident: Incident, facts: Facts, names: Iterable[str], at: datetime) -> None:
    for name in names:
        if name != "spells":
            setattr(incident, name, getattr(facts, name))
    if any(name in PUBLIC for name in names):
        incident.updated_at = at
        incident.corrected_at = at if incident.is_announced else None
    incident.save()


def _follow(incident: Incident, before: Facts, facts: Facts, at: datetime) -> None:
    """Write the spells as periods, and let components and uptime follow."""
    incident.periods.all().delete()
    StatePeriod.objects.bulk_create(StatePeriod(incident=incident, **spell._asdict()) for spell in facts.spells)
    _affect(incident, before, facts)
    touched = [*before.spells, *facts.spells]
    keys = {spell.component.pk for spell in touched}
    refresh_statuses(Component.objects.filter(pk__in=keys), at=at, incident=incident)
    if counts(incident):
        ends = [spell.ended_at for spell in touched]
        end = None if None in ends else max(one for one in ends if one)
        retell(keys, begin=min(spell.began_at for spell in touched), end=end)


def _affect(incident: Incident, before: Facts, facts: Facts) -> None:
    """Let the incident be about the components of its spells: each with its last state, or with what it is now."""
    last = {spell.component: spell for spell in facts.spells}
    gone = {spell.component for spell in before.spells} - set(last)
    incident.affected.filter(component__in=gone).delete()
    for component, spell in last.items():
        is_well = incident.is_in_force and spell.ended_at is not None
        status = ComponentStatus.OPERATIONAL if is_well else spell.status
        incident.affected.update_or_create(component=component, defaults={"status": status})


def _plain(value: Any) -> Any:
    """Return `value` as JSON holds it, for the audit and to compare."""
    if isinstance(value, tuple) and not isinstance(value, Spell):
        return [_plain(one) for one in value]
    if isinstance(value, Spell):
        return [value.component.public_id, str(value.status), _plain(value.began_at), _plain(value.ended_at)]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value if value is None else str(value)
