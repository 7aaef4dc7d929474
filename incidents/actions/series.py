"""Planned work that recurs. A series makes its windows ahead of time; each is a maintenance of its own from then on:
moved, cancelled and told like any other. Subscribers are written to about the first when the series is planned, and
about the others when they come near."""

from datetime import datetime, timedelta
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import transaction

from ..audit_verbs import AuditVerb
from ..enums import Act, ComponentStatus, MaintenanceStatus
from ..models import Actor, AuditEvent, Incident, Maintenance, MaintenanceSeries
from .beginning import Running, new_maintenance
from .composing import Draft
from .publishing import publish
from .recurrence import Occurrence, Recurrence

AHEAD = timedelta(days=90)
MOST_AHEAD = 12  # windows, where that is less


def upcoming(recurrence: Recurrence, *, at: datetime) -> list[Occurrence]:
    """Return the windows that are made as of `at`: all that begin within AHEAD, at most MOST_AHEAD."""
    return list(islice(recurrence.windows(after=at, before=at + AHEAD), MOST_AHEAD))


def recurrence_of(series: MaintenanceSeries) -> Recurrence:
    begin, end = series.window
    without = frozenset(map(datetime.fromisoformat, series.without))
    return Recurrence(series.zone, begin, end, series.rule, without)


def begin_series(incident: Incident, draft: Draft) -> Draft:
    """Make `incident`, whose first update is about to be published, the first window of what `draft` says of its
    recurrence, and the further windows. Returns the draft as it is."""
    recurrence = draft.recurs
    if recurrence is None:
        return draft
    series = _save_series(incident, draft, recurrence)
    incident.series, incident.series_start = series, Occurrence.key_of(recurrence.start)
    incident.save(update_fields=["series", "series_start"])
    make_windows(series, at=draft.at)
    return draft


def _save_series(incident: Incident, draft: Draft, recurrence: Recurrence) -> MaintenanceSeries:
    series = MaintenanceSeries.objects.create(
        title=incident.title,
        body=draft.body,
        is_public=incident.is_public,
        time_zone=str(recurrence.zone),
        first_start=Occurrence.key_of(recurrence.start),
        first_end=Occurrence.key_of(recurrence.end),
        rule=recurrence.rule,
        without=sorted(map(Occurrence.key_of, recurrence.without)),
        created_by=draft.by,
        created_at=draft.at,
    )
    series.components.set(draft.components)
    AuditEvent.record(AuditVerb.PLANNED_SERIES, series, by=draft.by, at=draft.at, rule=recurrence.rule)
    return series


@transaction.atomic
def make_windows(series: MaintenanceSeries, *, at: datetime) -> list[Maintenance]:
    """Make the windows of `series` that are due as of `at` and are not there, and return them. Tells nobody.

    One that was moved or cancelled is there. May be called by several at once.
    """
    locked = MaintenanceSeries.objects.select_for_update(no_key=True).get(pk=series.pk)
    if locked.ended_at:
        return []
    there = set(locked.windows.values_list("series_start", flat=True))
    missing = [one for one in upcoming(recurrence_of(locked), at=at) if one.key not in there]
    running = _running(locked) if missing else {}
    return [_make(locked, one, running, at) for one in missing]


def _make(series: MaintenanceSeries, one: Occurrence, running: Running, at: datetime) -> Maintenance:
    maintenance = new_maintenance(
        title=series.title,
        scheduled_for=one.begins,
        scheduled_until=one.ends,
        is_public=series.is_public,
        by=series.created_by,
        at=at,
        **running,
    )
    maintenance.series, maintenance.series_start = series, one.key
    draft = Draft(
        status=MaintenanceStatus.SCHEDULED,
        body=series.body,
        by=series.created_by,
        at=at,
        components=dict.fromkeys(series.components.all(), ComponentStatus.UNDER_MAINTENANCE),
        tells=False,
    )
    publish(maintenance, draft)
    return maintenance


def _running(series: MaintenanceSeries) -> Running:
    """How its windows run: as the first."""
    first = series.windows.earliest("pk")
    return {
        "zone": first.zone,
        "begins_itself": first.begins_itself,
        "ends_itself": first.ends_itself,
        "tells_begin": first.tells_begin,
        "tells_end": first.tells_end,
    }


def keep_ahead(*, at: datetime) -> int:
    """Make the windows of every series that goes on; returns how many were made."""
    going_on = MaintenanceSeries.objects.filter(ended_at=None)
    return sum(len(make_windows(series, at=at)) for series in going_on)


@transaction.atomic
def end_series(series: MaintenanceSeries, *, body: str, by: Actor, at: datetime) -> list[Incident]:
    """End `series`: no more windows are made, and those that have not begun are cancelled with `body`. Returns them;
    subscribers are written to about the next one alone.

    Raises ValidationError for one that has ended.
    """
    locked = MaintenanceSeries.objects.select_for_update(no_key=True).get(pk=series.pk)
    if locked.ended_at:
        raise ValidationError("This series has ended already.", code="closed")
    locked.ended_at = at
    locked.save(update_fields=["ended_at"])
    AuditEvent.record(AuditVerb.ENDED_SERIES, locked, by=by, at=at)
    cancelled = waiting(locked)
    for number, one in enumerate(cancelled):
        _cancel(one, body=body, by=by, at=at, tells=number == 0)
    return cancelled


def _cancel(window: Incident, *, body: str, by: Actor, at: datetime, tells: bool) -> None:
    status, act = MaintenanceStatus.CANCELLED, Act.CANCEL
    publish(window, Draft(status=status, act=act, body=body, by=by, at=at, tells=tells))


def waiting(series: MaintenanceSeries) -> list[Incident]:
    """Return its windows that have not begun, the next first."""
    return list(series.windows.filter(status=MaintenanceStatus.SCHEDULED).order_by("scheduled_for", "pk"))
