"""Incidents that the public reads nothing of: what is said of one is told to staff alone."""

from datetime import datetime

from django.urls import reverse

from ..models import Incident, IncidentUpdate
from .messages import tell_staff
from .owners import may_own


def tell_colleagues(update: IncidentUpdate) -> None:
    """Tell whoever may publish what was said of an internal incident, but for its author. Once for each update."""
    incident = update.incident
    for person in may_own().exclude(pk=update.created_by_id or 0):
        tell_staff(
            person=person,
            key=f"internal:{update.public_id}",
            title=f"Internal: {update.status_label}: {incident.title}",
            body=update.body,
            path=reverse("console:incident", args=[incident.public_id]),
            incident=incident,
            at=update.display_at,
        )


def remind_colleagues(incident: Incident, *, key: str, title: str, body: str, at: datetime) -> None:
    """Remind whoever may publish of planned work that is internal. Once for each `key`."""
    for person in may_own():
        tell_staff(
            person=person,
            key=f"reminder:{key}",
            title=title,
            body=body,
            path=reverse("console:incident", args=[incident.public_id]),
            incident=incident,
            at=at,
        )
