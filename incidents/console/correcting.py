"""The words that a form corrects, and where their correction is written."""

from typing import Any

from django import forms
from django.urls import reverse

from ..actions.corrections import find_recalled
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
    """Return where the correction of a recalled announcement is written: in its incident, or a new one where that is
    over; that of a word after the end is another one."""
    query = {"corrects": announcement.public_id}
    if announcement.incident.is_open or announcement.is_late:
        return reverse("console:incident", args=[announcement.incident.public_id], query=query, fragment="update")
    return reverse("console:new-incident", query=query | {"template": "none"})
