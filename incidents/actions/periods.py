"""The times during which components were in trouble, and what the page counts of them. The callers hold a
transaction."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from ..enums import ComponentStatus
from ..models import Component, Incident, StatePeriod, StatusChange
from ..timeline import Period, changes, joined


def follow(incident: Incident, *, at: datetime) -> None:
    """End and begin periods at `at`, so that the open ones are what `incident` says of its components now."""
    said = dict(incident.affected.values_list("component_id", "status")) if incident.is_in_force else {}
    _become({key: status for key, status in said.items() if status != ComponentStatus.OPERATIONAL}, incident, at)


def counts(incident: Incident) -> bool:
    """Return whether uptime counts what `incident` says: the rule of `StatePeriodQuerySet.counted`."""
    return incident.is_public and not incident.is_false_alarm


def take_back_end(incident: Incident, *, at: datetime) -> None:
    """Let what ended with the incident at `at` last still: the end was said too soon."""
    incident.periods.filter(ended_at=at).update(ended_at=None)


def take_over(incident: Incident, *, into: Incident) -> None:
    """Make what `incident` said of its components what `into` said: at each moment the worse. Uptime counts the
    same."""
    both = StatePeriod.objects.filter(incident__in=(incident, into))
    for key in set(incident.periods.values_list("component_id", flat=True)):
        rows = both.filter(component=key)
        told = joined(as_periods(rows))
        rows.delete()
        StatePeriod.objects.bulk_create(
            StatePeriod(
                incident=into, component_id=key, status=one.status, began_at=one.began_at, ended_at=one.ended_at
            )
            for one in told
        )
    StatusChange.objects.filter(incident=incident).update(incident=into)


def hand_over(incident: Incident, components: Iterable[int], *, to: Incident) -> None:
    """Make what `incident` said of `components`, by key, what `to` said, which said nothing of them yet."""
    keys = set(components)
    incident.periods.filter(component__in=keys).update(incident=to)
    StatusChange.objects.filter(incident=incident, component__in=keys).update(incident=to)


def follow_own(component: Component, *, at: datetime) -> None:
    """The same for what a component is apart from incidents."""
    is_fine = component.own_status == ComponentStatus.OPERATIONAL
    own = component.periods.filter(incident=None)
    _end(own.still().exclude(status=component.own_status), at)
    if not is_fine and not own.still().exists():
        StatePeriod.objects.create(component=component, status=component.own_status, began_at=at)


def _become(wanted: dict[int, str], incident: Incident, at: datetime) -> None:
    still = dict(incident.periods.still().values_list("component_id", "status"))
    over = [key for key, status in still.items() if wanted.get(key) != status]
    if over:
        _end(incident.periods.still().filter(component__in=over), at)
    StatePeriod.objects.bulk_create(
        StatePeriod(incident=incident, component_id=key, status=status, began_at=at)
        for key, status in wanted.items()
        if still.get(key) != status
    )


def _end(periods: QuerySet[StatePeriod], at: datetime) -> None:
    """End `periods` at `at`; one that had not begun by then was none."""
    periods.filter(began_at__gte=at).delete()
    periods.update(ended_at=at)


def retell(components: Iterable[int], *, begin: datetime, end: datetime | None = None) -> None:
    """Write anew how `components`, by key, were from `begin` until before `end`, by the periods that count.

    None for `end`: until now. What was known of the time before and after stays.
    """
    for component in Component.objects.select_for_update(no_key=True).filter(pk__in=set(components)).order_by("pk"):
        _retell(component, begin, end)


def retell_all_of(incident: Incident) -> None:
    """The same for the whole time in which `incident` says anything of its components: it counts now, or does not."""
    periods = list(incident.periods.all())
    if periods:
        ends = [one.ended_at for one in periods if one.ended_at]
        end = max(ends) if len(ends) == len(periods) else None
        retell({one.component_id for one in periods}, begin=periods[0].began_at, end=end)


def _retell(component: Component, begin: datetime, end: datetime | None) -> None:
    known = component.status_changes
    before, _ = _state(known.filter(at__lt=begin))
    told = changes(_counted(component, begin, end), begin=begin, end=end, before=before)
    written = [StatusChange(component=component, status=one.status, at=one.at, incident_id=one.cause) for one in told]
    old = known.filter(at__gte=begin)
    if end is not None:
        # What is known from `end` on stays, and is written anew as one change: it may move nothing any more.
        old = old.filter(at__lte=end)
        after, cause = _state(known.filter(at__lte=end))
        if after != (told[-1].status if told else before):
            written.append(StatusChange(component=component, status=after, at=end, incident_id=cause))
    old.delete()
    StatusChange.objects.bulk_create(written)


def _state(known: QuerySet[StatusChange]) -> tuple[ComponentStatus, int | None]:
    """Return where the last of `known` leads, and the incident that it names; of two at one moment the later row."""
    last = known.last()
    return (ComponentStatus(last.status), last.incident_id) if last else (ComponentStatus.OPERATIONAL, None)


def _counted(component: Component, begin: datetime, end: datetime | None) -> list[Period]:
    rows = component.periods.counted().exclude(ended_at__lte=begin)
    if end is not None:
        rows = rows.filter(began_at__lt=end)
    return as_periods(rows)


def as_periods(rows: QuerySet[StatePeriod]) -> list[Period]:
    """Return `rows` as the values that `timeline` reckons with. One query."""
    return [
        Period(ComponentStatus(status), began_at, ended_at, cause)
        for status, began_at, ended_at, cause in rows.values_list("status", "began_at", "ended_at", "incident_id")
    ]
