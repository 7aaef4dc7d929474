"""The announcement that a half-filled compose form would become: counted and composed like a real one, never saved."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from incidents.actions import bulletin_draft
from incidents.actions.beginning import new_incident, new_maintenance
from incidents.actions.bulletin_draft import BulletinDraft
from incidents.actions.composing import STATE_FIELD, Draft, compose
from incidents.actions.wording import as_far_as_publishable
from incidents.enums import Act, ComponentStatus, Impact, IncidentStatus, Kind, MaintenanceStatus, Severity
from incidents.models import Announcement, Component, Incident
from incidents.models.fields import TITLE_LENGTH
from statuspage.lib import local_time
from statuspage.lib.text import validate_line, validate_text

from ..channels.message_to import MessageTo
from ..enums import RecipientKind

# What the program itself writes into the form; everything else that a request carries is left alone.
FIELDS = (
    "title",
    "body",
    "status",
    "severity",
    "impact",
    "kind",
    "incident",
    "merges",
    "next_update_at",
    "scheduled_for",
    "scheduled_until",
    "corrects",
    "act",
    "display_at",
    "quiet",
    "is_late",
    "facts",
    "without",
    "is_bulletin",
    "tell",
)


def fields_of(data: Mapping[str, str]) -> dict[str, str]:
    """The compose form's fields out of a request."""
    return {name: value for name, value in data.items() if value and (name in FIELDS or name.startswith(STATE_FIELD))}


def announcement(fields: Mapping[str, str], *, at: datetime) -> Announcement:
    """Return what would be announced, as far as it can be understood. Takes anything and never raises."""
    incident = Incident.all_kinds.filter(public_id=_line(fields.get("incident", ""))).first() or _new(fields, at)
    if fields.get("facts"):
        _change(incident, fields)
    draft = Draft(
        status=_status(fields.get("status"), incident),
        body=as_far_as_publishable(_with_newlines(fields.get("body", ""))),
        by=None,
        at=at,
        components=_components(fields),
        next_update_at=_moment(fields.get("next_update_at")),
        corrects=_corrected(fields.get("corrects", "")),
        display_at=_moment(fields.get("display_at")),
        is_late=bool(fields.get("is_late")),
        act=(act := Act(_one_of(Act, fields.get("act"), Act.UPDATE))),
        window=_window(fields) if act == Act.MOVE else None,
    )
    composed = compose(incident, draft)
    incident.is_public |= draft.act == Act.MAKE_PUBLIC  # so it would be, and somebody hears it
    announced = composed.announcement()
    gone = fields.get("without", "").split()
    keys = [component.pk for component in composed.components if component.public_id in gone]
    announced.components = [row for row in announced.components if row["id"] not in keys]
    return announced


def bulletin(fields: Mapping[str, str], *, at: datetime) -> MessageTo:
    """Return what a subscriber would be sent of a half-filled bulletin. Takes anything and never raises."""
    title, body = _line(fields.get("title", "")) or "Title", _with_newlines(fields.get("body", ""))
    asked = BulletinDraft(title=title, body=as_far_as_publishable(body), by=None, at=at)
    return MessageTo(bulletin_draft.message_of(bulletin_draft.compose(asked)), RecipientKind.SUBSCRIBER)


def thing(fields: Mapping[str, str], *, at: datetime) -> Announcement | MessageTo:
    """Return what the fields are about: a bulletin, where they say so."""
    return bulletin(fields, at=at) if fields.get("is_bulletin") else announcement(fields, at=at)


def merges(fields: Mapping[str, str]) -> Incident | None:
    """Return the incident that goes on in the other from then on; None for anything but a merge."""
    public_id = _line(fields.get("merges", ""))
    return Incident.all_kinds.filter(public_id=public_id).first() if public_id else None


def _window(fields: Mapping[str, str]) -> tuple[datetime, datetime] | None:
    begins, ends = _moment(fields.get("scheduled_for")), _moment(fields.get("scheduled_until"))
    return (begins, ends) if begins and ends else None


def _new(fields: Mapping[str, str], at: datetime) -> Incident:
    title = _line(fields.get("title", "")) or "Title"
    if fields.get("kind") == Kind.MAINTENANCE:
        window = _window(fields) or (None, None)
        return new_maintenance(title=title, scheduled_for=window[0], scheduled_until=window[1], by=None, at=at)
    severity = Severity(_one_of(Severity, fields.get("severity"), Severity.P3))
    impact = Impact(_one_of(Impact, fields.get("impact"), severity.suggested_impact))
    return new_incident(title=title, severity=severity, impact=impact, by=None, at=at)


def _change(incident: Incident, fields: Mapping[str, str]) -> None:
    """Let it be as its facts would be, in memory."""
    incident.title = _line(fields.get("title", "")) or incident.title
    incident.severity = _one_of(Severity, fields.get("severity"), incident.severity)
    incident.impact = _one_of(Impact, fields.get("impact"), incident.impact)


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n")  # which a browser makes CRLF in every form


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


def _one_of(choices, value: str | None, otherwise: str) -> str:
    return value if value is not None and value in choices.values else otherwise


def _status(value: str | None, incident: Incident) -> str:
    choices = MaintenanceStatus if incident.is_maintenance else IncidentStatus
    return _one_of(choices, value, incident.status)


def _moment(text: str | None) -> datetime | None:
    """A datetime-local value in the page's zone, which is the current one."""
    try:
        moment = parse_datetime(text or "")
        if moment is None or timezone.is_aware(moment):
            return moment
        return local_time.instant(moment, timezone.get_current_timezone())
    except (ValueError, OverflowError):
        return None


def _components(fields: Mapping[str, str]) -> dict[Component, ComponentStatus]:
    chosen = {name.removeprefix(STATE_FIELD): state for name, state in fields.items() if name.startswith(STATE_FIELD)}
    states = {code: ComponentStatus(state) for code, state in chosen.items() if state in ComponentStatus.values}
    found = Component.objects.filter(public_id__in=[code for code in states if "\0" not in code])
    return {component: states[component.public_id] for component in found}
