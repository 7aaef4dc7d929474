"""Planned work for tests, by its distance from now."""

from datetime import timedelta

from django.utils import timezone

from incidents.actions import scheduling
from incidents.models import Incident

PLANNED_BEFORE = timedelta(days=10)


def a_window(*components, begins: timedelta, lasts: timedelta, planned=PLANNED_BEFORE, **kwargs) -> Incident:
    """Planned through the action, `planned` ago; `begins`: how long from now, in whole minutes."""
    now = timezone.now()
    begins_at = (now + begins).replace(second=0, microsecond=0)
    values = {"title": "Database upgrade", "body": "We upgrade the database.", "by": None, "at": now - planned}
    window = {"scheduled_for": begins_at, "scheduled_until": begins_at + lasts}
    planned_work = scheduling.schedule_maintenance(components=components, **values | window | kwargs)
    return Incident.all_kinds.get(pk=planned_work.incident.pk)
