"""The part that every form has in common which publishes: it comes back as it was typed, and says how to mend it."""

import secrets
from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from statuspage.lib.moments import MomentBoundField, answered


def new_key() -> str:
    """Names one attempt to publish, so that a second click or a retry is known."""
    return secrets.token_hex(16)


def lines(rows: int, **kwargs) -> forms.CharField:
    return forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class AskedForm(forms.Form):
    """`at`: the moment at which it is asked; decides what is past."""

    data: QueryDict | dict[str, str]

    def __init__(self, data=None, *, at: datetime, **kwargs):
        kwargs["initial"] = answered(kwargs.get("initial") or {})
        super().__init__(answered(data) if data is not None else None, **kwargs)
        self.at = at

    def typed(self, name: str):
        """The value of a field as far as it can be understood, whether the form is refused or only shown."""
        try:
            return self.fields[name].clean(self[name].value())
        except (KeyError, ValidationError):
            return None

    @property
    def moved(self) -> list[str]:
        """The times that were taken for those that the clocks leave out, in sentences."""
        moments = (shown for name in self.fields if isinstance(shown := self[name], MomentBoundField))
        return [f"{moment.label}: {moment.moved}" for moment in moments if moment.moved]

    def refuse(self, error: ValidationError) -> None:
        """Put the messages of an action beside its fields; what has none of its own goes above."""
        for field, messages in getattr(error, "error_dict", {None: error}).items():
            self.add_error(field if field in self.fields else None, messages)

    def renew(self, **values: str) -> None:
        """Replace hidden values of a bound form, so that it can be sent again."""
        self.data = self.data.copy()
        self.data.update(values)
