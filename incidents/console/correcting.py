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
    """Return where the correction of a recalled announcement is written: in its incident, which is opened again where
    it is over; in a new one where it may not be any more."""
    query = {"corrects": announcement.public_id}
    incident = announcement.update.incident  # whatever it was merged into since
    act = Act.UPDATE if incident.is_open else Act.REOPEN
    if statuses_after(incident, act=act, at=timezone.now()):
        query |= {"act": act.value} if act else {}
        return reverse("console:incident", args=[incident.public_id], query=query, fragment="update")
    return reverse("console:new-incident", query=query | {"template": "none"})
