"""The announcement that a half-filled compose form would become: counted and composed like a real one, never saved."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from incidents.enums import ComponentStatus, Impact, IncidentStatus, Kind, MaintenanceStatus, Severity
from incidents.models import Announcement, Component, Incident
from incidents.models.fields import BODY_LENGTH, TITLE_LENGTH
from statuspage.lib import local_time, markdown
from statuspage.lib.text import validate_line, validate_text

PREFIX = "component-"
# What the program itself writes into the form; everything else that a request carries is left alone.
FIELDS = (
    "title",
    "body",
    "status",
    "severity",
    "impact",
    "kind",
    "incident",
    "next_update_at",
    "scheduled_for",
    "scheduled_until",
    "corrects",
)


def fields_of(data: Mapping[str, str]) -> dict[str, str]:
    """The compose form's fields out of a request."""
    return {name: value for name, value in data.items() if value and (name in FIELDS or name.startswith(PREFIX))}


def announcement(fields: Mapping[str, str], *, at: datetime) -> Announcement:
    """What would be announced, as far as it can be understood. Takes anything and never raises."""
    incident = Incident.all_kinds.filter(public_id=_line(fields.get("incident", ""))).first()
    kind = incident.kind if incident else _one_of(Kind, fields.get("kind"), Kind.INCIDENT)
    severity = _one_of(Severity, fields.get("severity"), incident.severity if incident else Severity.P3)
    body = _body(fields.get("body", ""))
    announced = Announcement(
        incident=incident or Incident(kind=kind),
        kind=kind,
        title=incident.title if incident else _line(fields.get("title", "")) or "Title",
        status=_status(fields.get("status"), kind, incident),
        severity=severity,
        impact=_one_of(Impact, fields.get("impact"), Severity(severity).suggested_impact),
        body=body,
        body_html=markdown.render(body),
        components=_components(fields, incident),
        corrects=_corrected(fields.get("corrects", "")),
        is_first=not (incident and incident.is_announced),
        scheduled_for=incident.scheduled_for if incident else _moment(fields.get("scheduled_for")),
        scheduled_until=incident.scheduled_until if incident else _moment(fields.get("scheduled_until")),
        published_at=at,
    )
    announced.next_update_at = None if announced.is_last else _moment(fields.get("next_update_at"))
    if not (announced.scheduled_for and announced.scheduled_until):
        announced.scheduled_for = announced.scheduled_until = None
    return announced


def _corrected(public_id: str) -> Announcement | None:
    return Announcement.objects.filter(public_id=_line(public_id)).first() if public_id else None


def problem(fields: Mapping[str, str]) -> str:
    """Why title or text cannot be published as they are; empty when they can, or when nothing is written yet."""
    for name, validate in (("title", validate_line), ("body", validate_text)):
        try:
            validate(fields.get(name, ""))
        except ValidationError as error:
            return f"{error.messages[0]} Until then it is left out here."
    return ""


def _line(text: str) -> str:
    try:
        validate_line(text)
    except ValidationError:
        return ""
    return text.strip()[:TITLE_LENGTH]


def _body(text: str) -> str:
    """Nothing where it cannot be published either: a hostile Markdown text takes seconds to render."""
    try:
        validate_text(text)
    except ValidationError:
        return ""
    return text[:BODY_LENGTH]


def _one_of(choices, value: str | None, otherwise: str) -> str:
    return value if value is not None and value in choices.values else otherwise


def _status(value: str | None, kind: str, incident: Incident | None) -> str:
    choices = MaintenanceStatus if kind == Kind.MAINTENANCE else IncidentStatus
    return _one_of(choices, value, incident.status if incident else next(iter(choices)).value)


def _moment(text: str | None) -> datetime | None:
    """A datetime-local value in the page's zone, which is the current one."""
    try:
        moment = parse_datetime(text or "")
        if moment is None or timezone.is_aware(moment):
            return moment
        return local_time.instant(moment, timezone.get_current_timezone())
    except (ValueError, OverflowError):
        return None


def _components(fields: Mapping[str, str], incident: Incident | None) -> list[dict]:
    """Those chosen and those that the incident has already, as publishing would freeze them."""
    states = dict(incident.affected.values_list("component__public_id", "status")) if incident else {}
    for name, state in fields.items():
        if name.startswith(PREFIX) and state in ComponentStatus.values:
            states[name.removeprefix(PREFIX)] = state
    wanted = [public_id for public_id in states if "\0" not in public_id]
    chosen = Component.objects.public().in_order().filter(public_id__in=wanted)
    return [{"id": row.pk, "name": row.name, "status": states[row.public_id]} for row in chosen]
