"""What those who were told would read of a change of the facts: the block of the page, and what to count."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError

from ..actions.composing import STATE_FIELD
from ..actions.facts import Edited
from ..actions.facts_told import rehearse
from ..enums import ComponentStatus
from ..models import Announcement, Incident
from .facts_form import FactsForm
from .preview import late_block


@dataclass(frozen=True)
class Told:
    """`document`: the block as it will look. `audience_fields`: what the subscribers' preview reads."""

    document: str
    audience_fields: list[tuple[str, str]]


def told_of(incident: Incident, form: FactsForm) -> Told | None:
    """Return what saving the form would tell; None where it cannot be told as it is, and why stands beside the words.
    For a valid form only."""
    try:
        seen = form.facts.marker
        update = rehearse(incident=incident, facts=form.meant, seen=seen, body=form.words, by=None, at=form.at)
    except ValidationError as error:
        form.refuse(error)
        return None
    except Edited:
        return None  # in this very moment; saving says so
    announced = update.announcement
    return Told(late_block(update, at=form.at), _fields(incident, announced, form.words))


def _fields(incident: Incident, announced: Announcement, body: str) -> list[tuple[str, str]]:
    named = {row["id"] for row in announced.components}
    gone = incident.affected.exclude(component__in=named).values_list("component__public_id", flat=True)
    rows = [one["code"] for one in announced.update.affected_components]
    return [
        ("incident", incident.public_id),
        ("title", announced.title),
        ("impact", announced.impact),
        ("severity", announced.severity),
        ("facts", "1"),
        ("is_late", "1"),
        ("status", announced.status),
        ("body", body),
        ("corrects", announced.corrects.public_id if announced.corrects else ""),
        ("without", " ".join(gone)),
        *((STATE_FIELD + code, ComponentStatus.OPERATIONAL) for code in rows),
    ]
