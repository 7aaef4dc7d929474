"""The words that a form corrects, and where their correction is written."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from ..actions.corrections import find_recalled
from ..actions.following import statuses_after
from ..enums import Act
from ..models import Announcement


class RecalledField(forms.CharField):
    """The public id of a recalled announcement; cleans to the announcement, or to None where there is none named."""

    def __init__(self, **kwargs):
        ours: dict[str, Any] = {"required": False, "widget": forms.HiddenInput}
        super().__init__(**ours | kwargs)

    def clean(self, value) -> Announcement | None:
        public_id = super().clean(value)
        return find_recalled(public_id) if public_id else None


def correction_url(announcement: Announcement) -> str:
    """Return where the correction of a recalled announcement is written: in its incident, where it is over as a word
    after the end. A wrong end opens it again; in a new one it is written where that may not be any more."""
    query = {"corrects": announcement.public_id}
    incident = announcement.update.incident  # whatever it was merged into since
    is_end = not incident.is_open and announcement.is_last
    if is_end and statuses_after(incident, act=Act.REOPEN, at=timezone.now()):
        query |= {"act": Act.REOPEN.value}
        is_end = False
    if not is_end:
        return reverse("console:incident", args=[incident.public_id], query=query, fragment="update")
    return reverse("console:new-incident", query=query | {"template": "none"})
