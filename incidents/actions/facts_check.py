"""What cannot be so of an incident, said beside the field that mends it. Writes nothing."""

from collections import defaultdict
from datetime import datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING

from django.utils import timezone

from ..enums import ComponentStatus
from ..models import Component, Incident, Site
from . import wording
from .owners import why_no_owner

if TYPE_CHECKING:
    from .facts import Facts, Spell

MOMENTS = ("started_at", "resolved_at", "detected_at", "acknowledged_at", "declared_at", "mitigated_at")


def problems(incident: Incident, before: "Facts", facts: "Facts", *, at: datetime) -> dict[str, list[str]]:
    """Return what of `facts` cannot be so of `incident` at `at`, as messages by field. What it was `before` is not
    judged by itself."""
    found: dict[str, list[str]] = defaultdict(list)
    found |= {name: list(texts) for name, texts in wording.problems(body="x", title=facts.title).items()}
    for name in MOMENTS:
        if (moment := getattr(facts, name)) and moment > at:
            found[name].append("This is in the future.")
    if facts.owner and facts.owner != before.owner and (problem := why_no_owner(facts.owner)):
        found["owner"].append(problem)
    _of_the_end(incident, facts, found)
    _of_the_spells(incident, before, facts, found)
    return dict(found)


def _of_the_end(incident: Incident, facts: "Facts", found: dict[str, list[str]]) -> None:
    if incident.is_open and facts.resolved_at:
        found["resolved_at"].append("It is open: publish its end as an update.")
    if not incident.is_open and not facts.resolved_at:
        found["resolved_at"].append("It is over: say when, or open it again.")
    if facts.resolved_at and facts.resolved_at < facts.started_at:
        found["resolved_at"].append("It ended before it began.")


def _of_the_spells(incident: Incident, before: "Facts", facts: "Facts", found: dict[str, list[str]]) -> None:
    by_component: dict[Component, list[Spell]] = defaultdict(list)
    for spell in facts.spells:
        by_component[spell.component].append(spell)
        if spell not in before.spells:
            found["spells"] += _of_itself(spell)
        found["spells"] += _of_the_incident(incident, facts, spell)
    for component, spells in by_component.items():
        if any(one.ended_at is None or one.ended_at > other.began_at for one, other in pairwise(spells)):
            found["spells"].append(f"{component}: two of its times overlap.")
    if not found["spells"]:
        del found["spells"]


def _of_itself(spell: "Spell") -> list[str]:
    name, told = spell.component, []
    if spell.status == ComponentStatus.OPERATIONAL:
        told.append(f"{name}: choose the state that it was in, or take the line out.")
    if spell.began_at < _born(spell.component):
        told.append(f"{name}: this begins before the component existed, by its first day.")
    if spell.ended_at and spell.ended_at <= spell.began_at:
        told.append(f"{name}: this ends before it begins.")
    return told


def _of_the_incident(incident: Incident, facts: "Facts", spell: "Spell") -> list[str]:
    if spell.began_at < facts.started_at:
        return [f"{spell.component}: this begins before the incident did; let the incident begin earlier."]
    if incident.is_open:
        return []
    if spell.ended_at is None:
        return [f"{spell.component}: the incident is over; say when this ended."]
    if facts.resolved_at and spell.ended_at > facts.resolved_at:
        return [f"{spell.component}: this ends after the incident did."]
    return []


def _born(component: Component) -> datetime:
    """Return since when uptime counts it."""
    if component.start_date is None:
        return component.created_at
    return timezone.make_aware(datetime.combine(component.start_date, time()), Site.load().zone)
