"""A correction: the next update, written over the words that were recalled."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from ..models import Announcement, Component
from .picker import PREFIX


class RecalledField(forms.CharField):
    """The public id of a recalled announcement; cleans to the announcement, or to None where there is none named."""

    def __init__(self, **kwargs):
        ours: dict[str, Any] = {"required": False, "widget": forms.HiddenInput}
        super().__init__(**ours | kwargs)

    def clean(self, value) -> Announcement | None:
        public_id = super().clean(value)
        if not public_id:
            return None
        found = Announcement.objects.filter(public_id=public_id, recall__isnull=False)
        if announcement := found.select_related("recall", "incident").first():
            return announcement
        raise ValidationError("What this corrects is not recalled. Recall it first, then write the correction.")


def recalled(public_id: str) -> Announcement | None:
    """The recalled announcement of an address bar's `?corrects=`; anything else is passed over."""
    try:
        return RecalledField().clean(public_id)
    except ValidationError:
        return None


def correction_url(announcement: Announcement) -> str:
    """Where the correction of a recalled announcement is written: in its incident, or a new one where that is over."""
    query = {"corrects": announcement.public_id}
    if announcement.incident.is_open:
        return reverse("console:incident", args=[announcement.incident.public_id], query=query, fragment="update")
    return reverse("console:new-incident", query=query | {"template": "none"})


def recalled_words(announcement: Announcement) -> dict:
    """What the form of a correction begins with: what was recalled, to be mended.

    The promise goes along also where it is past meanwhile: the form then asks for a later one instead of dropping it.
    """
    return {
        "corrects": announcement.public_id,
        "status": announcement.status,
        "body": announcement.body,
        "next_update_at": announcement.next_update_at,
    }


def recalled_whole(announcement: Announcement) -> dict:
    """The same for a new incident, which has nothing yet: title, severity, impact and components as well."""
    states = {row["id"]: row["status"] for row in announcement.components}
    found = Component.objects.filter(pk__in=states).values_list("pk", "public_id")
    return recalled_words(announcement) | {
        "title": announcement.title,
        "severity": announcement.severity,
        "impact": announcement.impact,
        **{f"{PREFIX}{public_id}": states[pk] for pk, public_id in found},
    }
