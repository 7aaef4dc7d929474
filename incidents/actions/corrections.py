"""A correction: the next update, written over the words that were recalled."""

from typing import Any

from django.core.exceptions import ValidationError

from ..enums import Impact
from ..models import Announcement, Component, Incident


def find_recalled(public_id: str) -> Announcement:
    """Return the recalled announcement of that id. Raises ValidationError where there is none."""
    found = Announcement.objects.filter(public_id=public_id, recall__isnull=False)
    is_askable = "\0" not in public_id  # PostgreSQL takes no text with one
    if is_askable and (announcement := found.select_related("recall", "update__incident").first()):
        return announcement
    raise ValidationError("What this corrects is not recalled. Recall it first, then write the correction.")


def recalled(public_id: str) -> Announcement | None:
    """The same, or None: whatever else an address or an option names is passed over."""
    try:
        return find_recalled(public_id)
    except ValidationError:
        return None


def refuse_elsewhere(wrong: Announcement, incident: Incident) -> None:
    """Raises ValidationError where `wrong` was said in another incident than this one."""
    if wrong.update.incident_id != incident.pk:
        there = wrong.update.incident.public_id
        raise ValidationError(f"That was said in another incident, {there}. Correct it there.")


def recalled_words(announcement: Announcement) -> dict[str, Any]:
    """Return what the form of a correction begins with: what was recalled, to be mended.

    The promise goes along also where it is past meanwhile: the form then asks for a later one instead of dropping it.
    """
    return {
        "corrects": announcement.public_id,
        "status": announcement.status,
        "body": announcement.body,
        "next_update_at": announcement.next_update_at,
    }


def recalled_whole(announcement: Announcement) -> dict[str, Any]:
    """The same for a new incident, which has nothing yet: title, severity, impact and type as well.

    The impact of a maintenance is none that an incident can have; then its severity suggests one.
    """
    impact = "" if announcement.impact == Impact.MAINTENANCE else announcement.impact
    about = {"title": announcement.title, "severity": announcement.severity, "impact": impact}
    return recalled_words(announcement) | about | {"type": announcement.incident.type}


def recalled_components(announcement: Announcement) -> dict[Component, str]:
    """The components that it was about and that there still are, with their states."""
    states = {row["id"]: row["status"] for row in announcement.components}
    return {component: states[component.pk] for component in Component.objects.filter(pk__in=states)}
